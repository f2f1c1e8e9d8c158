import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'linear', docs: 'https://linear.app/developers/graphql#personal-api-keys' } as const;

export const linear = (): readonly Detector[] => [
  prefixed({ ...given, id: 'linear-api-key', prefix: 'lin_api_', alphabet: 'alphanumeric', length: 40 }),
  prefixed({ ...given, id: 'linear-oauth-token', prefix: 'lin_oauth_', alphabet: 'alphanumeric', length: [40, 64] }),
];
