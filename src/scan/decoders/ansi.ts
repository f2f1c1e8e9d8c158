import type { Text } from '../text.ts';
import { type Bytes, byteAt, endBytes, setOf } from './bytes.ts';
import { createWords, NONE, nothing } from './words.ts';

const ESCAPE = 0x1b;
const BRACKET = 0x5b;
const PARENTHESIS = 0x28;
const MOST = 64;

const ends = (): Bytes => {
  const set = Uint8Array.from(endBytes);
  set[ESCAPE] = 0;
  return set;
};

/** Length of `ESC [`, parameters and a last byte (ECMA-48, 5.4), or of a choice of letters, `ESC ( B`. */
const sequence = (text: Text, at: number): number => {
  if (byteAt(text, at + 1) === PARENTHESIS) return at + 3 <= text.end ? 3 : 0;
  if (byteAt(text, at + 1) !== BRACKET) return 0;
  let to = at + 2;
  while (to < at + MOST && byteAt(text, to) >= 0x20 && byteAt(text, to) <= 0x3f) to += 1;
  return byteAt(text, to) >= 0x40 && byteAt(text, to) <= 0x7e ? to + 1 - at : 0;
};

/** Colours of a terminal inside of a key, as `grep --color` puts them. */
export const createAnsi = createWords({
  name: 'ansi',
  leads: setOf('\x1b'),
  ends: ends(),
  read(text, at) {
    const length = sequence(text, at);
    return length === 0 ? NONE : nothing(length);
  },
});
