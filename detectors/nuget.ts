import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const nuget = (): Detector =>
  prefixed({
    id: 'nuget-api-key',
    issuer: 'nuget',
    docs: 'https://learn.microsoft.com/en-us/nuget/nuget-org/publish-a-package#create-an-api-key',
    prefix: 'oy2',
    alphabet: 'lower',
    length: 43,
  });
