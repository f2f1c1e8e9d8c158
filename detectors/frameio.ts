import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Developer tokens of Frame.io. */
export const frameio = (): readonly Detector[] => [
  prefixed({
    id: 'frameio-token',
    issuer: 'frameio',
    docs: 'https://developer.frame.io/docs/getting-started/authentication',
    prefix: 'fio-u-',
    alphabet: 'signs',
    length: 64,
  }),
];
