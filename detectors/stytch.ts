import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const secret = (seed: string) => `secret-${seed === 'b' ? 'test' : 'live'}-${random(`stytch ${seed}`, 36, 'words')}=`;

/** Project secrets of Stytch. */
export const stytch = (): readonly Detector[] => [
  recognised({
    id: 'stytch-secret',
    issuer: 'stytch',
    docs: 'https://stytch.com/docs/api-reference',
    keywords: ['secret-live-', 'secret-test-'],
    pattern: /(?<secret>secret-(?:live|test)-[A-Za-z0-9_-]{35,47}[A-Za-z0-9]={0,2})(?![\w=]|-{1,4}\w|%3[dD])/,
    accept: (text) => looksRandom(text.slice(12), 3),
    examples: () => examplesOf(secret, [secret('short').slice(0, 40), `secret-live-${'1'.repeat(36)}`]),
  }),
];
