import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { random, recognised } from '../src/core/recognised.ts';

const key = (prefix: string) => `${prefix}${random(`brevo ${prefix}`, 64, 'hex')}-${random(`brevo ${prefix} 2`, 16)}`;

/** API and SMTP keys of Brevo, once Sendinblue. */
export const brevo = (): readonly Detector[] => [
  recognised({
    id: 'brevo-api-key',
    issuer: 'brevo',
    docs: 'https://developers.brevo.com/docs/getting-started',
    keywords: ['xkeysib-', 'xsmtpsib-'],
    pattern: /(?<secret>x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(9), 3),
    examples: () => ({
      ours: ['xkeysib-', 'xsmtpsib-'].map(key),
      not: [key('xkeysib-').slice(0, -1), `${key('xkeysib-')}A`, `x${key('xsmtpsib-')}`],
    }),
  }),
];
