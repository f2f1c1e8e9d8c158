import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of Mistral. */
export const mistral = (): readonly Detector[] => [
  named({
    id: 'mistral-api-key',
    issuer: 'mistral',
    docs: 'https://docs.mistral.ai/getting-started/quickstart/',
    names: ['mistral'],
    alphabet: 'alphanumeric',
    length: 32,
  }),
];
