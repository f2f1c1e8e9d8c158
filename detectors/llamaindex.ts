import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of LlamaCloud. */
export const llamaindex = (): readonly Detector[] => [
  prefixed({
    id: 'llamaindex-api-key',
    issuer: 'llamaindex',
    docs: 'https://developers.llamaindex.ai/python/cloud/general/api_key/',
    prefix: 'llx-',
    alphabet: 'alphanumeric',
    length: 48,
  }),
];
