import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { prefixed, random, recognised } from '../src/core/recognised.ts';

const given = {
  issuer: 'mailgun',
  docs: 'https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth',
} as const;
const hex = (seed: string, length: number) => random(`mailgun ${seed}`, length, 'hex');
const key = (seed: string) => `${hex(seed, 32)}-${hex(`${seed} 2`, 8)}-${hex(`${seed} 3`, 8)}`;

/** API keys of Mailgun from before 2018 tell what they are. */
export const mailgun = (): readonly Detector[] => [
  prefixed({ ...given, id: 'mailgun-older-api-key', prefix: 'key-', alphabet: 'hex', length: 32 }),
  // Those of today do not: the name beside them does.
  recognised({
    ...given,
    id: 'mailgun-api-key',
    ...assigned(['mailgun', 'mg_api', 'mg_key'], '[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}'),
    accept: (secret) => looksRandom(secret.slice(0, 32), 2.6),
    examples: () => ({
      context: 'MAILGUN_API_KEY=',
      ours: ['a', 'b', 'c'].map(key),
      not: [key('no name'), `MAILGUN_API_KEY=${key('short').slice(1)}`, `MAILGUN_API_KEY=${key('long')}0`],
    }),
  }),
];
