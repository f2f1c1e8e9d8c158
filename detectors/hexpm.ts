import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => random(`hexpm ${seed}`, 32, 'hex');

export const hexpm = (): Detector =>
  recognised({
    id: 'hexpm-api-key',
    issuer: 'hexpm',
    docs: 'https://hex.pm/docs/publish',
    ...assigned(['hex_api_key', 'hexpm'], '[0-9a-f]{32}'),
    accept: (secret) => looksRandom(secret, 3),
    examples: () => ({
      context: 'HEX_API_KEY=',
      ours: ['a', 'b'].map(key),
      not: [key('no name'), `HEX_API_KEY=${key('long')}0`],
    }),
  });
