import type { Text } from '../text.ts';
import { BACKSLASH, BLANK, byteAt, endBytes, hexAt, hexDigit, NO_VALUE, setOf } from './bytes.ts';
import { standsFor } from './names.ts';
import { byte, character, createWords, NONE } from './words.ts';

const OPEN = 0x7b;
const CLOSE = 0x7d;
const LETTER_N = 0x4e;
const SEVEN = 0x37;
const ZERO = 0x30;

/** `\n` and its like, by their letter. */
const controls: ReadonlyMap<number, number> = new Map(
  Object.entries({ a: 7, b: 8, e: 0x1b, f: 12, n: 10, r: 13, t: 9, v: 11 }).map(([letter, code]) => [
    letter.charCodeAt(0),
    code,
  ]),
);
/** Digits of `\xXX`, `\uXXXX` and `\UXXXXXXXX`. */
const digitsOf: ReadonlyMap<number, number> = new Map([
  [0x78, 2],
  [0x75, 4],
  [0x55, 8],
]);
/** A backslash before one of these hides a key (`sk\_…` of Markdown, `\/` of JSON). */
const hiding = setOf('uUxN01234567_-/.+=~:@\\');

const isOctal = (one: number): boolean => one >= ZERO && one <= SEVEN;

/** `{5f}` after `\u` and `\x`: up to six digits. */
const inBraces = (text: Text, at: number): number => {
  let close = at + 1;
  while (close < at + 8 && hexDigit(byteAt(text, close) & 0xff) !== NO_VALUE) close += 1;
  if (byteAt(text, close) !== CLOSE || close === at + 1) return NONE;
  return character(hexAt(text, at + 1, close - at - 1), close + 1 - at + 2);
};

const hexadecimal = (text: Text, at: number, count: number): number => {
  if (byteAt(text, at + 2) === OPEN) return inBraces(text, at + 2);
  const code = hexAt(text, at + 2, count);
  if (code < 0) return NONE;
  return count === 2 ? byte(code, 4) : character(code, count + 2);
};

/** `\N{LOW LINE}` of Python. */
const named = (text: Text, at: number): number => {
  if (byteAt(text, at + 2) !== OPEN) return NONE;
  const close = text.bytes.indexOf(CLOSE, at + 3);
  if (close < 0 || close >= text.end || close - at > 48) return NONE;
  const code = standsFor(text.bytes.toString('latin1', at + 3, close));
  return code === undefined ? NONE : character(code, close + 1 - at);
};

/**
 * `\137` of C and shells, or `\5f ` and `\00005f` of CSS (Syntax Level 3, 4.3.7): where there is a digit that no octal
 * number has, a blank that CSS takes along, or too many zeros.
 */
const octal = (text: Text, at: number): number => {
  let count = 1;
  let value = byteAt(text, at + 1) - ZERO;
  for (; count < 3 && isOctal(byteAt(text, at + 1 + count)); count += 1) {
    value = value * 8 + byteAt(text, at + 1 + count) - ZERO;
  }
  const padded = value === 0 && count === 3 ? hexAt(text, at + 1, 6) : -1;
  if (padded > BLANK) return character(padded, 7 + blankAfter(text, at + 7));
  // `\0163` as `printf %b` writes it, and no control character before a digit.
  const four = value * 8 + byteAt(text, at + 4) - ZERO;
  if (count === 3 && value < BLANK && isOctal(byteAt(text, at + 4)) && four > BLANK) return byte(four, 5);
  const two = count === 1 || (count === 2 && blankAfter(text, at + 3) === 1) ? hexAt(text, at + 1, 2) : -1;
  if (two > BLANK) return character(two, 3 + blankAfter(text, at + 3));
  return byte(value & 0xff, 1 + count);
};
const blankAfter = (text: Text, at: number): number => (byteAt(text, at) === BLANK ? 1 : 0);

/** What a backslash makes of the characters after it in JSON, JavaScript, C, Python, shells, CSS and Markdown. */
export const createEscape = createWords({
  name: 'escape',
  leads: setOf('\\'),
  ends: endBytes,
  read(text, at) {
    const kind = byteAt(text, at + 1);
    const count = digitsOf.get(kind);
    if (count !== undefined) return hexadecimal(text, at, count);
    if (isOctal(kind)) return octal(text, at);
    if (kind === LETTER_N) return named(text, at);
    return kind <= BLANK || kind >= 0x7f ? NONE : byte(controls.get(kind) ?? kind, 2);
  },
  matters: ({ bytes }, at) => hiding[bytes[at + 1] ?? BACKSLASH] === 1,
});
