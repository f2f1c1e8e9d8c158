import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of EasyPost, production and test. */
export const easypost = (): readonly Detector[] => [
  prefixed({
    id: 'easypost-api-key',
    issuer: 'easypost',
    docs: 'https://docs.easypost.com/docs/authentication',
    prefix: ['EZAK', 'EZTK'],
    alphabet: 'alphanumeric',
    length: 54,
  }),
];
