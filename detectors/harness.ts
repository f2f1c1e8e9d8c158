import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const made = (seed: string) =>
  `pat.${random(`harness ${seed}`, 22)}.${random(seed, 24, 'hex')}.${random(`${seed} end`, 20)}`;

export const harness = (): Detector =>
  recognised({
    id: 'harness-api-key',
    issuer: 'harness',
    docs: 'https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/',
    keywords: ['pat.', 'sat.'],
    pattern: /(?<secret>[ps]at\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret, 3),
    examples: () => examplesOf(made, [made('short').slice(0, -1), `${made('long')}0`]),
  });
