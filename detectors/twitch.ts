import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Client secrets and access tokens of Twitch. */
export const twitch = (): readonly Detector[] => [
  named({
    id: 'twitch-client-secret',
    issuer: 'twitch',
    docs: 'https://dev.twitch.tv/docs/authentication/',
    names: ['twitch'],
    alphabet: 'lower',
    length: 30,
  }),
];
