import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of Deepgram. */
export const deepgram = (): readonly Detector[] => [
  named({
    id: 'deepgram-api-key',
    issuer: 'deepgram',
    docs: 'https://developers.deepgram.com/docs/create-additional-api-keys',
    names: ['deepgram'],
    alphabet: 'hex',
    length: 40,
  }),
];
