import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API tokens of Zendesk. */
export const zendesk = (): readonly Detector[] => [
  named({
    id: 'zendesk-api-token',
    issuer: 'zendesk',
    docs: 'https://developer.zendesk.com/api-reference/introduction/security-and-auth/',
    names: ['zendesk'],
    alphabet: 'alphanumeric',
    length: 40,
  }),
];
