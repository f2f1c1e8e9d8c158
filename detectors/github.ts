import { base62Crc32, endsInBase62Crc32 } from '../src/core/checksum.ts';
import type { Detector } from '../src/core/detector.ts';
import { examplesOf, prefixed, random, recognised } from '../src/core/recognised.ts';

const given = {
  issuer: 'github',
  docs: 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats',
} as const;

/** Thirty random characters and six of checksum. */
const withChecksum = (kind: string, prefix: string): Detector => {
  const id = `github-${kind}`;
  const make = (seed: string) => {
    const body = random(`${id} ${seed}`, 30);
    return prefix + body + base62Crc32(body);
  };
  return prefixed({
    ...{ ...given, id, prefix, alphabet: 'alphanumeric', length: 36, make },
    accept: (secret) => endsInBase62Crc32(secret, prefix.length),
  });
};

const part = (seed: string, length: number) => random(`github ${seed}`, length, 'words');
const stateless = (seed: string) =>
  `ghs_4711_eyJ${part(`${seed} 1`, 33)}.eyJ${part(`${seed} 2`, 180)}.${part(seed, 86)}`;

/** https://github.blog/changelog/2026-04-24-notice-about-upcoming-new-format-for-github-app-installation-tokens/ */
const statelessInstallationToken = (): Detector =>
  recognised({
    ...{ ...given, id: 'github-app-installation-jwt', keywords: ['ghs_'] },
    pattern:
      /(?<secret>ghs_[A-Za-z0-9.]{1,24}_eyJ[A-Za-z0-9_-]{10,300}\.eyJ[A-Za-z0-9_-]{10,900}\.[A-Za-z0-9_-]{39,699}[A-Za-z0-9_])(?![A-Za-z0-9])/,
    examples: () => examplesOf(stateless, ['ghs_4711_eyJ', stateless('no signature').split('.').slice(0, 2).join('.')]),
  });

const fineGrained = (seed: string) => `github_pat_${random(`${seed} 1`, 22)}_${random(`${seed} 2`, 59)}`;

const fineGrainedToken = (): Detector =>
  recognised({
    ...{ ...given, id: 'github-fine-grained-token', keywords: ['github_pat_'] },
    pattern: /(?<secret>github_pat_[A-Za-z0-9_]{82})(?![A-Za-z0-9_])/,
    examples: () => examplesOf(fineGrained, [fineGrained('short').slice(0, -1), `${fineGrained('long')}A`]),
  });

export const github = (): readonly Detector[] => [
  withChecksum('personal-access-token', 'ghp_'),
  withChecksum('oauth-token', 'gho_'),
  withChecksum('app-user-token', 'ghu_'),
  withChecksum('app-installation-token', 'ghs_'),
  withChecksum('refresh-token', 'ghr_'),
  prefixed({ ...given, id: 'github-long-refresh-token', prefix: 'ghr_', alphabet: 'alphanumeric', length: 76 }),
  statelessInstallationToken(),
  fineGrainedToken(),
];
