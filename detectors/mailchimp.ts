import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => `${random(`mailchimp ${seed}`, 32, 'hex')}-us${seed === 'b' ? 6 : 21}`;

/** API keys of Mailchimp: they end with the data center. */
export const mailchimp = (): readonly Detector[] => [
  recognised({
    id: 'mailchimp-api-key',
    issuer: 'mailchimp',
    docs: 'https://mailchimp.com/developer/marketing/guides/quick-start/',
    keywords: ['-us'],
    pattern: /(?<secret>[0-9a-f]{32}-us[0-9]{1,2})(?![A-Za-z0-9])(?!-[A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(0, 32), 2.6),
    examples: () => examplesOf(key, [key('short').slice(1), `${key('region')}-east-1`, `${'0'.repeat(32)}-us1`]),
  }),
];
