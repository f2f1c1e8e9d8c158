import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Secret API keys of Lob. */
export const lob = (): readonly Detector[] => [
  prefixed({
    id: 'lob-api-key',
    issuer: 'lob',
    docs: 'https://docs.lob.com/#tag/Authentication',
    prefix: ['live_', 'test_'],
    alphabet: 'hex',
    length: 35,
  }),
];
