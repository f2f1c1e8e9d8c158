import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const issuer = 'discord';
const id = (seed: string) => `1${random(`discord ${seed}`, 17, 'digits')}`;
const made = (about: string, seed: string) =>
  `${Buffer.from(about).toString('base64url')}.${random(`${seed} 1`, 6)}.${random(`discord ${seed}`, 38, 'words')}`;
const bot = (seed: string) => made(id(seed), seed);
const hook = (seed: string) => `https://discord.com/api/webhooks/${id(seed)}/${random(`discord ${seed}`, 68, 'words')}`;

/** The first part of a token is the bot's id in base64. */
const namesBot = (token: string): boolean =>
  /^[0-9]{17,20}$/.test(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('latin1'));

/** Tokens of Discord's bots, and the addresses that anybody may post to. */
export const discord = (): readonly Detector[] => [
  recognised({
    id: 'discord-bot-token',
    issuer,
    docs: 'https://discord.com/developers/docs/reference#authentication',
    keywords: ['MD', 'MT', 'Mj', 'Mz', 'ND', 'NT', 'Nj', 'Nz', 'OD', 'OT'], // how two digits look in base64
    pattern:
      /(?<secret>(?:MD|MT|Mj|Mz|ND|NT|Nj|Nz|OD|OT)[AEIMQUYcgk][0-5w-z][A-Za-z0-9]{19,22}\.[A-Za-z0-9_-]{6}\.(?:[A-Za-z0-9_-]{38}|[A-Za-z0-9_-]{27}))(?!\w|-{1,4}\w)/,
    accept: namesBot,
    examples: () => examplesOf(bot, [bot('short').slice(0, -14), made('a name, not a number', 'x'), `${bot('long')}A`]),
  }),
  recognised({
    id: 'discord-webhook',
    issuer,
    docs: 'https://discord.com/developers/docs/resources/webhook',
    keywords: ['/api/webhooks/'],
    pattern:
      /(?<secret>https:\/\/(?:ptb\.|canary\.)?discord(?:app)?\.com\/api\/webhooks\/[0-9]{17,20}\/[A-Za-z0-9_-]{68})(?!\w|-{1,4}\w)/,
    accept: (secret) => looksRandom(secret.slice(secret.lastIndexOf('/') + 1), 3.5),
    examples: () => ({
      ours: ['a', 'b', 'c'].map(hook),
      not: [hook('short').slice(0, -10), hook('x').replace('discord', 'acme'), `${hook('long')}AAA`],
    }),
  }),
];
