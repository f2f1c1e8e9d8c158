import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'supabase', docs: 'https://supabase.com/docs/guides/api/api-keys' } as const;

export const supabase = (): readonly Detector[] => [
  prefixed({ ...given, id: 'supabase-access-token', prefix: 'sbp_', alphabet: 'words', length: 40 }),
  prefixed({ ...given, id: 'supabase-secret-key', prefix: 'sb_secret_', alphabet: 'words', length: 31 }),
];
