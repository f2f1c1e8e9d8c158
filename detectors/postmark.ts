import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Server and account API tokens of Postmark. */
export const postmark = (): readonly Detector[] => [
  named({
    id: 'postmark-api-token',
    issuer: 'postmark',
    docs: 'https://postmarkapp.com/developer/api/overview',
    names: ['postmark'],
    alphabet: 'uuid',
  }),
];
