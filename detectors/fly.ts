import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, prefixed, random, recognised } from '../src/core/recognised.ts';

const given = { issuer: 'fly', docs: 'https://fly.io/docs/security/tokens/' } as const;
const macaroon = (seed: string) => `fm2_lJPE${random(`fly ${seed}`, 240, 'base64')}`;

/** A macaroon in base64; several stand after one `FlyV1`, with commas between. */
const macaroonToken = (): Detector =>
  recognised({
    ...{ ...given, id: 'fly-macaroon', keywords: ['fm1r_', 'fm1a_', 'fm2_'] },
    pattern: /(?<secret>fm(?:1[ar]|2)_(?:[A-Za-z0-9+/]{4}){25,225}(?:[A-Za-z0-9+/]{2,3}={1,2})?)(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(8), 4),
    examples: () => examplesOf(macaroon, ['fm2_lJPE', `fm2_lJPE${'x'.repeat(200)}`]),
  });

export const fly = (): readonly Detector[] => [
  macaroonToken(),
  prefixed({ ...given, id: 'fly-access-token', prefix: 'fo1_', alphabet: 'words', length: 43 }),
];
