import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const token = (seed: string) =>
  `7${random(`telegram ${seed}`, 9, 'digits')}:AA${random(`telegram ${seed}`, 33, 'words')}`;

/** Tokens of Telegram's bots; in an address they stand after `/bot`. */
export const telegram = (): readonly Detector[] => [
  recognised({
    id: 'telegram-bot-token',
    issuer: 'telegram',
    docs: 'https://core.telegram.org/bots/api#authorizing-your-bot',
    keywords: [':AA'],
    pattern: /(?:\/bot)?(?<secret>[0-9]{8,10}:AA[A-Za-z0-9_-]{33})(?!\w|-{1,4}\w)/,
    placeholder: /^123456/,
    accept: (secret) => looksRandom(secret.slice(secret.indexOf(':') + 3), 3),
    examples: () =>
      examplesOf(token, [
        token('short').slice(0, -3),
        `${token('long')}A`,
        token('other').replace(':AA', ':BB'),
        `1234567890:AA${random('placeholder', 33, 'words')}`,
      ]),
  }),
];
