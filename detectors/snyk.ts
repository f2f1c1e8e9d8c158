import type { Detector } from '../src/core/detector.ts';
import { assigned } from '../src/core/pattern.ts';
import { recognised } from '../src/core/recognised.ts';
import { UUID, uuid } from '../src/core/uuid.ts';

export const snyk = (): Detector =>
  recognised({
    id: 'snyk-api-token',
    issuer: 'snyk',
    docs: 'https://docs.snyk.io/developer-tools/snyk-api/authentication-for-api',
    ...assigned(['snyk'], UUID),
    examples: () => ({
      context: 'SNYK_TOKEN=',
      ours: ['a', 'b'].map((seed) => uuid(`snyk ${seed}`)),
      not: [uuid('no name'), `SNYK_TOKEN=${uuid('long')}0`],
    }),
  });
