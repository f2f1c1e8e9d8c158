import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Root keys of Unkey. */
export const unkey = (): readonly Detector[] => [
  prefixed({
    id: 'unkey-root-key',
    issuer: 'unkey',
    docs: 'https://www.unkey.com/docs/security/root-keys',
    prefix: 'unkey_',
    alphabet: 'alphanumeric',
    length: [20, 32],
  }),
];
