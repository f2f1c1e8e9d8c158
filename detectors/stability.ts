import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of Stability AI. */
export const stability = (): readonly Detector[] => [
  named({
    id: 'stability-api-key',
    issuer: 'stability',
    docs: 'https://platform.stability.ai/docs/getting-started/authentication',
    names: ['stability', 'dreamstudio', 'stable_diffusion'],
    prefix: 'sk-',
    alphabet: 'alphanumeric',
    length: 48,
  }),
];
