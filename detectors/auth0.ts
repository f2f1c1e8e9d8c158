import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Client secrets of Auth0. */
export const auth0 = (): readonly Detector[] => [
  named({
    id: 'auth0-client-secret',
    issuer: 'auth0',
    docs: 'https://auth0.com/docs/get-started/applications/application-settings',
    names: ['auth0'],
    alphabet: 'words',
    length: 64,
  }),
];
