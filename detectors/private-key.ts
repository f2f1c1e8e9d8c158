import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { random, recognised } from '../src/core/recognised.ts';

/** Escapes that stand for line ends, and the lines of a header before the body. */
const NOISE = /\\+[nrt]|[A-Z][A-Za-z-]{2,20}: [^\n\\]{0,80}/g;

/** At least as much as the shortest key has, and nothing but base64 once line ends, quotes and headers are gone. */
const holdsKey = (secret: string): boolean => {
  const body = secret.replace(/-----[\w ]+-----/g, '');
  const letters = body.replace(NOISE, '').replace(/[^A-Za-z0-9+/=]/g, '');
  return letters.length >= 60 && letters.length * 2 >= body.length && looksRandom(letters, 3.5);
};

const begin = (kind: string) => `-----BEGIN ${kind}-----`;
const made = (kind: string, letters: number, eol = '\n') => {
  const lines = random(kind + letters + eol, letters, 'base64').match(/.{1,64}/g) ?? [];
  return [begin(kind), ...lines, begin(kind).replace('BEGIN', 'END')].join(eol);
};
const [PKCS8, EC, RSA, PGP] = ['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY', 'PGP PRIVATE KEY BLOCK'] as const;

/** PEM of every kind, OpenSSH and PGP: https://datatracker.ietf.org/doc/html/rfc7468 */
export const privateKey = (): Detector =>
  recognised({
    id: 'private-key',
    issuer: 'any',
    docs: 'https://datatracker.ietf.org/doc/html/rfc7468#section-10',
    keywords: ['PRIVATE KEY'],
    pattern:
      /(?<secret>-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY(?: BLOCK)?-----(?:[^\\%&-]|-[^-]|\\[\\/nrt"'\r\n]|\\u00[0-9a-fA-F]{2}){64,8000}-----END [A-Z0-9 ]{0,20}PRIVATE KEY(?: BLOCK)?-----)/,
    accept: holdsKey,
    examples: () => ({
      ours: [made(PKCS8, 64), made(EC, 164), made('OPENSSH PRIVATE KEY', 256), made(PKCS8, 120, '\\n'), made(PGP, 200)],
      not: [
        `${begin(RSA)}\n${'x'.repeat(64)}\n${begin(RSA).replace('BEGIN', 'END')}`,
        made('PUBLIC KEY', 160),
        made('CERTIFICATE', 160),
        made(PKCS8, 200).slice(0, -20),
        `${begin(PKCS8)}\n${'your private key goes here, in as many lines as it takes\n'.repeat(3)}${begin(PKCS8).replace('BEGIN', 'END')}`,
      ],
    }),
  });
