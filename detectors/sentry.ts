import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { named } from '../src/core/named.ts';
import { examplesOf, prefixed, random, recognised } from '../src/core/recognised.ts';

const issuer = 'sentry';
const docs = 'https://docs.sentry.io/account/auth-tokens/';
const made = (claims: unknown, seed: string) =>
  `sntrys_${Buffer.from(JSON.stringify(claims)).toString('base64')}_${random(`sentry ${seed}`, 43, 'base64')}`;
const organization = (seed: string) =>
  made({ iat: 1700000000.5, url: 'https://sentry.io', region_url: 'https://us.sentry.io', org: 'acme' }, seed);

/** What stands between `sntrys_` and the next underscore: claims in base64, the date the first of them. */
const claimsOf = (secret: string): string => Buffer.from(secret.split('_')[1] ?? '', 'base64').toString('latin1');

/** Auth tokens of Sentry. A DSN is no secret. */
export const sentry = (): readonly Detector[] => [
  prefixed({
    id: 'sentry-user-token',
    issuer,
    docs,
    prefix: ['sntryu_', 'sntrya_', 'sntryi_'],
    alphabet: 'hex',
    length: 64,
  }),
  recognised({
    id: 'sentry-organization-token',
    issuer,
    docs,
    keywords: ['sntrys_eyJ'],
    pattern: /(?<secret>sntrys_eyJ[A-Za-z0-9+/]{60,350}={0,2}_[A-Za-z0-9+/]{43})(?![A-Za-z0-9+=])/,
    accept: (secret) => claimsOf(secret).startsWith('{"iat":') && looksRandom(secret.slice(-43), 3.5),
    examples: () =>
      examplesOf(organization, [
        organization('short').slice(0, -1),
        made({ url: 'https://acme.test', and: 'so on, for sixty characters and more' }, 'no date'),
      ]),
  }),
  named({ id: 'sentry-older-token', issuer, docs, names: ['sentry'], alphabet: 'hex', length: 64 }),
];
