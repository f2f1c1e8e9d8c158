import type { Text } from '../text.ts';
import { byteAt, CARRIAGE_RETURN, endBytes, hexAt, hexDigit, isBlank, LINE_FEED, NO_VALUE, setOf } from './bytes.ts';
import { byte, createWords, NONE, nothing } from './words.ts';

const EQUALS = 0x3d;
const SMALL_A = 0x61;
/** Blanks that a mail server may have put after a soft line break. */
const MOST_BLANKS = 8;

/** The standard allows 76 characters a line, that of `=` included: a longer one ends with padding of base64, or with `key=`. */
const LONGEST_LINE = 100;

/** Length of the soft line break at `at`: `=`, blanks, line end; 0 when there is none. */
const softBreak = (text: Text, at: number): number => {
  const least = at - LONGEST_LINE;
  if (least > text.start && !text.bytes.subarray(least, at).includes(LINE_FEED)) return 0;
  let to = at + 1;
  while (to <= at + MOST_BLANKS && isBlank(byteAt(text, to))) to += 1;
  if (byteAt(text, to) === CARRIAGE_RETURN) to += 1;
  return byteAt(text, to) === LINE_FEED ? to + 1 - at : 0;
};

/** Capital digits only: `=de` rather belongs to `key=deadbeef`. */
const isDigit = (one: number): boolean => one > 0 && one < SMALL_A && hexDigit(one) !== NO_VALUE;

/** Quoted-printable (RFC 2045, 6.7) and the Q of encoded words (RFC 2047, 4.2): `=5F`, and `=` where a line is broken. */
export const createQuoted = createWords({
  name: 'quoted-printable',
  leads: setOf('='),
  ends: endBytes,
  read(text, at) {
    if (isDigit(byteAt(text, at + 1)) && isDigit(byteAt(text, at + 2))) return byte(hexAt(text, at + 1, 2), 3);
    const length = softBreak(text, at);
    return length === 0 ? NONE : nothing(length, true);
  },
  goesOn(text, at) {
    if (text.bytes[at - 1] !== LINE_FEED) return at;
    let before = at - 1;
    const least = Math.max(text.start, at - MOST_BLANKS - 3);
    while (before > least && (text.bytes[before - 1] === CARRIAGE_RETURN || isBlank(text.bytes[before - 1] ?? 0))) {
      before -= 1;
    }
    const sign = before - 1;
    return sign >= text.start && text.bytes[sign] === EQUALS && softBreak(text, sign) > 0 ? sign : at;
  },
});
