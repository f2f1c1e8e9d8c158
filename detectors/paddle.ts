import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) =>
  `pdl_${seed === 'b' ? 'sdbx' : 'live'}_apikey_${random(`paddle ${seed}`, 26, 'lower')}_${random(seed, 22)}_${random(seed, 3)}`;

/** API keys of Paddle. */
export const paddle = (): readonly Detector[] => [
  recognised({
    id: 'paddle-api-key',
    issuer: 'paddle',
    docs: 'https://developer.paddle.com/api-reference/about/api-keys',
    keywords: ['pdl_live_apikey_', 'pdl_sdbx_apikey_'],
    pattern: /(?<secret>pdl_(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(16), 3),
    examples: () => examplesOf(key, [key('short').slice(0, -1), `${key('long')}A`]),
  }),
];
