import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Tokens of DigitalOcean: personal, of an OAuth application, and for renewing that. */
export const digitalocean = (): readonly Detector[] => [
  prefixed({
    id: 'digitalocean-token',
    issuer: 'digitalocean',
    docs: 'https://docs.digitalocean.com/reference/api/create-personal-access-token/',
    prefix: ['dop_v1_', 'doo_v1_', 'dor_v1_'],
    alphabet: 'hex',
    length: 64,
  }),
];
