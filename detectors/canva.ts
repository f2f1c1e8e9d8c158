import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Client secrets of Canva Connect. */
export const canva = (): readonly Detector[] => [
  prefixed({
    id: 'canva-client-secret',
    issuer: 'canva',
    docs: 'https://www.canva.dev/docs/connect/authentication/',
    prefix: 'cnvca',
    alphabet: 'words',
    length: 51,
  }),
];
