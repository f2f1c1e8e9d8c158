import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => `re_${random(`resend ${seed}`, 8)}_${random(`resend ${seed} 2`, 24)}`;

/** API keys of Resend. */
export const resend = (): readonly Detector[] => [
  recognised({
    id: 'resend-api-key',
    issuer: 'resend',
    docs: 'https://resend.com/docs/dashboard/api-keys/introduction',
    keywords: ['re_'],
    pattern: /(?<secret>re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24})(?![A-Za-z0-9_])/,
    accept: (secret) => looksRandom(secret.slice(12), 3),
    examples: () =>
      examplesOf(key, [key('short').slice(0, -1), `${key('long')}A`, 're_creating_informationalconnection']),
  }),
];
