import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, recognised } from '../src/core/recognised.ts';
import { sample } from '../src/core/sample.ts';

/** Of bech32. */
const LETTERS = 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L';

const made = (seed: string) => `AGE-SECRET-KEY-1${sample(`age ${seed}`, 58, LETTERS)}`;

export const age = (): Detector =>
  recognised({
    id: 'age-secret-key',
    issuer: 'age',
    docs: 'https://github.com/C2SP/C2SP/blob/main/age.md',
    keywords: ['AGE-SECRET-KEY-1'],
    pattern: /(?<secret>AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(16), 3),
    examples: () => examplesOf(made, [made('short').slice(0, -1), `${made('long')}Q`]),
  });
