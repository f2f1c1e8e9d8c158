import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Client secrets of Spotify. */
export const spotify = (): readonly Detector[] => [
  named({
    id: 'spotify-client-secret',
    issuer: 'spotify',
    docs: 'https://developer.spotify.com/documentation/web-api/concepts/apps',
    names: ['spotify'],
    alphabet: 'hex',
    length: 32,
  }),
];
