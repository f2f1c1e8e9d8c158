import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** Public API tokens of Segment. */
export const segment = (): readonly Detector[] => [
  prefixed({
    id: 'segment-api-token',
    issuer: 'segment',
    docs: 'https://docs.segmentapis.com/tag/Getting-Started',
    prefix: 'sgp_',
    alphabet: 'alphanumeric',
    length: 64,
  }),
];
