import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Secret keys of PayMongo: they look like Stripe’s older ones, so the name decides. */
export const paymongo = (): readonly Detector[] => [
  named({
    id: 'paymongo-secret-key',
    issuer: 'paymongo',
    docs: 'https://developers.paymongo.com/docs/authentication-api-keys',
    names: ['paymongo'],
    prefix: 'sk_live_',
    alphabet: 'alphanumeric',
    length: 24,
  }),
];
