import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API tokens of UpCloud. */
export const upcloud = (): readonly Detector[] => [
  prefixed({
    id: 'upcloud-api-token',
    issuer: 'upcloud',
    docs: 'https://developers.upcloud.com/1.3/3-accounts/#tokens',
    prefix: 'ucat_',
    alphabet: 'alphanumeric',
    length: [24, 32],
  }),
];
