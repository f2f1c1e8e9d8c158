import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Cerebras. */
export const cerebras = (): readonly Detector[] => [
  prefixed({
    id: 'cerebras-api-key',
    issuer: 'cerebras',
    docs: 'https://inference-docs.cerebras.ai/quickstart',
    prefix: 'csk-',
    alphabet: 'lower',
    length: 48,
  }),
];
