import type { Detector } from '../src/core/detector.ts';
import { assigned } from '../src/core/pattern.ts';
import { recognised } from '../src/core/recognised.ts';
import { UUID, uuid } from '../src/core/uuid.ts';

export const codecov = (): Detector =>
  recognised({
    id: 'codecov-upload-token',
    issuer: 'codecov',
    docs: 'https://docs.codecov.com/docs/codecov-tokens',
    ...assigned(['codecov'], UUID),
    examples: () => ({
      context: 'CODECOV_TOKEN=',
      ours: ['a', 'b'].map((seed) => uuid(`codecov ${seed}`)),
      not: [uuid('no name'), `CODECOV_TOKEN=${uuid('long')}0`],
    }),
  });
