import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const made = (seed: string) => `pat${random(`airtable ${seed}`, 14)}.${random(seed, 64, 'hex')}`;

export const airtable = (): Detector =>
  recognised({
    id: 'airtable-access-token',
    issuer: 'airtable',
    docs: 'https://airtable.com/developers/web/api/authentication',
    keywords: ['pat'],
    pattern: /(?<secret>pat[A-Za-z0-9]{14}\.[0-9a-f]{64})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret, 3),
    examples: () => examplesOf(made, [made('short').slice(0, -1), `${made('long')}0`]),
  });
