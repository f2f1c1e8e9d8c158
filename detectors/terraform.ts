import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const made = (seed: string) => `${random(`${seed} id`, 14)}.atlasv1.${random(`terraform ${seed}`, 67)}`;

export const terraform = (): Detector =>
  recognised({
    id: 'terraform-cloud-token',
    issuer: 'hashicorp',
    docs: 'https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens',
    keywords: ['.atlasv1.'],
    pattern: /(?<secret>[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{67})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret, 3),
    examples: () => examplesOf(made, [made('short').slice(0, -1), `${made('long')}0`]),
  });
