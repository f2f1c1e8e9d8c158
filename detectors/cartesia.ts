import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const cartesia = (): Detector =>
  prefixed({
    id: 'cartesia-api-key',
    issuer: 'cartesia',
    docs: 'https://docs.cartesia.ai/use-the-api/api-conventions',
    prefix: 'sk_car_',
    alphabet: 'alphanumeric',
    length: [21, 40],
  });
