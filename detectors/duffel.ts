import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Access tokens of Duffel. */
export const duffel = (): readonly Detector[] => [
  prefixed({
    id: 'duffel-access-token',
    issuer: 'duffel',
    docs: 'https://duffel.com/docs/api/overview/authentication',
    prefix: ['duffel_live_', 'duffel_test_'],
    alphabet: 'signs',
    length: 43,
  }),
];
