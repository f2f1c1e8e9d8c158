import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const docs = 'https://support.atlassian.com/bitbucket-cloud/docs/using-app-passwords/';
const password = (seed: string) => `ATBB${random(seed, 24)}${random(`${seed} sum`, 8, 'hex').toUpperCase()}`;
const token = (seed: string) =>
  `ATCTT3xFfGN0${random(seed, 163, 'words')}=${random(`${seed} sum`, 8, 'hex').toUpperCase()}`;

export const bitbucket = (): readonly Detector[] => [
  recognised({
    ...{ id: 'bitbucket-app-password', issuer: 'atlassian', docs, keywords: ['ATBB'] },
    pattern: /(?<secret>ATBB[A-Za-z0-9]{24}[0-9A-F]{8})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(4), 3),
    examples: () => examplesOf(password, [password('short').slice(0, -1), `${password('long')}0`]),
  }),
  recognised({
    ...{ id: 'bitbucket-access-token', issuer: 'atlassian', keywords: ['ATCTT3xFfGN0'] },
    docs: 'https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/',
    pattern: /(?<secret>ATCTT3xFfGN0[A-Za-z0-9_-]{80,400}=[0-9A-F]{8})(?![A-Za-z0-9])/,
    examples: () => examplesOf(token, [token('short').slice(0, -1), `${token('long')}0`]),
  }),
];
