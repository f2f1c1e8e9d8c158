import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const token = (seed: string) => {
  const claims = { u: 'acme', a: random(`mapbox ${seed}`, 25, 'lower') };
  return `sk.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${random(`mapbox ${seed}`, 22, 'words')}`;
};

/** Secret access tokens of Mapbox: the account in base64, then a signature. Those with `pk.` are meant to be seen. */
export const mapbox = (): readonly Detector[] => [
  recognised({
    id: 'mapbox-secret-token',
    issuer: 'mapbox',
    docs: 'https://docs.mapbox.com/help/getting-started/access-tokens/',
    keywords: ['sk.eyJ1Ijoi'], // {"u":"
    pattern: /(?<secret>sk\.eyJ1Ijoi[A-Za-z0-9_-]{26,150}\.[A-Za-z0-9_-]{22})(?!\w|-{1,4}\w)/,
    accept: (secret) => looksRandom(secret.slice(-22), 3),
    examples: () => examplesOf(token, [token('public').replace('sk.', 'pk.'), token('short').slice(0, -3)]),
  }),
];
