import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of DeepSeek. Alibaba's look the same: see alibaba.ts, which knows them by the name beside them. */
export const deepseek = (): readonly Detector[] => [
  prefixed({
    id: 'deepseek-api-key',
    issuer: 'deepseek',
    docs: 'https://api-docs.deepseek.com/',
    prefix: 'sk-',
    alphabet: 'hex',
    length: 32,
  }),
];
