import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of xAI. */
export const xai = (): readonly Detector[] => [
  prefixed({
    id: 'xai-api-key',
    issuer: 'xai',
    docs: 'https://docs.x.ai/docs/overview',
    prefix: 'xai-',
    alphabet: 'words',
    length: [70, 130],
  }),
];
