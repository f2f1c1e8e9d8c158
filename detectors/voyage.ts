import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Voyage AI. */
export const voyage = (): readonly Detector[] => [
  prefixed({
    id: 'voyage-api-key',
    issuer: 'voyage',
    docs: 'https://docs.voyageai.com/docs/api-key-and-installation',
    prefix: 'pa-',
    alphabet: 'words',
    length: 43,
  }),
];
