import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** OAuth client secrets of Adobe. */
export const adobe = (): readonly Detector[] => [
  prefixed({
    id: 'adobe-client-secret',
    issuer: 'adobe',
    docs: 'https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/',
    prefix: 'p8e-',
    alphabet: 'words',
    length: 32,
  }),
];
