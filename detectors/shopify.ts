import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = {
  issuer: 'shopify',
  docs: 'https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens',
} as const;

export const shopify = (): readonly Detector[] => [
  prefixed({ ...given, id: 'shopify-admin-access-token', prefix: 'shpat_', alphabet: 'hexAnyCase', length: 32 }),
  prefixed({ ...given, id: 'shopify-shared-secret', prefix: 'shpss_', alphabet: 'hexAnyCase', length: 32 }),
  prefixed({ ...given, id: 'shopify-custom-app-token', prefix: 'shpca_', alphabet: 'hexAnyCase', length: 32 }),
  prefixed({ ...given, id: 'shopify-private-app-token', prefix: 'shppa_', alphabet: 'hexAnyCase', length: 32 }),
  prefixed({ ...given, id: 'shopify-theme-access-password', prefix: 'shptka_', alphabet: 'hexAnyCase', length: 32 }),
];
