import { base62Crc32, endsInBase62Crc32 } from '../src/core/checksum.ts';
import type { Detector } from '../src/core/detector.ts';
import { assigned } from '../src/core/pattern.ts';
import { prefixed, random, recognised } from '../src/core/recognised.ts';
import { UUID, uuid } from '../src/core/uuid.ts';

const given = { issuer: 'npm', docs: 'https://docs.npmjs.com/about-access-tokens' } as const;
const make = (seed: string) => {
  const body = random(`npm ${seed}`, 30);
  return `npm_${body}${base62Crc32(body)}`;
};

export const npm = (): readonly Detector[] => [
  prefixed({
    ...{ ...given, id: 'npm-access-token', prefix: 'npm_', alphabet: 'alphanumeric', length: 36, make },
    // https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
    accept: (secret) => endsInBase62Crc32(secret, 4),
  }),
  recognised({
    ...{ ...given, id: 'npm-old-access-token', ...assigned(['_authtoken', 'npm_token'], UUID) },
    examples: () => ({
      context: '//registry.npmjs.org/:_authToken=',
      ours: ['a', 'b'].map((seed) => uuid(`npm ${seed}`)),
      not: [uuid('no name'), `_authToken=${uuid('long')}0`],
    }),
  }),
];
