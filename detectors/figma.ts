import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const figma = (): Detector =>
  prefixed({
    id: 'figma-access-token',
    issuer: 'figma',
    docs: 'https://developers.figma.com/docs/rest-api/authentication/',
    prefix: 'figd_',
    alphabet: 'words',
    length: [38, 42],
  });
