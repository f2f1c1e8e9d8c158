import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Application secrets and consumer keys of OVHcloud. */
export const ovh = (): readonly Detector[] => [
  named({
    id: 'ovh-application-secret',
    issuer: 'ovh',
    docs: 'https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api',
    names: ['ovh'],
    alphabet: 'lower',
    length: 32,
  }),
];
