import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Firecrawl. */
export const firecrawl = (): readonly Detector[] => [
  prefixed({
    id: 'firecrawl-api-key',
    issuer: 'firecrawl',
    docs: 'https://docs.firecrawl.dev/api-reference/introduction',
    prefix: 'fc-',
    alphabet: 'hex',
    length: 32,
  }),
];
