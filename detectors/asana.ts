import type { Detector } from '../src/core/detector.ts';
import { assigned } from '../src/core/pattern.ts';
import { random, recognised } from '../src/core/recognised.ts';

const digits = (seed: string) => `1${random(seed, 15, 'digits')}`;
const made = (seed: string) => `2/${digits(seed)}/${digits(`${seed} 2`)}:${random(`asana ${seed}`, 32, 'hex')}`;

/** Version, user, token's own number, secret. */
export const asana = (): Detector =>
  recognised({
    id: 'asana-access-token',
    issuer: 'asana',
    docs: 'https://developers.asana.com/docs/personal-access-token',
    ...assigned(['asana'], '[0-2]/[0-9]{16}(?:/[0-9]{16})?:[0-9a-f]{32}'),
    examples: () => ({
      context: 'ASANA_TOKEN=',
      ours: ['a', 'b', 'c'].map(made),
      not: [made('no name'), `ASANA_TOKEN=${made('long')}0`, `ASANA_TOKEN=${made('short').slice(0, -1)}`],
    }),
  });
