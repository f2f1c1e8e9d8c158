import type { Text } from '../text.ts';
import { byteAt, endBytes, hexDigit, NO_VALUE, setOf, wordBytes } from './bytes.ts';
import { namedReferences } from './names.ts';
import { character, createWords, NONE } from './words.ts';

const HASH = 0x23;
const SEMICOLON = 0x3b;
const SMALL = 0x20;
const LETTER_X = 0x78;
/** Leading zeros included; and the longest name we know. */
const MOST_DIGITS = 8;
const LONGEST_NAME = 16;

/** `&#95;` and `&#x5f;`; browsers take them without the semicolon too. */
const numbered = (text: Text, at: number): number => {
  const base = (byteAt(text, at + 2) | SMALL) === LETTER_X ? 16 : 10;
  const first = base === 16 ? at + 3 : at + 2;
  let to = first;
  let code = 0;
  for (; to < first + MOST_DIGITS; to += 1) {
    const digit = hexDigit(byteAt(text, to) & 0xff);
    if (digit === NO_VALUE || digit >= base) break;
    code = code * base + digit;
  }
  if (to === first) return NONE;
  return character(code, (byteAt(text, to) === SEMICOLON ? to + 1 : to) - at);
};

const named = (text: Text, at: number): number => {
  let to = at + 1;
  while (to <= at + LONGEST_NAME && wordBytes[byteAt(text, to) & 0xff] === 1) to += 1;
  if (to === at + 1 || byteAt(text, to) !== SEMICOLON) return NONE;
  const code = namedReferences.get(text.bytes.toString('latin1', at + 1, to));
  return code === undefined ? NONE : character(code, to + 1 - at);
};

/** Characters as HTML and XML write them. */
export const createEntity = createWords({
  name: 'entity',
  leads: setOf('&'),
  ends: endBytes,
  read: (text, at) => (byteAt(text, at + 1) === HASH ? numbered(text, at) : named(text, at)),
});
