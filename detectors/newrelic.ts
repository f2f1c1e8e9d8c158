import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, prefixed, random, recognised } from '../src/core/recognised.ts';

const given = {
  issuer: 'newrelic',
  docs: 'https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/',
} as const;
const license = (seed: string) =>
  `${seed === 'b' ? 'eu01xx' : ''}${random(`newrelic ${seed}`, seed === 'b' ? 26 : 32, 'hex')}FFFFNRAL`;

/** Keys of New Relic: of a user, for queries, for sending, and the license. Browser keys are no secret. */
export const newrelic = (): readonly Detector[] => [
  prefixed({ ...given, id: 'newrelic-user-key', prefix: 'NRAK-', alphabet: 'upper', length: 27 }),
  prefixed({ ...given, id: 'newrelic-admin-key', prefix: 'NRAA-', alphabet: 'hex', length: 27 }),
  prefixed({ ...given, id: 'newrelic-rest-key', prefix: 'NRRA-', alphabet: 'hex', length: 42 }),
  prefixed({ ...given, id: 'newrelic-query-key', prefix: 'NRIQ-', alphabet: 'words', length: 32 }),
  prefixed({ ...given, id: 'newrelic-insert-key', prefix: 'NRII-', alphabet: 'words', length: 32 }),
  recognised({
    ...given,
    id: 'newrelic-license-key',
    keywords: ['NRAL'],
    pattern: /(?<secret>[0-9a-z]{6}[0-9a-f]{26}[0-9a-fA-F]{4}NRAL)(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(6, 32), 2.5),
    examples: () => examplesOf(license, [license('short').slice(0, -3), `${'0'.repeat(32)}FFFFNRAL`]),
  }),
];
