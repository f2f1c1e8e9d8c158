import type { Detector } from '../src/core/detector.ts';
import { examplesOf, random, recognised } from '../src/core/recognised.ts';

const object = (part: string | undefined): unknown => {
  const text = Buffer.from(part ?? '', 'base64url').toString();
  if (!text.trimEnd().endsWith('}')) return undefined; // An error costs more than all the rest.
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** A signed token: a header that names its algorithm, claims that are an object. `none` signs nothing. */
const isSigned = (secret: string): boolean => {
  const [header, claims] = secret.split('.').map(object);
  if (typeof header !== 'object' || header === null || typeof claims !== 'object' || claims === null) return false;
  return 'alg' in header && typeof header.alg === 'string' && header.alg.toLowerCase() !== 'none';
};

const inBase64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (seed: string) => {
  const claims = { sub: random(`${seed} sub`, 12), exp: 4_000_000_000, jti: random(`${seed} id`, 20) };
  return `${inBase64({ alg: 'HS256', typ: 'JWT' })}.${inBase64(claims)}.${random(seed, 43, 'words')}`;
};
const unsigned = `${inBase64({ alg: 'none', typ: 'JWT' })}.${inBase64({ sub: 'a name' })}.${random('none', 43, 'words')}`;

/** Whose it is, only its claims may tell: https://datatracker.ietf.org/doc/html/rfc7519 */
export const jwt = (): Detector =>
  recognised({
    id: 'jwt',
    issuer: 'any',
    docs: 'https://datatracker.ietf.org/doc/html/rfc7519',
    keywords: ['eyJ'],
    pattern:
      /(?<secret>eyJ[A-Za-z0-9_-]{10,700}\.eyJ[A-Za-z0-9_-]{6,1500}\.[A-Za-z0-9_-]{20,699}[A-Za-z0-9_])(?![A-Za-z0-9])/,
    // The claims of jwt.io's example, and of many like it.
    placeholder: /\.eyJzdWIiOiIxMjM0NTY3ODkwI/,
    accept: isSigned,
    examples: () =>
      examplesOf(token, [
        unsigned,
        `${token('two parts').split('.').slice(0, 2).join('.')}.`,
        `eyJ${random('no JSON 1', 30)}.eyJ${random('no JSON 2', 60)}.${random('no JSON 3', 43)}`,
      ]),
  });
