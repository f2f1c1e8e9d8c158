import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'docker', docs: 'https://docs.docker.com/security/access-tokens/' } as const;

export const docker = (): readonly Detector[] => [
  prefixed({ ...given, id: 'docker-personal-access-token', prefix: 'dckr_pat_', alphabet: 'words', length: 27 }),
  prefixed({
    ...given,
    id: 'docker-organization-access-token',
    prefix: 'dckr_oat_',
    alphabet: 'words',
    length: [27, 32],
  }),
];
