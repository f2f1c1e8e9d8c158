import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const made = (seed: string) => `CCIPAT_${random(`circleci ${seed}`, 22)}_${random(seed, 40, 'hex')}`;

export const circleci = (): Detector =>
  recognised({
    id: 'circleci-api-token',
    issuer: 'circleci',
    docs: 'https://circleci.com/docs/guides/toolkit/managing-api-tokens/',
    keywords: ['CCIPAT_', 'CCIPRJ_'],
    pattern: /(?<secret>CCIP(?:AT|RJ)_[A-Za-z0-9]{22}_[0-9a-z]{40})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret, 3),
    examples: () => examplesOf(made, [made('short').slice(0, -1), `${made('long')}0`]),
  });
