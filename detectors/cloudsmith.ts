import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const given = { issuer: 'cloudsmith', docs: 'https://docs.cloudsmith.com/accounts-and-teams/api-key' } as const;
const account = (seed: string) => `csa_${random(`cloudsmith ${seed}`, 30, 'hex')}${random(seed, 6)}`;
const old = (seed: string) => random(`cloudsmith ${seed}`, 40, 'hex');

export const cloudsmith = (): readonly Detector[] => [
  recognised({
    ...{ ...given, id: 'cloudsmith-account-key', keywords: ['csa_'] },
    pattern: /(?<secret>csa_[0-9a-f]{30}[A-Za-z0-9]{6})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(4), 3),
    examples: () => examplesOf(account, [account('short').slice(0, -1), `${account('long')}0`]),
  }),
  recognised({
    ...{ ...given, id: 'cloudsmith-api-key', ...assigned(['cloudsmith'], '[0-9a-f]{40}') },
    accept: (secret) => looksRandom(secret, 3),
    examples: () => ({
      context: 'CLOUDSMITH_API_KEY=',
      ours: ['a', 'b'].map(old),
      not: [old('x'), `CLOUDSMITH=${old('y')}0`],
    }),
  }),
];
