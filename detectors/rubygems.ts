import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const rubygems = (): Detector =>
  prefixed({
    id: 'rubygems-api-key',
    issuer: 'rubygems',
    docs: 'https://guides.rubygems.org/api-key-scopes/',
    prefix: 'rubygems_',
    alphabet: 'hex',
    length: 48,
  });
