import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Private API keys of Klaviyo: `pk_` elsewhere means public. */
export const klaviyo = (): readonly Detector[] => [
  named({
    id: 'klaviyo-private-api-key',
    issuer: 'klaviyo',
    docs: 'https://developers.klaviyo.com/en/docs/authenticate_',
    names: ['klaviyo'],
    prefix: 'pk_',
    alphabet: 'hex',
    length: 34,
  }),
];
