import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Fireworks AI. */
export const fireworks = (): readonly Detector[] => [
  prefixed({
    id: 'fireworks-api-key',
    issuer: 'fireworks',
    docs: 'https://docs.fireworks.ai/getting-started/quickstart',
    prefix: 'fw_',
    alphabet: 'alphanumeric',
    length: [22, 24],
  }),
];
