import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Secret keys of Clerk: Stripe's prefixes, but longer than Stripe's older keys and shorter than those of today. */
export const clerk = (): readonly Detector[] => [
  prefixed({
    id: 'clerk-secret-key',
    issuer: 'clerk',
    docs: 'https://clerk.com/docs/deployments/clerk-environment-variables',
    prefix: ['sk_live_', 'sk_test_'],
    alphabet: 'alphanumeric',
    length: [41, 50],
  }),
];
