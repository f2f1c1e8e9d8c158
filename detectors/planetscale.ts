import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'planetscale', docs: 'https://planetscale.com/docs/concepts/service-tokens' } as const;

export const planetscale = (): readonly Detector[] => [
  prefixed({ ...given, id: 'planetscale-service-token', prefix: 'pscale_tkn_', alphabet: 'signs', length: [32, 64] }),
  prefixed({ ...given, id: 'planetscale-password', prefix: 'pscale_pw_', alphabet: 'signs', length: [32, 64] }),
  prefixed({ ...given, id: 'planetscale-oauth-token', prefix: 'pscale_oauth_', alphabet: 'signs', length: [32, 64] }),
];
