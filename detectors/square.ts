import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'square', docs: 'https://developer.squareup.com/docs/build-basics/access-tokens' } as const;

/** Keys of Square: access tokens, older ones, and secrets of OAuth applications. */
export const square = (): readonly Detector[] => [
  prefixed({ ...given, id: 'square-access-token', prefix: 'EAAA', alphabet: 'words', length: 60 }),
  prefixed({ ...given, id: 'square-older-access-token', prefix: 'sq0atp-', alphabet: 'words', length: [22, 60] }),
  prefixed({ ...given, id: 'square-application-secret', prefix: 'sq0csp-', alphabet: 'words', length: 43 }),
];
