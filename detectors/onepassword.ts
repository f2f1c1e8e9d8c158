import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const issuer = '1password';
const part = (seed: string, length: number) => random(`1password ${seed} ${length}`, length, 'upper');
const token = (seed: string) => {
  const claims = { signInAddress: 'acme.1password.com', secretKey: random(`1password ${seed}`, 160) };
  return `ops_${Buffer.from(JSON.stringify(claims)).toString('base64').replace(/=+$/, '')}`;
};
const secretKey = (seed: string) =>
  `A3-${part(seed, 6)}-${part(seed, 11)}-${[1, 2, 3].map((at) => part(`${seed} ${at}`, 5)).join('-')}`;

/** Tokens of service accounts of 1Password, JSON in base64; and the keys of people's accounts. */
export const onepassword = (): readonly Detector[] => [
  recognised({
    id: 'onepassword-service-account-token',
    issuer,
    docs: 'https://developer.1password.com/docs/service-accounts/security/#service-account-token',
    keywords: ['ops_eyJ'],
    pattern: /(?<secret>ops_eyJ[A-Za-z0-9+/_-]{150,2400}={0,3})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(7), 4),
    examples: () => examplesOf(token, [token('short').slice(0, 150), `ops_eyJ${'x'.repeat(300)}`]),
  }),
  recognised({
    id: 'onepassword-secret-key',
    issuer,
    docs: 'https://support.1password.com/secret-key-security/',
    keywords: ['A3-'],
    pattern:
      /(?<secret>A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})(?!\w|-{1,4}\w)/,
    accept: (secret) => /[0-9].*[0-9]/.test(secret.slice(3)) && new Set(secret.slice(3)).size > 14,
    examples: () => examplesOf(secretKey, [secretKey('short').slice(0, -1), secretKey('x').replace(/[A-Z0-9]/g, 'X')]),
  }),
];
