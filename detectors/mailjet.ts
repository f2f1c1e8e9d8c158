import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys and secret keys of Mailjet. */
export const mailjet = (): readonly Detector[] => [
  named({
    id: 'mailjet-api-key',
    issuer: 'mailjet',
    docs: 'https://dev.mailjet.com/email/guides/getting-started/',
    names: ['mailjet'],
    alphabet: 'hex',
    length: 32,
  }),
];
