import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const octopus = (): Detector =>
  prefixed({
    id: 'octopus-api-key',
    issuer: 'octopus-deploy',
    docs: 'https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key',
    prefix: 'API-',
    alphabet: 'upper',
    length: [25, 28],
  });
