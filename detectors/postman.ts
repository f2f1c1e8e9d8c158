import type { Detector } from '../src/core/detector.ts';
import { examplesOf, prefixed, random, recognised } from '../src/core/recognised.ts';

const given = {
  issuer: 'postman',
  docs: 'https://learning.postman.com/docs/developer/postman-api/authentication/',
} as const;
const key = (seed: string) => `PMAK-${random(`${seed} 1`, 24, 'hex')}-${random(`${seed} 2`, 34, 'hex')}`;

export const postman = (): readonly Detector[] => [
  recognised({
    ...{ ...given, id: 'postman-api-key', keywords: ['PMAK-'] },
    pattern: /(?<secret>PMAK-[0-9a-f]{24}-[0-9a-f]{34})(?![A-Za-z0-9])/,
    examples: () => examplesOf(key, [key('short').slice(0, -1), `${key('long')}0`]),
  }),
  prefixed({ ...given, id: 'postman-collection-key', prefix: 'PMAT-', alphabet: 'upper', length: 26 }),
];
