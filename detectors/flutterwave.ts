import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => `FLWSECK${seed === 'b' ? '_TEST' : ''}-${random(`flutterwave ${seed}`, 32, 'hex')}-X`;

/** Secret keys of Flutterwave; live ones of the third version have one more part. */
export const flutterwave = (): readonly Detector[] => [
  recognised({
    id: 'flutterwave-secret-key',
    issuer: 'flutterwave',
    docs: 'https://developer.flutterwave.com/v3.0/docs/authentication',
    keywords: ['FLWSECK'],
    pattern: /(?<secret>FLWSECK(?:(?:_TEST)?-[0-9a-h]{32}(?:-[0-9a-z]{10,16})?-X|_TEST-?[0-9a-h]{12}))(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(8), 2.6),
    examples: () =>
      examplesOf(key, [key('cut').slice(0, -2), key('public').replace('SECK', 'PUBK'), `${key('long')}X`]),
  }),
];
