import { byteAt, endBytes, hexAt, setOf } from './bytes.ts';
import { byte, character, createWords, NONE } from './words.ts';

const LETTER_U = 0x75;

/** `%5F` (RFC 3986, 2.1), and `%u005F` of JavaScript's old `escape`. */
export const createPercent = createWords({
  name: 'percent',
  leads: setOf('%'),
  ends: endBytes,
  read(text, at) {
    if (byteAt(text, at + 1) === LETTER_U) {
      const code = hexAt(text, at + 2, 4);
      return code < 0 ? NONE : character(code, 6);
    }
    const value = hexAt(text, at + 1, 2);
    return value < 0 ? NONE : byte(value, 3);
  },
});
