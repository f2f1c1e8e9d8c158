import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => `CCDB1_${random(`cockroach ${seed}`, 22)}_${random(`cockroach ${seed}`, 40)}`;

/** API keys of CockroachDB Cloud. */
export const cockroach = (): readonly Detector[] => [
  recognised({
    id: 'cockroach-cloud-api-key',
    issuer: 'cockroach',
    docs: 'https://www.cockroachlabs.com/docs/cockroachcloud/managing-access#api-access',
    keywords: ['CCDB1_'],
    pattern: /(?<secret>CCDB1_[A-Za-z0-9]{22}_[A-Za-z0-9]{40})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(29), 3.5),
    examples: () => examplesOf(key, [key('short').slice(0, -1), `${key('long')}A`]),
  }),
];
