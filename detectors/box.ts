import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Client secrets of Box. */
export const box = (): readonly Detector[] => [
  named({
    id: 'box-client-secret',
    issuer: 'box',
    docs: 'https://developer.box.com/guides/authentication/oauth2/',
    names: ['box_client', 'boxclient', 'box-client', 'box_secret'],
    alphabet: 'alphanumeric',
    length: 32,
  }),
];
