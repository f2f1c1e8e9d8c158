import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Together AI. */
export const together = (): readonly Detector[] => [
  prefixed({
    id: 'together-api-key',
    issuer: 'together',
    docs: 'https://docs.together.ai/docs/api-keys-authentication',
    prefix: 'tgp_v1_',
    alphabet: 'words',
    length: 43,
  }),
];
