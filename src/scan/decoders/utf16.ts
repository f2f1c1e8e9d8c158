import { type CreateDecode, type Reading, SHORTEST_KEY, type Text } from '../text.ts';
import { blockEnd, blockStart, byteAt, innerBytes } from './bytes.ts';
import { createPen, type Pen } from './pen.ts';

/** Stands for a character that has a second byte: no key holds one. */
const FOREIGN = 0x80;

/**
 * ASCII written as UTF-16 of either byte order, with or without a byte order mark: every second byte is zero. Whether
 * the zero stands at an odd offset of the flow tells the order.
 */
export const createUtf16: CreateDecode = ({ overlap, piece }) => {
  const pen = createPen();
  const even = overlap + (overlap & 1);
  return (text, at, give) => {
    let next = at;
    for (;;) {
      const zero = firstZero(text, next);
      const stretch = zeros(text, zero, { least: zero - even, most: zero + piece });
      if (stretch.last - stretch.first >= 2 * (SHORTEST_KEY - 2)) giveNarrowed(pen, text, { stretch, give });
      if (stretch.last >= zero + piece) return Math.max(at + 1, blockStart(stretch.last - even));
      const border = Math.min(blockEnd(Math.max(stretch.last, at + 1)), text.end);
      next = Math.max(stretch.last, next) + 1;
      while (next < border && !isZero(text, next)) next += 1;
      if (next >= border) return Math.max(at + 1, border);
    }
  };
};

interface Stretch {
  /** Offsets of the first and the last zero. */
  readonly first: number;
  readonly last: number;
  readonly cutStart: boolean;
  readonly cutEnd: boolean;
}

/** A zero that stands for the high half of an ASCII character: bytes beside it are none. */
const isZero = (text: Text, at: number): boolean => byteAt(text, at) === 0 && byteAt(text, at + 1) !== 0;

const firstZero = (text: Text, at: number): number => (byteAt(text, at) === 0 ? at : at + 1);

const zeros = (
  text: Text,
  zero: number,
  { least, most }: { readonly least: number; readonly most: number },
): Stretch => {
  const { bytes, start, end } = text;
  let first = zero;
  while (first - 2 >= start && first > least && bytes[first - 2] === 0 && bytes[first - 1] !== 0) first -= 2;
  let last = zero;
  while (last + 2 < end && last < most && bytes[last + 2] === 0 && bytes[last + 1] !== 0) last += 2;
  return {
    first,
    last,
    cutStart: first <= least || (text.cutStart && first - 2 < start),
    cutEnd: last >= most || (text.cutEnd && last + 2 >= end),
  };
};

interface Narrowing {
  readonly stretch: Stretch;
  readonly give: (reading: Reading) => void;
}

/**
 * Without a byte order mark, what is mixed with other bytes may be of the other order: then that is given too, if it
 * would hold one character more of a key.
 */
const giveNarrowed = (pen: Pen, text: Text, { stretch, give }: Narrowing): void => {
  const { bytes, start } = text;
  const { first, last } = stretch;
  const marked = markBefore(text, first);
  const big = marked ?? seemsBig(text, stretch);
  give(narrow(pen, text, { ...stretch, big }));
  if (marked !== undefined || (big ? stretch.cutStart : stretch.cutEnd)) return;
  const extra = big ? (first > start ? (bytes[first - 1] ?? 0) : 0) : Math.max(0, byteAt(text, last + 1));
  if (innerBytes[extra] === 1) give(narrow(pen, text, { ...stretch, big: !big }));
};

/** The order tells on which side of a zero its character stands. */
const narrow = (pen: Pen, text: Text, stretch: Stretch & { readonly big: boolean }): Reading => {
  const { bytes, start, end } = text;
  const { first, last, cutStart, cutEnd, big } = stretch;
  const lead = big ? 0 : -1;
  const low = big ? 1 : -1;
  pen.begin();
  const before = first + lead - 2;
  // The pair before the stretch has no zero in it, or stands beside one too many.
  const [high, character] = big ? [before, before + 1] : [before + 1, before];
  if (before >= start && !cutStart) pen.put(bytes[high] === 0 ? (bytes[character] ?? 0) : FOREIGN, before, 2);
  for (let zero = first; zero <= last; zero += 2) {
    if (zero + lead >= start && zero + lead + 1 < end) pen.put(bytes[zero + low] ?? 0, zero + lead, 2);
  }
  return pen.reading({ name: big ? 'utf-16be' : 'utf-16le', cutStart, cutEnd });
};

/** Does a byte order mark before the first zero tell that it is big-endian? */
const markBefore = ({ bytes, start }: Text, first: number): boolean | undefined => {
  for (const at of [first - 2, first - 3]) {
    if (at < start) continue;
    if (bytes[at] === 0xfe && bytes[at + 1] === 0xff) return true;
    if (bytes[at] === 0xff && bytes[at + 1] === 0xfe) return false;
  }
  return undefined;
};

/** By the border of all there is, if the stretch begins or ends there; else by its place in the flow. */
const seemsBig = ({ start, end, cutStart, cutEnd, even }: Text, { first, last }: Stretch): boolean => {
  if (!cutEnd && last + 2 >= end) return last + 2 === end;
  if (!cutStart && first - 1 <= start) return first === start;
  return (first & 1) === (even ? 0 : 1);
};
