import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const given = {
  issuer: 'atlassian',
  docs: 'https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/',
} as const;
const made = (prefix: string) => (seed: string) =>
  `${prefix}${random(`${prefix} ${seed}`, 171, 'words')}=${random(`${seed} sum`, 8, 'hex').toUpperCase()}`;
const token = made('ATATT3xFfGF0');
const old = (seed: string) => random(`atlassian ${seed}`, 20) + random(`${seed} sum`, 4, 'hex').toUpperCase();

export const atlassian = (): readonly Detector[] => [
  recognised({
    ...{ ...given, id: 'atlassian-api-token', keywords: ['ATATT3'] },
    pattern: /(?<secret>ATATT3[A-Za-z0-9_-]{80,400}=[0-9A-F]{8})(?![A-Za-z0-9])/,
    examples: () => examplesOf(token, [token('short').slice(0, -1), `${token('long')}0`]),
  }),
  recognised({
    ...{ ...given, id: 'atlassian-old-api-token' },
    ...assigned(['atlassian', 'jira', 'confluence'], '[A-Za-z0-9]{20}[0-9A-F]{4}'),
    accept: (secret) => looksRandom(secret, 3),
    examples: () => ({
      context: 'JIRA_API_TOKEN=',
      ours: ['a', 'b'].map(old),
      not: [old('no name'), `JIRA=${old('long')}0`],
    }),
  }),
];
