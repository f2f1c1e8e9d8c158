import { crc32 } from 'node:zlib';
import type { Parts } from './format.ts';
import { longFormats } from './formats-long.ts';
import { formatTable } from './formats-table.ts';
import type { KeyMaker } from './key.ts';
import { ALNUM, BASE64, BASE64URL, DIGITS, HEX, LOWER, type Random, UPPER } from './random.ts';

const BASE62 = DIGITS + UPPER + LOWER;

const inBase62 = (value: number, length: number): string => {
  let text = '';
  for (let rest = value; text.length < length; rest = Math.floor(rest / 62)) text = (BASE62[rest % 62] ?? '') + text;
  return text;
};

const partsOf = (random: Random): Parts => {
  const of = (alphabet: string) => (length: number) => random.text(alphabet, length);
  const hex = of(HEX);
  const an = of(ALNUM);
  return {
    random,
    an,
    hex,
    low: of(LOWER + DIGITS),
    up: of(UPPER + DIGITS),
    url: (length) => `${an(1)}${random.text(BASE64URL, length - 2)}${an(1)}`,
    b64: of(BASE64),
    num: of(DIGITS),
    uuid: () => [hex(8), hex(4), `4${hex(3)}`, `a${hex(3)}`, hex(12)].join('-'),
    checked(length) {
      const body = an(length - 6);
      return body + inBase62(crc32(body), 6);
    },
  };
};

/** Well-known formats as this bench knows them from the issuers' pages, told apart from the registry's on purpose. */
export const createFormats = (random: Random): readonly KeyMaker[] => {
  const parts = partsOf(random);
  return [...formatTable, ...longFormats].map(([issuer, kind, make]) => ({
    kind,
    issuer,
    by: 'format' as const,
    fresh: true,
    make() {
      const made = make(parts);
      const {
        secret,
        before = '',
        after = '',
        inner,
        also,
      } = typeof made === 'string' ? { secret: made } : { ...made };
      const own = inner ?? [...new Set(secret.replace(/[A-Za-z0-9]/g, ''))].join('');
      return { kind, issuer, by: 'format' as const, secret, before, after, inner: own, ...(also ? { also } : {}) };
    },
  }));
};
