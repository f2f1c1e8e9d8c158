import type { Detector } from '../src/core/detector.ts';
import { examplesOf, recognised } from '../src/core/recognised.ts';
import { sample } from '../src/core/sample.ts';
import { isRandomUuid, UUID, uuid } from '../src/core/uuid.ts';

const given = {
  issuer: 'checkout',
  docs: 'https://www.checkout.com/docs/developer-resources/api/manage-api-keys',
} as const;
const letters = (seed: string) => sample(`checkout ${seed}`, 27, 'abcdefghijklmnopqrstuvwxyz234567');
const key = (seed: string) => `sk_${seed === 'b' ? 'sbox_' : ''}${letters(seed)}`;

/** Secret keys of Checkout.com: 27 letters of base32, before that UUIDs. */
export const checkout = (): readonly Detector[] => [
  recognised({
    ...given,
    id: 'checkout-secret-key',
    keywords: ['sk_'],
    pattern: /(?<secret>sk_(?:sbox_)?[a-z2-7]{26}[a-z2-7*#$=])(?![A-Za-z0-9_])/,
    accept: (secret) => new Set(secret.slice(-27)).size > 10 && /[2-7]/.test(secret),
    examples: () => examplesOf(key, [key('short').slice(0, -1), `${key('long')}a`, 'sk_inputstreamreaderfactory']),
  }),
  recognised({
    ...given,
    id: 'checkout-secret-key-uuid',
    keywords: ['sk_'],
    pattern: new RegExp(`(?<secret>sk_(?:test_)?${UUID})(?![A-Za-z0-9])`),
    accept: isRandomUuid,
    examples: () =>
      examplesOf(
        (seed) => `sk_${seed === 'b' ? 'test_' : ''}${uuid(`checkout ${seed}`)}`,
        [`sk_${uuid('short').slice(0, -1)}`, 'sk_00000000-0000-0000-0000-000000000000'],
      ),
  }),
];
