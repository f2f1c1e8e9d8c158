import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, type Prefixed, prefixed, random, recognised } from '../src/core/recognised.ts';

const given = { issuer: 'gitlab', docs: 'https://docs.gitlab.com/security/tokens/#token-prefixes' } as const;

const token = (kind: string, prefix: string, shape: Partial<Prefixed> = {}): Detector =>
  prefixed({ ...given, id: `gitlab-${kind}`, prefix, alphabet: 'words', length: 20, ...shape });

const digits = (seed: string, length: number) => random(seed, length, 'lower');
const routable = (prefix: string) => (seed: string) =>
  `${prefix}${random(`${prefix} ${seed}`, 36, 'words')}.01.${digits(`${seed} 1`, 9)}`;

/**
 * Tokens that tell the cell to ask: payload in base64url, then version, its length and a checksum in base36
 * (https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/).
 */
const routed = (kind: string, prefix: string, pattern: RegExp): Detector =>
  recognised({
    ...{ ...given, id: `gitlab-${kind}`, keywords: [prefix], pattern },
    accept: (secret) => looksRandom(secret.slice(prefix.length), 3),
    examples: () => examplesOf(routable(prefix), [`${prefix}${'x'.repeat(36)}.01.${'x'.repeat(9)}`]),
  });

export const gitlab = (): readonly Detector[] => [
  routed(
    'routable-access-token',
    'glpat-',
    /(?<secret>glpat-[A-Za-z0-9_-]{27,300}\.(?:[0-9a-z]{2}\.)?[0-9a-z]{9})(?![A-Za-z0-9])/,
  ),
  routed(
    'routable-runner-token',
    'glrt-t1_',
    /(?<secret>glrt-t[0-9]_[A-Za-z0-9_-]{27,300}\.(?:[0-9a-z]{2}\.)?[0-9a-z]{9})(?![A-Za-z0-9])/,
  ),
  token('access-token', 'glpat-'),
  token('deploy-token', 'gldt-'),
  token('runner-token', 'glrt-'),
  token('short-runner-token', 'glrt-t1_'),
  token('runner-registration-token', 'GR1348941'),
  token('trigger-token', 'glptt-', { alphabet: 'hex', length: 40 }),
  token('ci-job-token', 'glcbt-', { length: [20, 27] }),
  token('feed-token', 'glft-'),
  token('feature-flags-token', 'glffct-'),
  token('incoming-mail-token', 'glimt-', { length: 25 }),
  token('agent-token', 'glagent-', { length: [50, 80] }),
  token('oauth-secret', 'gloas-', { length: 64 }),
  token('scim-token', 'glsoat-'),
];
