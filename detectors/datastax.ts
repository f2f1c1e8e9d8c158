import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const token = (seed: string) => `AstraCS:${random(`datastax ${seed}`, 24)}:${random(`datastax ${seed}`, 64, 'hex')}`;

/** Application tokens of DataStax Astra. */
export const datastax = (): readonly Detector[] => [
  recognised({
    id: 'datastax-astra-token',
    issuer: 'datastax',
    docs: 'https://docs.datastax.com/en/astra-db-serverless/administration/manage-application-tokens.html',
    keywords: ['AstraCS:'],
    pattern: /(?<secret>AstraCS:[A-Za-z0-9]{20,30}:[0-9a-f]{64})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(-64), 3),
    examples: () => examplesOf(token, [token('short').slice(0, -1), `${token('long')}0`]),
  }),
];
