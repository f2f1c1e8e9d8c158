import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { random, recognised } from '../src/core/recognised.ts';

const issuer = 'stripe';
const docs = 'https://docs.stripe.com/keys';
const today = (prefix: string) => `${prefix}51${random(`stripe ${prefix}`, 97)}`;
const older = (prefix: string) => prefix + random(`stripe older ${prefix}`, 24);
const webhook = (seed: string) => `whsec_${random(`stripe ${seed}`, 32)}`;

/** The keys in Stripe's documentation, made for everybody to try, and what else it prints. */
const PUBLISHED = /^sk_test_(?:4eC39Hq|BQokikJ|tR3PYbc|51[A-Za-z0-9]{0,30}\.\.\.)|example|your|(.)\1{6}/i;

/** Where keys of 24 characters are PayMongo's too, the name beside them decides: see paymongo.ts. */
export const stripe = (): readonly Detector[] => [
  recognised({
    ...{ id: 'stripe-secret-key', issuer, docs },
    keywords: ['sk_live_', 'sk_test_', 'sk_org_'],
    pattern:
      /(?<secret>sk_(?:org_)?(?:live|test)_(?!a2V5XzAx)(?:5[0-9A-Z][A-Za-z0-9]{60,150}|[A-Za-z0-9]{24}|[A-Za-z0-9]{26,40}))(?![A-Za-z0-9_])/,
    placeholder: PUBLISHED,
    accept: (secret) => looksRandom(secret.slice(8), 3),
    examples: () => ({
      ours: [today('sk_live_'), today('sk_test_'), older('sk_live_'), older('sk_test_')],
      not: [
        older('sk_live_').slice(0, -1),
        `${older('sk_test_')}A`,
        `x${today('sk_live_')}`,
        `pk_live_${older('').slice(0, 24)}`,
        `sk_test_${'4eC39'}HqLyjWDarjtT1zdp7dc`,
        `sk_live_${'x'.repeat(24)}`,
      ],
    }),
  }),
  recognised({
    id: 'stripe-restricted-key',
    issuer,
    docs,
    keywords: ['rk_live_', 'rk_test_'],
    pattern: /(?<secret>rk_(?:live|test)_[A-Za-z0-9]{24,150})(?![A-Za-z0-9_])/,
    placeholder: PUBLISHED,
    accept: (secret) => looksRandom(secret.slice(8), 3),
    examples: () => ({
      ours: [today('rk_live_'), today('rk_test_'), older('rk_live_')],
      not: [older('rk_live_').slice(0, -1), `mark_live_${older('').slice(0, 24)}`, `rk_test_${'x'.repeat(24)}`],
    }),
  }),
  recognised({
    id: 'stripe-webhook-secret',
    issuer,
    docs: 'https://docs.stripe.com/webhooks',
    keywords: ['whsec_'],
    pattern: /(?<secret>whsec_(?:[0-9a-f]{64}|[A-Za-z0-9]{32}))(?![A-Za-z0-9+=])/,
    accept: (secret) => looksRandom(secret.slice(6), 3),
    examples: () => ({
      ours: [webhook('a'), webhook('b'), `whsec_${random('stripe cli', 64, 'hex')}`],
      not: [webhook('short').slice(0, -1), `${webhook('long')}A`, `whsec_${'x'.repeat(32)}`],
    }),
  }),
];
