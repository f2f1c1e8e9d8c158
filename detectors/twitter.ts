import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { named } from '../src/core/named.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const given = {
  issuer: 'twitter',
  docs: 'https://docs.x.com/fundamentals/authentication/oauth-2-0/application-only',
} as const;
const bearer = (seed: string) => `${'A'.repeat(21)}${random(`twitter ${seed}`, 25)}=${random(`twitter ${seed} 2`, 50)}`;

/** Bearer tokens of X, once Twitter. They are mostly written percent-encoded. */
export const twitter = (): readonly Detector[] => [
  recognised({
    ...given,
    id: 'twitter-bearer-token',
    keywords: ['A'.repeat(20)],
    pattern: /(?<secret>A{20}[A-Za-z0-9+/]{20,62}=[A-Za-z0-9]{50})(?![A-Za-z0-9])/,
    placeholder: /example|your/i,
    accept: (secret) => looksRandom(secret.slice(-50), 3.5),
    examples: () => examplesOf(bearer, [bearer('short').slice(0, -12), bearer('x').replace('=', '-')]),
  }),
  // API key secrets and access token secrets of X: nothing tells them but the name beside them.
  named({
    ...given,
    id: 'twitter-api-secret',
    names: ['twitter', 'consumer_secret', 'consumersecret'],
    alphabet: 'alphanumeric',
    length: 50,
  }),
  named({
    ...given,
    id: 'twitter-access-secret',
    names: ['twitter', 'access_token_secret'],
    alphabet: 'alphanumeric',
    length: 45,
  }),
];
