import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API tokens of Replicate. */
export const replicate = (): readonly Detector[] => [
  prefixed({
    id: 'replicate-api-token',
    issuer: 'replicate',
    docs: 'https://replicate.com/docs/topics/security/api-tokens',
    prefix: 'r8_',
    alphabet: 'alphanumeric',
    length: 37,
  }),
];
