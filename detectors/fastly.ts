import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API tokens of Fastly. */
export const fastly = (): readonly Detector[] => [
  named({
    id: 'fastly-api-token',
    issuer: 'fastly',
    docs: 'https://docs.fastly.com/en/guides/using-api-tokens',
    names: ['fastly'],
    alphabet: 'words',
    length: 32,
  }),
];
