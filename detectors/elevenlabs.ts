import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of ElevenLabs: under `sk_`, but all hexadecimal. */
export const elevenlabs = (): readonly Detector[] => [
  prefixed({
    id: 'elevenlabs-api-key',
    issuer: 'elevenlabs',
    docs: 'https://elevenlabs.io/docs/api-reference/authentication',
    prefix: 'sk_',
    alphabet: 'hex',
    length: 48,
  }),
];
