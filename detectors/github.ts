import { base62Crc32, endsInBase62Crc32 } from '../src/core/checksum.ts';
import type { Detector } from '../src/core/detector.ts';
import { prefixed, random } from '../src/core/recognised.ts';

const given = {
  issuer: 'github',
  docs: 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats',
} as const;

/** Four characters of prefix, thirty random ones, six of checksum. */
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

export const github = (): readonly Detector[] => [
  withChecksum('personal-access-token', 'ghp_'),
  withChecksum('oauth-token', 'gho_'),
  withChecksum('app-user-token', 'ghu_'),
  withChecksum('app-installation-token', 'ghs_'),
  withChecksum('refresh-token', 'ghr_'),
];
