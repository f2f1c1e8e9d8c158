import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API tokens of Shippo. */
export const shippo = (): readonly Detector[] => [
  prefixed({
    id: 'shippo-api-token',
    issuer: 'shippo',
    docs: 'https://docs.goshippo.com/docs/guides_general/authentication/',
    prefix: ['shippo_live_', 'shippo_test_'],
    alphabet: 'hexAnyCase',
    length: 40,
  }),
];
