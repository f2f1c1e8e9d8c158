import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const given = { issuer: 'dropbox', docs: 'https://developers.dropbox.com/oauth-guide' } as const;
const token = (seed: string) => `sl.${seed === 'b' ? 'u.' : ''}${random(`dropbox ${seed}`, 132, 'words')}`;
const older = (seed: string) =>
  `${random(`dropbox ${seed}`, 11)}${'A'.repeat(10)}${random(`dropbox ${seed} 2`, 43, 'words')}`;

/** Access tokens of Dropbox: short-lived ones, and those from before, that never end. */
export const dropbox = (): readonly Detector[] => [
  recognised({
    ...given,
    id: 'dropbox-access-token',
    keywords: ['sl.'],
    pattern: /(?<secret>sl\.(?:u\.)?[A-Za-z0-9_-]{129,259}[A-Za-z0-9])(?![A-Za-z0-9_])/,
    accept: (secret) => looksRandom(secret.slice(5), 4),
    examples: () => examplesOf(token, [token('short').slice(0, 130), `sl.${'x'.repeat(135)}`]),
  }),
  recognised({
    ...given,
    id: 'dropbox-older-access-token',
    keywords: ['A'.repeat(10)],
    pattern: /(?<secret>[A-Za-z0-9_-]{11}A{10}[A-Za-z0-9_-]{43})(?!\w|-{1,4}\w)/,
    placeholder: /example|your/i,
    accept: (secret) => looksRandom(secret.slice(21), 4) && new Set(secret.slice(0, 11)).size > 5,
    examples: () =>
      examplesOf(older, [older('short').slice(0, -3), `${older('long')}A`, `${'A'.repeat(21)}${random('x', 43)}`]),
  }),
];
