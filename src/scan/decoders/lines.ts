import type { Text } from '../text.ts';
import { BACKSLASH, BLANK, byteAt, CARRIAGE_RETURN, isBlank, LINE_FEED, setOf } from './bytes.ts';

const LETTER_N = 0x6e;
const LETTER_R = 0x72;

/** Length of the line end that begins at `at`: `\n`, `\r\n`, or the same written as two or four characters; 0 when none does. */
export const lineEnd = (text: Text, at: number): number => {
  const one = byteAt(text, at);
  if (one === LINE_FEED) return 1;
  if (one === CARRIAGE_RETURN) return byteAt(text, at + 1) === LINE_FEED ? 2 : 0;
  if (one !== BACKSLASH) return 0;
  const letter = byteAt(text, at + 1);
  if (letter === LETTER_N) return 2;
  return letter === LETTER_R && byteAt(text, at + 2) === BACKSLASH && byteAt(text, at + 3) === LETTER_N ? 4 : 0;
};

/** Does the line end at `at` end a line of the file, or one inside of a string (`\n`)? */
export const isPhysical = (text: Text, at: number): boolean => byteAt(text, at) !== BACKSLASH;

/** Where the line of `at` begins, at most `most` bytes back; -1 when it begins before that. */
export const lineStart = ({ bytes, start }: Text, at: number, most: number): number => {
  const least = Math.max(start, at - most);
  for (let from = at; from > least; from -= 1) {
    const one = bytes[from - 1];
    if (one === LINE_FEED) return from;
    if (one === LETTER_N && bytes[from - 2] === BACKSLASH && from - 2 >= least) return from;
  }
  return least === start ? start : -1;
};

/** Marks of comments, quotations, lists and tables at the beginning of a line. */
const marks = setOf('#/*>;|%!');
const MOST_PREFIX = 48;

/** After blanks and the marks that follow them at `at`; a mark glued to more (`/abc`) is none. */
export const afterPrefix = (text: Text, at: number): number => {
  let to = at;
  let content = at;
  while (to < at + MOST_PREFIX) {
    while (isBlank(byteAt(text, to))) to += 1;
    content = to;
    while (marks[byteAt(text, to) & 0xff] === 1 && to < text.end) to += 1;
    if (to === content || byteAt(text, to) !== BLANK) return content;
  }
  return content;
};

/** First characters that two lines of a list share, and two parts of one key do not. */
export const SHARED = 3;

/** Do two lines of a list begin there, rather than two parts of one key? */
export const sameBeginning = (text: Text, one: number, other: number): boolean => {
  for (let i = 0; i < SHARED; i += 1) if (byteAt(text, one + i) !== byteAt(text, other + i)) return false;
  return true;
};
