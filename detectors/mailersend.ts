import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API tokens of MailerSend. */
export const mailersend = (): readonly Detector[] => [
  prefixed({
    id: 'mailersend-api-token',
    issuer: 'mailersend',
    docs: 'https://developers.mailersend.com/general.html#authentication',
    prefix: 'mlsn.',
    alphabet: 'hex',
    length: 64,
  }),
];
