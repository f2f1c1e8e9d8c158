import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Secret keys of Paystack: Stripe’s prefixes, but 40 hexadecimal digits. */
export const paystack = (): readonly Detector[] => [
  prefixed({
    id: 'paystack-secret-key',
    issuer: 'paystack',
    docs: 'https://paystack.com/docs/api/authentication/',
    prefix: ['sk_live_', 'sk_test_'],
    alphabet: 'hex',
    length: 40,
  }),
];
