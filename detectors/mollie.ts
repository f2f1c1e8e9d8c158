import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Mollie. */
export const mollie = (): readonly Detector[] => [
  prefixed({
    id: 'mollie-api-key',
    issuer: 'mollie',
    docs: 'https://docs.mollie.com/reference/authentication',
    prefix: ['live_', 'test_'],
    alphabet: 'alphanumeric',
    length: 30,
  }),
];
