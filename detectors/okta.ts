import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { named } from '../src/core/named.ts';
import { random, recognised } from '../src/core/recognised.ts';

const issuer = 'okta';
const docs = 'https://developer.okta.com/docs/guides/create-an-api-token/main/';
const token = (seed: string) => `00${random(`okta ${seed}`, 40, 'words')}`;

/** API tokens of Okta: in a header of its own scheme, or beside its name. */
export const okta = (): readonly Detector[] => [
  recognised({
    id: 'okta-ssws-token',
    issuer,
    docs,
    keywords: ['SSWS'],
    pattern: /SSWS[ +](?<secret>00[A-Za-z0-9_-]{40})(?!\w|-{1,4}\w)/,
    accept: (secret) => looksRandom(secret.slice(2), 3),
    examples: () => ({
      context: 'Authorization: SSWS ',
      ours: ['a', 'b', 'c'].map(token),
      not: [`SSWS ${token('short').slice(0, -3)}`, `SSWS ${token('long')}A`, token('no scheme')],
    }),
  }),
  named({ id: 'okta-api-token', issuer, docs, names: ['okta'], prefix: '00', alphabet: 'words', length: 40 }),
];
