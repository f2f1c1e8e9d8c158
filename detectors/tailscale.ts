import type { Detector } from '../src/core/detector.ts';
import { mayBeRandom } from '../src/core/entropy.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const key = (seed: string) => {
  const kind = seed === 'b' ? 'api-' : seed === 'c' ? '' : 'auth-';
  return `tskey-${kind}k${random(`tailscale ${seed}`, 6)}CNTRL-${random(`tailscale ${seed} 2`, 32)}`;
};

/** Keys of Tailscale tell their kind (older ones do not), then the key's id, then the secret. */
export const tailscale = (): Detector =>
  recognised({
    id: 'tailscale-key',
    issuer: 'tailscale',
    docs: 'https://tailscale.com/kb/1277/key-prefixes',
    keywords: ['tskey-'],
    pattern:
      /(?<secret>tskey-(?:(?:api|auth|client|scim|webhook)-[A-Za-z0-9_-]{19,95}[A-Za-z0-9]|k[A-Za-z0-9]{5,20}-[A-Za-z0-9]{16,64}))(?!\w|-{1,4}\w)/,
    accept: (secret) => mayBeRandom(secret.replace(/^tskey-(?:[a-z]{3,7}-)?(?:\w{1,20}CNTRL-)?/, ''), 3),
    examples: () =>
      examplesOf(key, [
        key('other kind').replace('auth', 'node'),
        `tskey-auth-${random('short', 17)}`,
        `tskey-auth-k${random('x', 6)}CNTRL-${'x'.repeat(32)}`,
      ]),
  });
