import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'razorpay', docs: 'https://razorpay.com/docs/api/authentication/' } as const;

/** The public half of an API key of Razorpay. */
export const razorpay = (): readonly Detector[] => [
  prefixed({
    ...given,
    id: 'razorpay-key-id',
    prefix: ['rzp_live_', 'rzp_test_'],
    alphabet: 'alphanumeric',
    length: 14,
  }),
  // The secret half: nothing tells it but the name beside it.
  named({ ...given, id: 'razorpay-key-secret', names: ['razorpay', 'rzp'], alphabet: 'alphanumeric', length: 24 }),
];
