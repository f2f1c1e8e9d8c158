import * as z from 'zod';
import type { Detector, Examples } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { sample } from '../src/core/sample.ts';
import { uuid } from '../src/core/uuid.ts';
import { answers, expiryOf, isId, removalOf, verdictOf } from './workos-customer-key.answers.ts';
import { sdk } from './workos-customer-key.sdk.ts';

/** Per alphabet: characters of a key's body, and those it may end with (so that `sk_…-->` gives up its arrow). */
const alphabets = {
  words: { inner: 'A-Za-z0-9_-', last: 'A-Za-z0-9' },
  alphanumeric: { inner: 'A-Za-z0-9', last: 'A-Za-z0-9' },
  hex: { inner: '0-9a-f', last: '0-9a-f' },
  base64: { inner: 'A-Za-z0-9+/', last: 'A-Za-z0-9+/' },
  base64url: { inner: 'A-Za-z0-9_-', last: 'A-Za-z0-9_-' },
} as const;

/** WorkOS publishes no format for customer keys, so the format is the tenant's to set. */
export const workosCustomerKeySettings = z
  .strictObject({
    prefixes: z
      .array(z.string().regex(/^[A-Za-z0-9_]{1,32}_$/, 'letters, digits and _, with _ at the end'))
      .min(1)
      .default(['sk_', 'wos_api_key_'])
      .describe(
        'What customer keys begin with. sk_live_, sk_test_, sk_prod_ and sk_dev_ are other vendors’ too: such keys are never sent to WorkOS unless the prefix is listed here.',
      ),
    minLength: z.int().min(12).max(500).default(16).describe('Fewest characters after the prefix.'),
    maxLength: z.int().min(12).max(500).default(200).describe('Most characters after the prefix.'),
    alphabet: z
      .enum(['words', 'alphanumeric', 'hex', 'base64', 'base64url'])
      .default('words')
      .describe('Characters after the prefix. words: letters, digits, _ and -, ending with a letter or a digit.'),
    minEntropy: z
      .number()
      .min(0)
      .max(6)
      .default(2.5)
      .describe(
        'Bits per character that a key must have; words and names are no keys either. 0 turns both checks off.',
      ),
  })
  .refine(({ minLength, maxLength }) => minLength <= maxLength, {
    path: ['maxLength'],
    error: 'maxLength is below minLength',
  });
export type WorkosCustomerKeySettings = z.infer<typeof workosCustomerKeySettings>;

/** Shapes of other issuers under `sk_`, whatever is glued to their end; no setting lifts these. */
const foreign: readonly RegExp[] = [
  /^sk_(?:test|live)_a2V5XzAx/, // WorkOS' own environment keys: workos-environment-key.ts
  /^sk_(?:test|live)_[0-9a-f]{40}(?![A-Za-z0-9])/, // Paystack: https://paystack.com/docs/api/authentication/
  /^sk_(?:test|live)_51[A-Za-z0-9]{60}/, // Stripe, today: https://docs.stripe.com/keys
  /^sk_org_(?:test|live)_/, // Stripe, of an organization: https://docs.stripe.com/keys
  // Checkout.com, today and before: https://www.checkout.com/docs/developer-resources/api/manage-api-keys
  /^sk_(?:sbox_|[a-z2-7]{26})/,
  /^sk_(?:test_|live_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/,
  /^sk_(?:dev|prod)_[A-Za-z0-9_-]{64}(?![A-Za-z0-9])/, // Liveblocks: https://liveblocks.io/docs/authentication
  /^sk_car_[A-Za-z0-9]{4}/, // Cartesia: https://docs.cartesia.ai/use-the-api/api-conventions
];

/**
 * Hexadecimal letters: 48 are ElevenLabs' (https://elevenlabs.io/docs/api-reference/authentication). Fewer or more, with
 * hyphens or none, are the part of such a key, or of one of Checkout.com, that stands in one line, unless the tenant says
 * that its own keys are such.
 */
const elevenLabs = /^sk_[0-9a-f]{48}(?![A-Za-z0-9])/;
const hexadecimal = /^sk_[0-9a-f-]+$/;

/**
 * Svix tells the region at the end of its keys (https://docs.svix.com/quickstart), beyond ours. Where lines were put
 * together, the next word may stand right behind it.
 */
const REGION = '={0,2}\\.(?:us|eu|ca|in|au)';

/** What stands inside of a key that goes on in the next line or string; and in the next entry of a log. */
const BREAK = '(?:[^A-Za-z0-9]{0,4}[\\r\\n"\'`\\\\<\\x80-\\xff][^A-Za-z0-9]{0,24}|\\\\u200[b-d])';
const ENTRY = '[^A-Za-z0-9]{0,4}\\n[^\\r\\n]{0,48}[^\\w.-]';

/** Keys of which only the beginning stands here, and whose end tells that they are Svix' (no host's name) or Checkout.com's. */
const NO_BEGINNING = [
  '(?!sk_(?:',
  `[A-Za-z0-9_-]{12,64}(?:${BREAK}(?=[a-z_-]{0,40}[A-Z0-9]|\\.)|${ENTRY}(?=[a-z0-9_-]{0,40}[A-Z]))[A-Za-z0-9_-]{0,48}${REGION}(?![A-Za-z0-9])`,
  `|[a-z2-7]{12,26}(?:${BREAK}|${ENTRY})[a-z2-7]{1,15}[*#$=]?(?![A-Za-z0-9_])))`,
].join('');

/**
 * Under these prefixes a body does not tell the issuer: Stripe's older keys (https://docs.stripe.com/keys), Clerk's
 * (https://clerk.com/docs/deployments/clerk-environment-variables), PayMongo's
 * (https://developers.paymongo.com/docs/authentication-api-keys), the beginning of Liveblocks'.
 */
const shared = ['sk_live_', 'sk_test_', 'sk_prod_', 'sk_dev_'];

/** Does the tenant say that its keys have a prefix which others' have too? Then it knows better than their detectors. */
export const listsShared = ({ prefixes }: WorkosCustomerKeySettings): boolean =>
  prefixes.some((prefix) => shared.includes(prefix));

/** What documentation prints instead of a key: a word anywhere in it, or one of these between separators. */
const placeholderOf = (prefix: string): RegExp =>
  new RegExp(
    `^${prefix}(?:.*(?:example|placeholder|change_?me|replace|redacted|dummy|sample|abcdef|012345|123456|(.)\\1{5})|(?:.*[_-])?(?:your|my|fake|key|here|token)(?:[_-]|$))`,
    'i',
  );

const HEX = '0123456789abcdef';
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

const calls: Pick<Detector, 'validate' | 'revoke' | 'expire'> = {
  async validate(secret, issuer) {
    const answer = await issuer.ask('validate', async (road) =>
      (await sdk(road)).post('/api_keys/validations', { value: secret.expose() }),
    );
    return verdictOf(answer, issuer.environment);
  },
  async revoke({ id }, issuer) {
    if (!isId(id)) return { result: 'unknown', reason: 'unrecognised' };
    return removalOf(await issuer.ask('delete', async (road) => (await sdk(road)).apiKeys.deleteApiKey(id)));
  },
  async expire({ id }, issuer) {
    if (!isId(id)) return { result: 'unknown', reason: 'unrecognised' };
    return expiryOf(
      await issuer.ask('expire', async (road) => (await sdk(road)).post(`/api_keys/${id}/expire`, {})),
      id,
    );
  },
};

const examplesOf = ({ prefixes, minLength, maxLength, alphabet }: WorkosCustomerKeySettings): Examples => {
  const length = Math.min(Math.max(minLength, 33), maxLength);
  const body = (seed: string) => sample(seed, length, alphabet === 'hex' ? HEX : undefined);
  const [first = 'sk_'] = prefixes;
  const written = ['example_1234567890abcdef', 'abcdefghijklmnop123456', 'your_api_key_here', 'ASIdOrRange_find_all'];
  return {
    ours: prefixes.flatMap((prefix) => ['a', 'b', 'c'].map((seed) => prefix + body(`${prefix} ${seed}`))),
    not: [
      ...['task_', 'disk_', 'risk_', 'xsk_', '9sk_', '_sk_', 'sk-', 'SK_'].map((word) => word + body(word)),
      first + body('short').slice(0, minLength - 1),
      first + body('long').repeat(Math.ceil((maxLength + 1) / length)),
      ...[...written, 'x'.repeat(length)].map((words) => first + words),
    ],
    foreign: [
      `sk_live_51${sample('stripe', 97)}`,
      `sk_test_51${sample('stripe', 97)}`,
      ...shared.filter((prefix) => !prefixes.includes(prefix)).map((prefix) => prefix + sample(`clerk ${prefix}`, 42)),
      `sk_live_${sample('paystack', 40, HEX)}`,
      `sk_org_live_${sample('stripe', 99)}`,
      `sk_sbox_${sample('checkout', 27, BASE32)}`,
      `sk_${sample('checkout', 27, BASE32)}`,
      `sk_${uuid('checkout')}`,
      `sk_dev_${sample('liveblocks', 64)}`,
      `sk_car_${sample('cartesia', 22)}`,
      `sk_${sample('elevenlabs', 48, HEX)}`,
    ],
  };
};

/** A key that a company's customer holds, made and killed with WorkOS' API Keys. */
export const workosCustomerKey = (settings: WorkosCustomerKeySettings): Detector => {
  const { prefixes, minLength, maxLength, minEntropy } = settings;
  const { inner, last } = alphabets[settings.alphabet];
  const prefix = `(?:${prefixes.join('|')})`;
  const key = `${prefix}[${inner}]{${minLength - 1},${maxLength - 1}}[${last}]`;
  const [first = 'sk_', ...others] = prefixes;
  const prefixOf = (secret: string) => Math.max(...prefixes.map((at) => (secret.startsWith(at) ? at.length : 0)));
  return {
    id: 'workos-customer-key',
    issuer: 'workos',
    docs: 'https://workos.com/docs/authkit/api-keys',
    keywords: [first, ...others],
    pattern: new RegExp(`(?<secret>${NO_BEGINNING}${key})(?![${last}]|${REGION})`),
    placeholder: placeholderOf(prefix),
    accept: (secret) => minEntropy === 0 || looksRandom(secret.slice(prefixOf(secret)), minEntropy),
    foreign: [
      ...foreign,
      elevenLabs,
      ...(settings.alphabet === 'hex' ? [] : [hexadecimal]),
      ...shared.filter((prefix) => !prefixes.includes(prefix)).map((prefix) => new RegExp(`^${prefix}`)),
    ],
    examples: () => examplesOf(settings),
    answers,
    ...calls,
  };
};
