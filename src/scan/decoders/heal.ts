import { EDGE_REACH } from '../../core/boundary.ts';
import type { Reading, Sizes, Text } from '../text.ts';
import { breakAfter, breakBefore } from './breaks.ts';
import { keyBytes, LINE_FEED } from './bytes.ts';
import { hasLineEnd } from './joints.ts';
import { createPen, type Pen } from './pen.ts';

/** Where an anchor stands, and how many bytes a match may have before and after it. */
export interface Reach {
  readonly from: number;
  readonly to: number;
  readonly before: number;
  readonly after: number;
  /** No match was found here in one piece: what only might have broken one up is taken out too. */
  readonly eager?: boolean;
  /** Breaks after the anchor that are healed at most. */
  readonly breaks?: number;
}

export interface Healed {
  readonly reading: Reading;
  /** Bytes that are still to come may change it. */
  readonly open: boolean;
  /** Breaks after the anchor. */
  readonly breaks: number;
}

/** Bytes after a match by which its right edge is judged. */
const EDGE_AFTER = 4;
/** More than a key as long as this has: its parts are never so short. */
const MOST_BREAKS = 4096;

/**
 * Puts a key that stands in clear, but broken up, together again: over the ends of lines with all that stands there,
 * over tags, quotes with a sign between them, and the borders of log entries. Undefined when nothing was broken.
 */
export const createHeal = ({ overlap }: Sizes) => {
  const pen = createPen();
  /** Parts of the key, from left to right: where each begins and ends. */
  const before: number[] = [];
  const after: number[] = [];

  return (text: Text, reach: Reach): Healed | undefined => {
    const { from, to, eager = false, breaks = MOST_BREAKS } = reach;
    before.length = 0;
    after.length = 0;
    const count = Math.min(reach.after + EDGE_AFTER, overlap);
    const ends = walkRight(text, { at: to, count, border: to + overlap, eager, most: breaks }, after);
    const most = Math.min(reach.before, overlap);
    const begins =
      reach.before === 0
        ? from
        : walkLeft(text, { at: from, count: most, border: from - overlap, eager, most: MOST_BREAKS }, before);
    const open = text.cutEnd && ends >= text.end;
    if (after.length === 0 && before.length === 0 && !open) return undefined;
    const cutStart = text.cutStart && begins <= text.start;
    const lines = open || hasLineEnd(text, begins, ends);
    write(pen, text, [begins, ...before, ...after, ends]);
    const about = { name: 'wrapped', cutStart, cutEnd: open };
    return { reading: pen.reading(lines ? { ...about, lines } : about), open, breaks: after.length / 2 };
  };
};

interface Walk {
  readonly at: number;
  /** Characters to go, and the offset that is not passed. */
  readonly count: number;
  readonly border: number;
  readonly eager: boolean;
  /** Breaks. */
  readonly most: number;
}

/** Walks over characters of keys and breaks, and notes where each break begins and ends. Returns where the key ends. */
const walkRight = (text: Text, { at, count, border, eager, most }: Walk, breaks: number[]): number => {
  const { bytes, end } = text;
  let to = at;
  let left = count;
  for (;;) {
    const reach = Math.min(end, to + left);
    const from = to;
    while (to < reach && keyBytes[bytes[to] ?? 0] === 1) to += 1;
    left -= to - from;
    if (to >= end || left <= 0 || to > border || breaks.length >= 2 * most) return to;
    const next = breakAfter(text, to, eager);
    if (next < 0) return to;
    if (next >= end) return end;
    breaks.push(to, next);
    to = next;
  }
};

/** The same to the left; the breaks are noted from left to right. */
const walkLeft = (text: Text, { at, count, border, eager }: Walk, breaks: number[]): number => {
  const { bytes, start } = text;
  let from = at;
  let left = count;
  for (;;) {
    const least = Math.max(start, from - left);
    const to = from;
    while (from > least && keyBytes[bytes[from - 1] ?? 0] === 1) from -= 1;
    left -= to - from;
    if (from <= start || left <= 0 || from < border) return from;
    const first = isSign(text, from) ? from + 1 : from;
    const next = breakBefore(text, first, eager);
    if (next < 0) return from;
    breaks.unshift(next, first);
    from = next;
  }
};

/** A sign of a diff in the first column may be a character of keys. */
const isSign = ({ bytes }: Text, at: number): boolean =>
  bytes[at - 1] === LINE_FEED && (bytes[at] === 0x2b || bytes[at] === 0x2d);

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
