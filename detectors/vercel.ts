import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'vercel', docs: 'https://vercel.com/changelog/new-token-formats-and-secret-scanning' } as const;

export const vercel = (): readonly Detector[] => [
  prefixed({ ...given, id: 'vercel-access-token', prefix: 'vcp_', alphabet: 'words', length: 56 }),
  prefixed({ ...given, id: 'vercel-integration-token', prefix: 'vci_', alphabet: 'words', length: 56 }),
  prefixed({ ...given, id: 'vercel-app-access-token', prefix: 'vca_', alphabet: 'words', length: 56 }),
  prefixed({ ...given, id: 'vercel-app-refresh-token', prefix: 'vcr_', alphabet: 'words', length: 56 }),
  prefixed({ ...given, id: 'vercel-ai-gateway-key', prefix: 'vck_', alphabet: 'words', length: 56 }),
];
