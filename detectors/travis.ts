import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => random(`travis ${seed}`, 22, 'words');

export const travis = (): Detector =>
  recognised({
    id: 'travis-api-token',
    issuer: 'travis-ci',
    docs: 'https://docs.travis-ci.com/api/',
    ...assigned(
      ['travis_token', 'travis_api_token', 'travis_api_key', 'travis_access_token', 'travis_ci_token', 'travis-token'],
      '[A-Za-z0-9_-]{22}',
    ),
    accept: (secret) => looksRandom(secret, 3),
    examples: () => ({
      context: 'TRAVIS_TOKEN=',
      ours: ['a', 'b'].map(key),
      not: [key('no name'), `TRAVIS_TOKEN=${key('long')}0`],
    }),
  });
