import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API and secret keys of Amplitude. */
export const amplitude = (): readonly Detector[] => [
  named({
    id: 'amplitude-secret-key',
    issuer: 'amplitude',
    docs: 'https://amplitude.com/docs/apis/keys-and-tokens',
    names: ['amplitude'],
    alphabet: 'hex',
    length: 32,
  }),
];
