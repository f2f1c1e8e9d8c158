import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { named } from '../src/core/named.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const issuer = 'cloudflare';
const docs = 'https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/';
const hex = (seed: string, length: number) => random(`cloudflare ${seed}`, length, 'hex');
const token = (prefix: string) => (seed: string) => `${prefix}${random(`cloudflare ${seed}`, 40)}${hex(seed, 8)}`;
const originKey = (seed: string) => `v1.0-${hex(seed, 24)}-${hex(`${seed} 2`, 146)}`;

/** Keys of Cloudflare that tell what they are. How the checksum of the new ones is made, is not published. */
export const cloudflare = (): readonly Detector[] => [
  recognised({
    id: 'cloudflare-token',
    issuer,
    docs,
    keywords: ['cfut_', 'cfat_', 'cfk_'],
    pattern: /(?<secret>cf(?:ut|at|k)_[A-Za-z0-9]{40}[0-9a-f]{8})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(5), 3.5),
    examples: () => ({
      ours: ['cfut_', 'cfat_', 'cfk_'].map((prefix) => token(prefix)(prefix)),
      not: [token('cfut_')('short').slice(0, -1), token('cfxt_')('other'), `cfut_${'A'.repeat(40)}00000000`],
    }),
  }),
  recognised({
    id: 'cloudflare-origin-ca-key',
    issuer,
    docs: 'https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/',
    keywords: ['v1.0-'],
    pattern: /(?<secret>v1\.0-[0-9a-f]{24}-[0-9a-f]{146})(?![A-Za-z0-9])/,
    accept: (secret) => looksRandom(secret.slice(5), 3),
    examples: () => examplesOf(originKey, [originKey('short').slice(0, -1), `${originKey('long')}0`]),
  }),
  // Keys of Cloudflare from before it gave them prefixes.
  named({
    id: 'cloudflare-api-token',
    issuer,
    docs,
    names: ['cloudflare', 'cf_api', 'cf_token'],
    alphabet: 'words',
    length: 40,
  }),
  named({
    id: 'cloudflare-global-api-key',
    issuer,
    docs,
    names: ['cloudflare', 'cf_api'],
    alphabet: 'hex',
    length: 37,
  }),
];
