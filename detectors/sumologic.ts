import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';

/** Access keys of Sumo Logic. */
export const sumologic = (): readonly Detector[] => [
  named({
    id: 'sumologic-access-key',
    issuer: 'sumologic',
    docs: 'https://help.sumologic.com/docs/manage/security/access-keys/',
    names: ['sumologic', 'sumo_logic', 'sumo_access'],
    alphabet: 'alphanumeric',
    length: 64,
  }),
];
