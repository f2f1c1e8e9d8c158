import type { Detector } from '../src/core/detector.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const made = (text: string) => Buffer.from(text).toString('base64');
const hex = (seed: string, length: number) => random(`intercom ${seed}`, length, 'hex');
const token = (seed: string) =>
  made(`tok:${hex(seed, 8)}_${hex(`${seed} 2`, 4)}_${hex(`${seed} 3`, 4)}_${hex(`${seed} 4`, 12)}_1:1:0`);

/** Access tokens of Intercom: `tok:` and the rest in base64. */
export const intercom = (): readonly Detector[] => [
  recognised({
    id: 'intercom-access-token',
    issuer: 'intercom',
    docs: 'https://developers.intercom.com/docs/build-an-integration/learn-more/authentication',
    keywords: ['dG9rO'],
    pattern: /(?<secret>dG9rO[g-j][A-Za-z0-9]{44,70}={0,2})(?![A-Za-z0-9=]|%3[dD])/,
    accept: (secret) =>
      /^tok:[0-9a-f]{8}_[0-9a-f_]{10,}[:_0-9]*$/.test(Buffer.from(secret, 'base64').toString('latin1')),
    examples: examplesOf(token, [token('short').slice(0, 40), made('tok:en of something else, not of Intercom')]),
  }),
];
