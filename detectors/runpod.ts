import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Runpod. */
export const runpod = (): readonly Detector[] => [
  prefixed({
    id: 'runpod-api-key',
    issuer: 'runpod',
    docs: 'https://docs.runpod.io/get-started/api-keys',
    prefix: 'rpa_',
    alphabet: 'alphanumeric',
    length: 46,
  }),
];
