import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = {
  issuer: 'sonarsource',
  docs: 'https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens/',
} as const;

export const sonarqube = (): readonly Detector[] => [
  prefixed({ ...given, id: 'sonarqube-user-token', prefix: 'squ_', alphabet: 'hex', length: 40 }),
  prefixed({ ...given, id: 'sonarqube-project-token', prefix: 'sqp_', alphabet: 'hex', length: 40 }),
  prefixed({ ...given, id: 'sonarqube-analysis-token', prefix: 'sqa_', alphabet: 'hex', length: 40 }),
];
