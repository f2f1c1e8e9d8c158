import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Access tokens of GoCardless. */
export const gocardless = (): readonly Detector[] => [
  named({
    id: 'gocardless-access-token',
    issuer: 'gocardless',
    docs: 'https://developer.gocardless.com/api-reference/#making-requests-authentication',
    names: ['gocardless'],
    prefix: 'live_',
    alphabet: 'words',
    length: 40,
  }),
];
