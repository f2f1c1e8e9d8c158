import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of Algolia, the admin’s among them. */
export const algolia = (): readonly Detector[] => [
  named({
    id: 'algolia-api-key',
    issuer: 'algolia',
    docs: 'https://www.algolia.com/doc/guides/security/api-keys/',
    names: ['algolia'],
    alphabet: 'lower',
    length: 32,
  }),
];
