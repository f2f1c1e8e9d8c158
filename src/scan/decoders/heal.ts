import { EDGE_REACH } from '../../core/boundary.ts';
import type { Reading, Sizes, Text } from '../text.ts';
import { breakAfter, breakBefore } from './breaks.ts';
import { keyBytes } from './bytes.ts';
import { hasLineEnd } from './joints.ts';
import { createPen, type Pen } from './pen.ts';

/** Where an anchor stands, and how many bytes a match may have before and after it. */
export interface Reach {
  readonly from: number;
  readonly to: number;
  readonly before: number;
  readonly after: number;
}

export interface Healed {
  readonly reading: Reading;
  /** Bytes that are still to come may change it. */
  readonly open: boolean;
}

/** Bytes after a match by which its right edge is judged. */
const EDGE_AFTER = 4;

/**
 * Puts a key that stands in clear, but broken up, together again: over the ends of lines with all that stands there,
 * over tags, quotes with a sign between them, and the borders of log entries. Undefined when nothing was broken.
 */
export const createHeal = ({ overlap }: Sizes) => {
  const pen = createPen();
  /** Parts of the key, from left to right: where each begins and ends. */
  const before: number[] = [];
  const after: number[] = [];

  return (text: Text, { from, to, before: left, after: right }: Reach): Healed | undefined => {
    before.length = 0;
    after.length = 0;
    const ends = walkRight(text, { at: to, count: Math.min(right + EDGE_AFTER, overlap), most: to + overlap }, after);
    const begins = walkLeft(text, { at: from, count: Math.min(left, overlap), most: from - overlap }, before);
    if (after.length === 0 && before.length === 0) return undefined;
    const open = text.cutEnd && ends >= text.end;
    const cutStart = text.cutStart && begins <= text.start;
    const lines = open || hasLineEnd(text, begins, ends);
    write(pen, text, [begins, ...before, ...after, ends]);
    const about = { name: 'wrapped', cutStart, cutEnd: open };
    return { reading: pen.reading(lines ? { ...about, lines } : about), open };
  };
};

interface Walk {
  readonly at: number;
  /** Characters to go, and the offset that is not passed. */
  readonly count: number;
  readonly most: number;
}

/** Walks over characters of keys and breaks, and notes where each break begins and ends. Returns where the key ends. */
const walkRight = (text: Text, { at, count, most: border }: Walk, breaks: number[]): number => {
  const { bytes, end } = text;
  let to = at;
  let left = count;
  for (;;) {
    const most = Math.min(end, to + left);
    const from = to;
    while (to < most && keyBytes[bytes[to] ?? 0] === 1) to += 1;
    left -= to - from;
    if (to >= end || left <= 0 || to > border) return to;
    const next = breakAfter(text, to);
    if (next < 0) return to;
    if (next >= end) return breaks.length > 0 ? end : to;
    breaks.push(to, next);
    to = next;
  }
};

/** The same to the left; the breaks are noted from left to right. */
const walkLeft = (text: Text, { at, count, most: border }: Walk, breaks: number[]): number => {
  const { bytes, start } = text;
  let from = at;
  let left = count;
  for (;;) {
    const least = Math.max(start, from - left);
    const to = from;
    while (from > least && keyBytes[bytes[from - 1] ?? 0] === 1) from -= 1;
    left -= to - from;
    if (from <= start || left <= 0 || from < border) return from;
    const next = breakBefore(text, from);
    if (next < 0) return from;
    breaks.unshift(next, from);
    from = next;
  }
};

/** Writes the parts between the breaks, with what stands before and after by which edges are judged. */
const write = (pen: Pen, text: Text, parts: readonly number[]): void => {
  const last = parts.length - 1;
  pen.begin();
  for (let i = 0; i < last; i += 2) {
    const from = i === 0 ? Math.max(text.start, (parts[0] ?? 0) - EDGE_REACH) : (parts[i] ?? 0);
    const to = i + 1 === last ? Math.min(text.end, (parts[last] ?? 0) + 1) : (parts[i + 1] ?? 0);
    pen.copy(text.bytes, from, to);
  }
};
