import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'buildkite', docs: 'https://buildkite.com/docs/platform/security/tokens' } as const;

export const buildkite = (): readonly Detector[] => [
  prefixed({ ...given, id: 'buildkite-api-token', prefix: 'bkua_', alphabet: 'lower', length: [40, 53] }),
  prefixed({ ...given, id: 'buildkite-agent-token', prefix: 'bkaa_', alphabet: 'words', length: 75 }),
  prefixed({ ...given, id: 'buildkite-cluster-token', prefix: 'bkct_', alphabet: 'words', length: 73 }),
  prefixed({ ...given, id: 'buildkite-registration-token', prefix: 'bkar_', alphabet: 'words', length: 73 }),
  prefixed({ ...given, id: 'buildkite-job-token', prefix: 'bkaj_', alphabet: 'words', length: 333 }),
  prefixed({ ...given, id: 'buildkite-packages-token', prefix: 'bkpt_', alphabet: 'words', length: 199 }),
  prefixed({ ...given, id: 'buildkite-portal-token', prefix: 'bkpat_', alphabet: 'words', length: 54 }),
  prefixed({ ...given, id: 'buildkite-portal-secret', prefix: 'bkps_', alphabet: 'words', length: 64 }),
];
