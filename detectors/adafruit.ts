import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Keys of Adafruit IO. */
export const adafruit = (): Detector =>
  prefixed({
    id: 'adafruit-io-key',
    issuer: 'adafruit',
    docs: 'https://io.adafruit.com/api/docs/#authentication',
    prefix: 'aio_',
    alphabet: 'alphanumeric',
    length: 28,
  });
