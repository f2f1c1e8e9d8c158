import type { Text } from '../text.ts';
import { BACKSLASH, byteAt, CARRIAGE_RETURN } from './bytes.ts';
import { afterPrefix, lineEnd, lineStart, SHARED, sameBeginning } from './lines.ts';

const PLUS = 0x2b;
const MINUS = 0x2d;
const LETTER_R = 0x72;
/** Characters of the longest line end, `\\r\\n` written out. */
const LONGEST_END = 4;
/** A line that is wrapped is hardly longer; what a run is looked for beyond it. */
const LONGEST_LINE = 1024;

/** What is wrapped. */
interface Wrapped {
  belongs(byte: number): boolean;
  /** May that which stands there follow the last line? The end of the text may. */
  closes(text: Text, at: number): boolean;
  /** Of the lines before the last. */
  readonly shortest: number;
}

/** Whether a run of bytes that was broken into lines goes on in the next, or went on from the one before. */
export const createWrap = ({ belongs, closes, shortest }: Wrapped) => {
  /** The line of a run ends at `to`: where the next begins; the end of the text where that cannot be seen; else -1. */
  const after = (text: Text, from: number, to: number): number => {
    const length = lineEnd(text, to);
    if (to >= text.end || to - from < shortest) return -1;
    const open = text.cutEnd ? text.end : -1;
    if (length === 0) return text.end - to < LONGEST_END && beginsLineEnd(text, to) ? open : -1;
    const next = content(text, from, to + length);
    if (next >= text.end) return open;
    let last = next;
    while (last < text.end && last < next + LONGEST_LINE && belongs(text.bytes[last] ?? 0)) last += 1;
    if (last === next || sameBeginning(text, from, next)) return -1;
    if (last >= text.end) return text.cutEnd && last - next < SHARED ? open : next;
    return closes(text, last) || last - next >= shortest ? next : -1;
  };

  /** A line of a run begins at `from`: the end of the line before, if the run went on there; else -1. */
  const before = (text: Text, from: number): number => {
    const begin = lineStart(text, from, 64);
    if (begin <= text.start) return -1;
    const length = [4, 2, 1].find((one) => begin - one >= text.start && lineEnd(text, begin - one) === one) ?? 1;
    const to = begin - length;
    const least = Math.max(text.start, to - LONGEST_LINE);
    let first = to;
    while (first > least && belongs(text.bytes[first - 1] ?? 0)) first -= 1;
    return after(text, first, to) === from ? to : -1;
  };

  return { after, before };
};

/** Is all that there is the first part of a line end? */
const beginsLineEnd = (text: Text, at: number): boolean =>
  byteAt(text, at) === CARRIAGE_RETURN ||
  (byteAt(text, at) === BACKSLASH && (at + 1 === text.end || byteAt(text, at + 1) === LETTER_R));

/** Where in the line that begins at `line` what was broken goes on: after its mark of a diff, blanks and other marks. */
const content = (text: Text, from: number, line: number): number => {
  const sign = byteAt(text, line);
  if (sign !== PLUS && sign !== MINUS) return afterPrefix(text, line);
  const begin = lineStart(text, from, 160);
  return afterPrefix(text, begin >= 0 && byteAt(text, begin) === sign ? line + 1 : line);
};
