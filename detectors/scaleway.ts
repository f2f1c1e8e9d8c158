import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'scaleway', docs: 'https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/' } as const;

/** The public half of an API key of Scaleway. */
export const scaleway = (): readonly Detector[] => [
  prefixed({ ...given, id: 'scaleway-access-key', prefix: 'SCW', alphabet: 'upper', length: 17 }),
  // The secret half is a UUID: nothing tells it but the name beside it.
  named({ ...given, id: 'scaleway-secret-key', names: ['scw_secret', 'scaleway', 'scw_token'], alphabet: 'uuid' }),
];
