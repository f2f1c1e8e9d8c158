import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) =>
  `SG.${random(`sendgrid ${seed}`, 22, 'words')}.${random(`sendgrid ${seed} 2`, 43, 'words')}`;

/** API keys of SendGrid. */
export const sendgrid = (): readonly Detector[] => [
  recognised({
    id: 'sendgrid-api-key',
    issuer: 'sendgrid',
    docs: 'https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys',
    keywords: ['SG.'],
    pattern: /(?<secret>SG\.(?:[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}|[A-Za-z0-9_=.-]{66}))(?!\w|-{1,4}\w)/,
    accept: (secret) => looksRandom(secret.slice(3), 3.5),
    examples: () =>
      examplesOf(key, [key('short').slice(0, -3), `${key('long')}A`, `SG.${'x'.repeat(22)}.${'x'.repeat(43)}`]),
  }),
];
