import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of OpenRouter. */
export const openrouter = (): readonly Detector[] => [
  prefixed({
    id: 'openrouter-api-key',
    issuer: 'openrouter',
    docs: 'https://openrouter.ai/docs/api-reference/authentication',
    prefix: 'sk-or-v1-',
    alphabet: 'hex',
    length: 64,
  }),
];
