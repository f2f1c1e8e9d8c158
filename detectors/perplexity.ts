import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Perplexity. */
export const perplexity = (): readonly Detector[] => [
  prefixed({
    id: 'perplexity-api-key',
    issuer: 'perplexity',
    docs: 'https://docs.perplexity.ai/getting-started/quickstart',
    prefix: 'pplx-',
    alphabet: 'alphanumeric',
    length: [40, 64],
  }),
];
