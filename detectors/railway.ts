import type { Detector } from '../src/core/detector.ts';
import { assigned } from '../src/core/pattern.ts';
import { recognised } from '../src/core/recognised.ts';
import { UUID, uuid } from '../src/core/uuid.ts';

export const railway = (): Detector =>
  recognised({
    id: 'railway-token',
    issuer: 'railway',
    docs: 'https://docs.railway.com/guides/public-api',
    ...assigned(['railway'], UUID),
    examples: () => ({
      context: 'RAILWAY_TOKEN=',
      ours: ['a', 'b'].map((seed) => uuid(`railway ${seed}`)),
      not: [uuid('no name'), `RAILWAY_TOKEN=${uuid('long')}0`],
    }),
  });
