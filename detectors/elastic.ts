import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => `essu_${random(`elastic ${seed}`, 94)}==`;

/** API keys of Elastic Cloud. */
export const elastic = (): readonly Detector[] => [
  recognised({
    id: 'elastic-cloud-api-key',
    issuer: 'elastic',
    docs: 'https://www.elastic.co/docs/deploy-manage/api-keys/elastic-cloud-api-keys',
    keywords: ['essu_'],
    pattern: /(?<secret>essu_[A-Za-z0-9]{60,200}={0,2})(?![A-Za-z0-9=]|%3[dD])/,
    accept: (secret) => looksRandom(secret.slice(5), 3.5),
    examples: () => examplesOf(key, [key('short').slice(0, 60), `essu_${'x'.repeat(80)}`]),
  }),
];
