import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of E2B. */
export const e2b = (): readonly Detector[] => [
  prefixed({
    id: 'e2b-api-key',
    issuer: 'e2b',
    docs: 'https://e2b.dev/docs/api-key',
    prefix: 'e2b_',
    alphabet: 'hex',
    length: 40,
  }),
];
