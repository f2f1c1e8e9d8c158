import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API tokens of Hetzner Cloud. */
export const hetzner = (): readonly Detector[] => [
  named({
    id: 'hetzner-api-token',
    issuer: 'hetzner',
    docs: 'https://docs.hetzner.cloud/reference/cloud#authentication',
    names: ['hetzner', 'hcloud'],
    alphabet: 'alphanumeric',
    length: 64,
  }),
];
