import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const render = (): Detector =>
  prefixed({
    id: 'render-api-key',
    issuer: 'render',
    docs: 'https://render.com/docs/api',
    prefix: 'rnd_',
    alphabet: 'alphanumeric',
    length: [28, 32],
  });
