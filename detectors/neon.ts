import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const neon = (): Detector =>
  prefixed({
    id: 'neon-api-key',
    issuer: 'neon',
    docs: 'https://neon.com/docs/manage/api-keys',
    prefix: 'napi_',
    alphabet: 'lower',
    length: 64,
  });
