import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of Infracost. */
export const infracost = (): readonly Detector[] => [
  prefixed({
    id: 'infracost-api-key',
    issuer: 'infracost',
    docs: 'https://www.infracost.io/docs/',
    prefix: 'ico-',
    alphabet: 'alphanumeric',
    length: 32,
  }),
];
