import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Secret API keys of Xendit. */
export const xendit = (): readonly Detector[] => [
  prefixed({
    id: 'xendit-secret-key',
    issuer: 'xendit',
    docs: 'https://docs.xendit.co/docs/api-keys',
    prefix: ['xnd_production_', 'xnd_development_'],
    alphabet: 'alphanumeric',
    length: [40, 100],
  }),
];
