import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Access tokens of Polar: of an organization, a person, an OAuth client. */
export const polar = (): readonly Detector[] => [
  prefixed({
    id: 'polar-access-token',
    issuer: 'polar',
    docs: 'https://polar.sh/docs/integrate/oat',
    prefix: ['polar_oat_', 'polar_pat_', 'polar_at_'],
    alphabet: 'words',
    length: [24, 90],
  }),
];
