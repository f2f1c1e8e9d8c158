import type { ByteSet } from './anchor.ts';
import { digits, every, high, negated, spans, union, word } from './byte-set.ts';
import type { Cursor } from './cursor.ts';

const letters = spans('AZ', 'az');

const posix: Readonly<Record<string, ByteSet>> = {
  alnum: spans('09', 'AZ', 'az'),
  alpha: letters,
  ascii: spans('\0\x7f'),
  blank: spans('\t\t', '  '),
  cntrl: spans('\0\x1f', '\x7f\x7f'),
  digit: digits,
  graph: spans('!~'),
  lower: spans('az'),
  print: spans(' ~'),
  punct: spans('!/', ':@', '[`', '{~'),
  space: spans('\t\r', '  '),
  upper: spans('AZ'),
  word,
  xdigit: spans('09', 'AF', 'af'),
};

/** `[:alpha:]`, or `[:^alpha:]`. */
export const posixClass = (cursor: Cursor, name: string, not: boolean): ByteSet => {
  const set = posix[name] ?? cursor.refuse(`there is no class [:${name}:]`);
  return not ? negated(set) : set;
};

/**
 * Unicode's classes over UTF-8: exact for ASCII, and any byte beyond it where a class has characters there. `\p{Greek}`
 * and its like have only those.
 */
const unicode: Readonly<Record<string, ByteSet>> = {
  Any: every,
  L: union([letters, high]),
  Ll: union([spans('az'), high]),
  Lu: union([spans('AZ'), high]),
  Latin: union([letters, high]),
  N: union([digits, high]),
  Nd: union([digits, high]),
  P: union([spans('!#', '%*', ',/', ':;', '?@', '[]', '__', '{{', '}}'), high]),
  S: union([spans('$$', '++', '<>', '^^', '``', '||', '~~'), high]),
  Z: union([spans('  '), high]),
  Zs: union([spans('  '), high]),
  C: union([spans('\0\x1f', '\x7f\x7f'), high]),
  Cc: union([spans('\0\x1f', '\x7f\x7f'), high]),
};
/** Classes and scripts that have nothing in ASCII. */
const foreign =
  /^(?:L[mot]|M[cen]?|N[lo]|Z[lp]|Greek|Cyrillic|Han|Hiragana|Katakana|Hangul|Arabic|Hebrew|Thai|Devanagari|Armenian|Georgian)$/;

/** `\pL`, `\p{Greek}`, `\p{^Lu}`; `not` for `\P`. */
export const unicodeClass = (cursor: Cursor, not: boolean): ByteSet => {
  const found = cursor.match(/([A-Z])|\{(\^?)(\w+)\}/y) ?? cursor.refuse('\\p must name a class');
  const name = found[1] ?? found[3] ?? '';
  const set = unicode[name] ?? (foreign.test(name) ? high : undefined);
  if (!set) return cursor.refuse(`the class \\p{${name}} is not known here`);
  return not !== (found[2] === '^') ? union([negated(set), high]) : set;
};
