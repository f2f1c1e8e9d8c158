import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = {
  issuer: 'netlify',
  docs: 'https://answers.netlify.com/t/change-to-the-netlify-authentication-token-format/106146',
} as const;

export const netlify = (): readonly Detector[] => [
  prefixed({ ...given, id: 'netlify-personal-access-token', prefix: 'nfp_', alphabet: 'alphanumeric', length: 36 }),
  prefixed({ ...given, id: 'netlify-cli-token', prefix: 'nfc_', alphabet: 'alphanumeric', length: 36 }),
  prefixed({ ...given, id: 'netlify-oauth-token', prefix: 'nfo_', alphabet: 'alphanumeric', length: 36 }),
  prefixed({ ...given, id: 'netlify-session-token', prefix: 'nfu_', alphabet: 'alphanumeric', length: 36 }),
  prefixed({ ...given, id: 'netlify-build-token', prefix: 'nfb_', alphabet: 'alphanumeric', length: 36 }),
];
