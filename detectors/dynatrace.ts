import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const token = (seed: string) =>
  `dt0${seed === 'b' ? 's' : 'c'}01.${random(`dynatrace ${seed}`, 24, 'base32')}.${random(`dynatrace ${seed}`, 64, 'base32')}`;

/** Tokens of Dynatrace; all but the last part may be shown. */
export const dynatrace = (): readonly Detector[] => [
  recognised({
    id: 'dynatrace-token',
    issuer: 'dynatrace',
    docs: 'https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens',
    keywords: ['dt0'],
    pattern: /(?<secret>dt0[a-z][0-9]{2}\.[A-Za-z0-9]{8,24}\.[A-Za-z0-9]{64})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(-64), 3.5),
    examples: () =>
      examplesOf(token, [token('short').slice(0, -1), `${token('long')}A`, token('x').replace('dt0', 'dt1')]),
  }),
];
