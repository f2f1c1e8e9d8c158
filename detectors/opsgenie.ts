import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** API keys of Opsgenie. */
export const opsgenie = (): readonly Detector[] => [
  named({
    id: 'opsgenie-api-key',
    issuer: 'opsgenie',
    docs: 'https://docs.opsgenie.com/docs/api-key-management',
    names: ['opsgenie'],
    alphabet: 'uuid',
  }),
];
