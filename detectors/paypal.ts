import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { named } from '../src/core/named.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const token = (mode: string) => (seed: string) =>
  `access_token$${mode}$${random(`braintree ${seed}`, 16, 'lower')}$${random(`braintree ${seed}`, 32, 'hex')}`;

/** Keys of PayPal, and of Braintree, a part of it. */
export const paypal = (): readonly Detector[] => [
  recognised({
    id: 'paypal-braintree-access-token',
    issuer: 'paypal',
    docs: 'https://developer.paypal.com/braintree/docs/guides/paypal/overview',
    keywords: ['access_token$'],
    pattern: /(?<secret>access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(-32), 2.6),
    examples: () =>
      examplesOf(token('production'), [token('production')('short').slice(0, -1), token('testing')('mode')]),
  }),
  named({
    id: 'paypal-client-secret',
    issuer: 'paypal',
    docs: 'https://developer.paypal.com/api/rest/authentication/',
    names: ['paypal'],
    prefix: 'E',
    alphabet: 'words',
    length: 79,
  }),
];
