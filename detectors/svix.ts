import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const issuer = 'svix';
const token = (seed: string) => `sk_${random(`svix ${seed}`, 32)}.eu`;
const webhook = (seed: string) =>
  `whsec_${random(`svix ${seed}`, 15)}+${random(`svix ${seed}`, seed === 'b' ? 27 : 16)}${seed === 'b' ? '=' : ''}`;

/**
 * Keys of Svix, which tell the region at their end, and signing secrets of all who send webhooks through it: where they have
 * neither `+` nor `/`, they look like Stripe's.
 */
export const svix = (): readonly Detector[] => [
  recognised({
    id: 'svix-api-token',
    issuer,
    docs: 'https://docs.svix.com/quickstart',
    keywords: ['sk_'],
    pattern: /(?<secret>(?:test)?sk_[A-Za-z0-9_-]{24,64}={0,2}\.(?:us|eu|ca|in|au))(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(secret.indexOf('_') + 1), 3),
    examples: () => examplesOf(token, [token('other region').replace('.eu', '.xx'), `sk_${'x'.repeat(32)}.eu`]),
  }),
  recognised({
    id: 'svix-webhook-secret',
    issuer,
    docs: 'https://docs.svix.com/receiving/verifying-payloads/how',
    keywords: ['whsec_'],
    pattern: /(?<secret>whsec_(?:[A-Za-z0-9+/]{32}|[A-Za-z0-9+/]{43}=))(?![A-Za-z0-9+=])/,
    accept: (secret) => /[+/=]/.test(secret) && looksRandom(secret.slice(6), 3),
    examples: () => examplesOf(webhook, [webhook('short').slice(0, 36), `whsec_${'+'.repeat(32)}`]),
  }),
];
