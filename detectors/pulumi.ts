import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

export const pulumi = (): Detector =>
  prefixed({
    id: 'pulumi-access-token',
    issuer: 'pulumi',
    docs: 'https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/',
    prefix: 'pul-',
    alphabet: 'hex',
    length: 40,
  });
