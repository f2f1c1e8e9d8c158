import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of IBM Cloud. */
export const ibm = (): readonly Detector[] => [
  named({
    id: 'ibm-api-key',
    issuer: 'ibm',
    docs: 'https://cloud.ibm.com/docs/account?topic=account-userapikey',
    names: ['ibmcloud', 'ibm_', 'ibm-', 'bluemix', 'watson'],
    alphabet: 'words',
    length: 44,
  }),
];
