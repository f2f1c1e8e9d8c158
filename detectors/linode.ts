import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Personal access tokens of Linode (Akamai). */
export const linode = (): readonly Detector[] => [
  named({
    id: 'linode-token',
    issuer: 'linode',
    docs: 'https://techdocs.akamai.com/linode-api/reference/get-started',
    names: ['linode'],
    alphabet: 'hex',
    length: 64,
  }),
];
