import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const issuer = 'google';
const oauth = 'https://developers.google.com/identity/protocols/oauth2';

/** Keys of Google and Google Cloud. A service account's key file is found by the private key in it. */
export const google = (): readonly Detector[] => [
  prefixed({
    id: 'google-api-key',
    issuer,
    docs: 'https://cloud.google.com/docs/authentication/api-keys',
    prefix: 'AIza',
    alphabet: 'words',
    length: 35,
  }),
  prefixed({
    id: 'google-gemini-api-key',
    issuer,
    docs: 'https://ai.google.dev/gemini-api/docs/api-key',
    prefix: 'AQ.Ab8RN6',
    alphabet: 'words',
    length: 44,
  }),
  prefixed({
    id: 'google-oauth-client-secret',
    issuer,
    docs: oauth,
    prefix: 'GOCSPX-',
    alphabet: 'words',
    length: 28,
  }),
  prefixed({
    id: 'google-oauth-access-token',
    issuer,
    docs: oauth,
    prefix: 'ya29.',
    alphabet: 'words',
    length: [40, 300],
  }),
  prefixed({
    id: 'google-oauth-refresh-token',
    issuer,
    docs: oauth,
    prefix: '1//0',
    alphabet: 'words',
    length: [80, 200],
  }),
];
