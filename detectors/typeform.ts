import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Personal access tokens of Typeform. */
export const typeform = (): readonly Detector[] => [
  prefixed({
    id: 'typeform-token',
    issuer: 'typeform',
    docs: 'https://www.typeform.com/developers/get-started/personal-access-token/',
    prefix: 'tfp_',
    alphabet: 'signs',
    length: 59,
  }),
];
