import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const given = { issuer: 'notion', docs: 'https://developers.notion.com/docs/authorization' } as const;
const token = (seed: string) => `ntn_${random(seed, 11, 'digits')}${random(`notion ${seed}`, 35)}`;
const old = (seed: string) => `secret_${random(`notion ${seed}`, 43)}`;

export const notion = (): readonly Detector[] => [
  recognised({
    ...{ ...given, id: 'notion-integration-token', keywords: ['ntn_'] },
    pattern: /(?<secret>ntn_[0-9]{11}[A-Za-z0-9]{35})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(15), 3),
    examples: () => examplesOf(token, [token('short').slice(0, -1), `${token('long')}0`]),
  }),
  recognised({
    // Others' secrets begin with this word too.
    ...{ ...given, id: 'notion-old-integration-token', ...assigned(['notion'], 'secret_[A-Za-z0-9]{43}') },
    accept: (secret) => looksRandom(secret.slice(7), 3),
    examples: () => ({
      context: 'NOTION_TOKEN=',
      ours: ['a', 'b'].map(old),
      not: [old('no name'), `NOTION=${old('long')}0`],
    }),
  }),
];
