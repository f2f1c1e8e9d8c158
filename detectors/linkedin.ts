import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { named } from '../src/core/named.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const issuer = 'linkedin';
const docs = 'https://learn.microsoft.com/en-us/linkedin/shared/authentication/client-credentials-flow';
const secret = (seed: string) => `WPL_AP1.${random(`linkedin ${seed}`, 16)}.${random(`linkedin ${seed}`, 6)}==`;

/** Client secrets of LinkedIn. */
export const linkedin = (): readonly Detector[] => [
  recognised({
    id: 'linkedin-client-secret',
    issuer,
    docs,
    keywords: ['WPL_AP'],
    pattern: /(?<secret>WPL_AP[0-9]\.[A-Za-z0-9]{16}\.[A-Za-z0-9+/]{6}==)(?![A-Za-z0-9=])/,
    accept: (text) => looksRandom(text.slice(8, 24), 2.5),
    examples: () => examplesOf(secret, [secret('short').slice(1), `WPL_AP1.${'x'.repeat(16)}.xxxxxx==`]),
  }),
  // Those from before they had a prefix.
  named({
    id: 'linkedin-older-client-secret',
    issuer,
    docs,
    names: ['linkedin', 'linked_in', 'linked-in'],
    alphabet: 'alphanumeric',
    length: 16,
  }),
];
