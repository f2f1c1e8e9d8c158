import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const made = (seed: string) => `dapi${random(`databricks ${seed}`, 32, 'hex')}-2`;

export const databricks = (): Detector =>
  recognised({
    id: 'databricks-access-token',
    issuer: 'databricks',
    docs: 'https://docs.databricks.com/aws/en/dev-tools/auth/pat',
    keywords: ['dapi'],
    pattern: /(?<secret>dapi[0-9a-f]{32}(?:-[0-9])?)(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret, 3),
    examples: () => examplesOf(made, [made('short').slice(0, -3), made('long').replace('-2', '0')]),
  });
