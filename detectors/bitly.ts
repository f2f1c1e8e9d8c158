import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Access tokens of Bitly. */
export const bitly = (): readonly Detector[] => [
  named({
    id: 'bitly-access-token',
    issuer: 'bitly',
    docs: 'https://dev.bitly.com/docs/getting-started/authentication/',
    names: ['bitly'],
    alphabet: 'hex',
    length: 40,
  }),
];
