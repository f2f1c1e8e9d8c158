import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Access tokens of Rollbar. */
export const rollbar = (): readonly Detector[] => [
  named({
    id: 'rollbar-access-token',
    issuer: 'rollbar',
    docs: 'https://docs.rollbar.com/docs/access-tokens',
    names: ['rollbar'],
    alphabet: 'hex',
    length: 32,
  }),
];
