import type { Detector } from '../src/core/detector.ts';
import { assigned } from '../src/core/pattern.ts';
import { examplesOf, prefixed, recognised } from '../src/core/recognised.ts';
import { UUID, uuid } from '../src/core/uuid.ts';

const given = { issuer: 'heroku', docs: 'https://devcenter.heroku.com/articles/platform-api-reference' } as const;
const prefixedUuid = (seed: string) => `HRKU-${uuid(`heroku ${seed}`)}`;

export const heroku = (): readonly Detector[] => [
  prefixed({ ...given, id: 'heroku-api-token', prefix: 'HRKU-AA', alphabet: 'words', length: 58 }),
  recognised({
    ...{ ...given, id: 'heroku-api-key-with-prefix', keywords: ['HRKU-'] },
    // https://devcenter.heroku.com/changelog-items/2842
    pattern: new RegExp(`(?<secret>HRKU-${UUID})(?![A-Za-z0-9])`),
    examples: () => examplesOf(prefixedUuid, [prefixedUuid('short').slice(0, -1), `${prefixedUuid('long')}0`]),
  }),
  recognised({
    ...{ ...given, id: 'heroku-api-key', ...assigned(['heroku'], UUID) },
    examples: () => ({
      context: 'HEROKU_API_KEY=',
      ours: ['a', 'b'].map((seed) => uuid(`heroku old ${seed}`)),
      not: [uuid('no name'), `HEROKU_API_KEY=${uuid('long')}0`],
    }),
  }),
];
