import type { Detector } from '../src/core/detector.ts';
import { examplesOf, recognised } from '../src/core/recognised.ts';
import { uuid } from '../src/core/uuid.ts';

const made = (text: string) => Buffer.from(text).toString('base64');
const token = (seed: string) => made(`tok:${uuid(`intercom ${seed}`).replaceAll('-', '_')}:1:0`);

/** Access tokens of Intercom: in base64, `tok:` and a UUID with underscores. */
export const intercom = (): readonly Detector[] => [
  recognised({
    id: 'intercom-access-token',
    issuer: 'intercom',
    docs: 'https://developers.intercom.com/docs/build-an-integration/learn-more/authentication',
    keywords: ['dG9rO'],
    pattern: /(?<secret>dG9rO[g-j][A-Za-z0-9]{44,70}={0,2})(?![A-Za-z0-9=]|%3[dD])/,
    accept: (secret) =>
      /^tok:[0-9a-f]{8}_[0-9a-f]{4}_[0-9a-f_]{10,30}:/.test(Buffer.from(secret, 'base64').toString('latin1')),
    examples: () => examplesOf(token, [token('short').slice(0, 40), made('tok:en of something else, not of Intercom')]),
  }),
];
