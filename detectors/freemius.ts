import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => `sk_${random(`freemius ${seed}`, 17)}#${random(seed, 5)}@*${random(`${seed} end`, 4)}`;

/** Signs around the letters tell it from others' keys of this prefix. */
export const freemius = (): Detector =>
  recognised({
    id: 'freemius-secret-key',
    issuer: 'freemius',
    docs: 'https://freemius.com/help/documentation/wordpress-sdk/integrating-freemius-sdk/',
    ...assigned(['secret_key', 'freemius'], 'sk_[!#-&(-;=?-\\[\\]^_a-~]{29}'),
    accept: (secret) => /[^\w-]/.test(secret) && looksRandom(secret.slice(3), 3),
    examples: () => ({
      context: "'secret_key' => '",
      ours: ['a', 'b'].map(key),
      not: [key('no name'), `secret_key=${key('long')}0`, `secret_key=sk_${random('no signs', 29)}`],
    }),
  });
