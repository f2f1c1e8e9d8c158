import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of Cohere. */
export const cohere = (): readonly Detector[] => [
  named({
    id: 'cohere-api-key',
    issuer: 'cohere',
    docs: 'https://docs.cohere.com/docs/rate-limits',
    names: ['cohere', 'co_api_key'],
    alphabet: 'alphanumeric',
    length: 40,
  }),
];
