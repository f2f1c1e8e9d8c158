import type { Text } from '../text.ts';
import { BACKSLASH, byteAt, isBlank, LINE_FEED, setOf, standsAt } from './bytes.ts';
import { afterPrefix, lineEnd } from './lines.ts';

const quotes = setOf('"\'`');
/** Signs that join strings, longest first: JavaScript, PHP and Perl, Visual Basic, Lua, SQL, Haskell, Elixir, Ruby, OCaml. */
const signs = ['.concat(', '..', '||', '++', '<>', '<<', '+', '.', '&', '^', '*', '~'];
const signBytes = setOf('.|+<&^*~');
/** Letters before a string that say what it is (`f"…"`, `@"…"`). */
const letters = setOf('rRbBuUfFL@$N');
const COMMA = 0x2c;
const MOST_LETTERS = 2;
const MOST_LINES = 3;

/** Length of the quote at `at`, with the backslash that stands before it inside of another string; 0 when there is none. */
export const quoteAt = (text: Text, at: number): number => {
  if (quotes[byteAt(text, at) & 0xff] === 1 && at < text.end) return 1;
  return byteAt(text, at) === BACKSLASH && at + 1 < text.end && quotes[byteAt(text, at + 1)] === 1 ? 2 : 0;
};

/** After blanks and line ends, with what stands at the beginning of the lines (a diff's sign, a comment's); and `\` or `_` before a line end. */
const afterGap = (text: Text, at: number): number => {
  let to = at;
  for (let lines = 0; lines <= MOST_LINES; lines += 1) {
    while (isBlank(byteAt(text, to))) to += 1;
    const continued = isContinuation(byteAt(text, to)) && lineEnd(text, to + 1) > 0 ? to + 1 : to;
    const length = lineEnd(text, continued);
    if (length === 0) return to;
    to = afterPrefix(text, continued + length);
    if (isDiffed(text, to)) to += 1;
  }
  return to;
};
const isContinuation = (byte: number): boolean => byte === BACKSLASH || byte === 0x5f;
/** `+` or `-` of a diff, then blanks. */
const isDiffed = (text: Text, at: number): boolean =>
  (byteAt(text, at) === 0x2b || byteAt(text, at) === 0x2d) &&
  byteAt(text, at - 1) === LINE_FEED &&
  isBlank(byteAt(text, at + 1)) &&
  isBlank(byteAt(text, at + 2));

/** A quote closes a string at `at`: where the string begins that is joined to it; -1 when none is, the end when that cannot be seen. Eager: a comma joins too. */
export const afterJoint = (text: Text, at: number, eager = false): number => {
  const length = quoteAt(text, at);
  if (length === 0) return -1;
  let to = afterGap(text, at + length);
  const sign = signBytes[byteAt(text, to) & 0xff] === 1 ? signs.find((one) => standsAt(text, to, one)) : undefined;
  if (sign) to = afterGap(text, to + sign.length);
  else if (eager && byteAt(text, to) === COMMA) to = afterGap(text, to + 1);
  for (let i = 0; i < MOST_LETTERS && letters[byteAt(text, to) & 0xff] === 1 && to < text.end; i += 1) to += 1;
  if (to >= text.end) return text.cutEnd ? text.end : -1;
  const opening = quoteAt(text, to);
  if (opening === 0) return -1;
  return isEmpty(text, at, to) ? to + 3 : to + opening;
};

/** `'""'` of a shell: an empty string in other quotes at `to`, and the first kind again. */
const isEmpty = (text: Text, at: number, to: number): boolean =>
  to === at + 1 &&
  byteAt(text, to) !== byteAt(text, at) &&
  byteAt(text, to + 1) === byteAt(text, to) &&
  byteAt(text, to + 2) === byteAt(text, at);

/** Bytes that a joint takes at most, looked at backwards. */
const LONGEST_JOINT = 64;

/** A string begins at `at`: where the string before it ends that it is joined to; -1 when there is none. */
export const beforeJoint = (text: Text, at: number, eager = false): number => {
  const least = Math.max(text.start, at - LONGEST_JOINT);
  for (let from = at - 2; from >= least; from -= 1) {
    const length = quoteAt(text, from);
    if (length === 0 || from + length === at) continue;
    const before = from > least && byteAt(text, from - 1) === BACKSLASH ? from - 1 : from;
    if (quoteAt(text, before - 1) === 0 && afterJoint(text, before, eager) === at) return before;
  }
  return -1;
};

/** Does a line end between the two? */
export const hasLineEnd = ({ bytes }: Text, from: number, to: number): boolean => {
  for (let at = from; at < to; at += 1) if (bytes[at] === LINE_FEED) return true;
  return false;
};
