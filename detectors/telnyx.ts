import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) =>
  `KEY0${random(`telnyx ${seed}`, 31, 'hex').toUpperCase()}_${random(`telnyx ${seed}`, 22)}`;

/** API keys of Telnyx. */
export const telnyx = (): readonly Detector[] => [
  recognised({
    id: 'telnyx-api-key',
    issuer: 'telnyx',
    docs: 'https://developers.telnyx.com/development/api-fundamentals/authentication',
    keywords: ['KEY0'],
    pattern: /(?<secret>KEY0[0-9A-F]{31}_[A-Za-z0-9]{22})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(36), 3),
    examples: () => examplesOf(key, [key('short').slice(0, -1), `${key('long')}A`]),
  }),
];
