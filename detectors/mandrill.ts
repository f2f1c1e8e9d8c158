import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Mailchimp Transactional (Mandrill). */
export const mandrill = (): readonly Detector[] => [
  prefixed({
    id: 'mandrill-api-key',
    issuer: 'mandrill',
    docs: 'https://mailchimp.com/developer/transactional/guides/quick-start/',
    prefix: 'md-',
    alphabet: 'words',
    length: 22,
  }),
];
