import type { Detector } from '../src/core/detector.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const made = (prefix: string, claims: unknown, seed: string) =>
  `${prefix}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${random(`mapbox ${seed}`, 22, 'words')}`;
const token = (seed: string) => made('sk', { u: 'acme', a: random(`mapbox ${seed}`, 25, 'lower') }, seed);

/** Secret access tokens of Mapbox: the account in base64, then a signature. Those with `pk.` are meant to be seen. */
export const mapbox = (): readonly Detector[] => [
  recognised({
    id: 'mapbox-secret-token',
    issuer: 'mapbox',
    docs: 'https://docs.mapbox.com/help/getting-started/access-tokens/',
    keywords: ['sk.eyJ1Ijoi'],
    pattern: /(?<secret>sk\.eyJ1Ijoi[A-Za-z0-9_-]{30,150}\.[A-Za-z0-9_-]{22})(?!\w|-{1,4}\w)/,
    accept: (secret) =>
      Buffer.from(secret.split('.')[1] ?? '', 'base64url')
        .toString('latin1')
        .includes('","a":"'),
    examples: examplesOf(token, [
      token('public').replace('sk.', 'pk.'),
      token('short').slice(0, -3),
      made('sk', { u: 'acme', other: random('no account', 25) }, 'x'),
    ]),
  }),
];
