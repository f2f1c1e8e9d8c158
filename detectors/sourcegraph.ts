import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const made = (seed: string) => `sgp_${random(`sourcegraph ${seed}`, 16, 'hex')}_${random(seed, 40, 'hex')}`;

export const sourcegraph = (): Detector =>
  recognised({
    id: 'sourcegraph-access-token',
    issuer: 'sourcegraph',
    docs: 'https://sourcegraph.com/docs/cli/how-tos/creating-an-access-token',
    keywords: ['sgp_'],
    pattern: /(?<secret>sgp_(?:(?:[0-9a-fA-F]{16}|local)_)?[0-9a-fA-F]{40})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret, 3),
    examples: () => examplesOf(made, [made('short').slice(0, -1), `${made('long')}0`]),
  });
