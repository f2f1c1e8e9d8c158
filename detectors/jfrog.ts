import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = {
  issuer: 'jfrog',
  docs: 'https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens',
} as const;

export const jfrog = (): readonly Detector[] => [
  prefixed({ ...given, id: 'jfrog-api-key', prefix: 'AKCp', alphabet: 'alphanumeric', length: [68, 70] }),
  prefixed({ ...given, id: 'jfrog-reference-token', prefix: 'cmVmdGtu', alphabet: 'alphanumeric', length: 56 }),
];
