import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Groq. */
export const groq = (): readonly Detector[] => [
  prefixed({
    id: 'groq-api-key',
    issuer: 'groq',
    docs: 'https://console.groq.com/docs/quickstart',
    prefix: 'gsk_',
    alphabet: 'alphanumeric',
    length: 52,
  }),
];
