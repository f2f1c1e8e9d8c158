import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of Moonshot AI (Kimi). */
export const moonshot = (): readonly Detector[] => [
  named({
    id: 'moonshot-api-key',
    issuer: 'moonshot',
    docs: 'https://platform.moonshot.ai/docs/introduction',
    names: ['moonshot', 'kimi'],
    prefix: 'sk-',
    alphabet: 'alphanumeric',
    length: 48,
  }),
];
