import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of RapidAPI. */
export const rapidapi = (): readonly Detector[] => [
  named({
    id: 'rapidapi-api-key',
    issuer: 'rapidapi',
    docs: 'https://docs.rapidapi.com/docs/keys',
    names: ['rapidapi', 'x-rapidapi-key'],
    alphabet: 'words',
    length: 50,
  }),
];
