import { type CreateDecode, type Reading, SHORTEST_KEY, type Sizes, type Text } from '../text.ts';
import { BLANK, blockEnd, blockStart, byteAt, innerBytes } from './bytes.ts';
import { afterJoint, beforeJoint, hasLineEnd, quoteAt } from './joints.ts';
import { createPen, type Pen } from './pen.ts';

/** Strings that a program puts together, `"sk_" + "…"`, read as one. */
export const createJoined: CreateDecode = (sizes) => {
  const pen = createPen();
  return (text, at, give) => {
    let next = at;
    for (;;) {
      const to = readJoined(pen, text, { at: next, sizes, give });
      if (to - next >= sizes.piece) return Math.max(at + 1, blockStart(to - sizes.overlap));
      const border = Math.min(blockEnd(Math.max(to, at + 1)), text.end);
      next = Math.max(to, next + 1);
      while (next < border && !(quoteAt(text, next) > 0 && afterJoint(text, next) >= 0)) next += 1;
      if (next >= border) return Math.max(at + 1, border);
    }
  };
};

interface Joint {
  readonly at: number;
  readonly sizes: Sizes;
  readonly give: (reading: Reading) => void;
}

/** Where the first of the joined strings begins, or the last word in it, as far as a key could reach from `at`. */
const beginning = (text: Text, at: number, most: number): number => {
  const least = Math.max(text.start, at - most);
  let from = at;
  for (;;) {
    while (from > least && byteAt(text, from - 1) > BLANK && quoteAt(text, from - 1) === 0) from -= 1;
    const before = from > least && byteAt(text, from - 1) > BLANK ? beforeJoint(text, from) : -1;
    if (before < least) return from;
    from = before;
  }
};

/** Gives the joined strings around the joint at `at`; returns where the last of them ends. */
const readJoined = (pen: Pen, text: Text, { at, sizes: { overlap, piece }, give }: Joint): number => {
  const { bytes, start, end } = text;
  const from = beginning(text, at, overlap);
  const cut = at - from >= overlap;
  let useful = false;
  let lines = false;
  let open = false;
  let before = 0;
  let hidden = false;
  let to = from;
  pen.begin();
  if (from > start && !cut) pen.put(bytes[from - 1] ?? 0, from - 1, 1);
  while (to < end && to - from < piece) {
    const one = bytes[to] ?? 0;
    if (quoteAt(text, to) > 0) {
      const after = afterJoint(text, to);
      if (after < 0) break;
      open = after === end;
      lines ||= hasLineEnd(text, to, after);
      hidden ||= innerBytes[before] === 1;
      to = after;
      continue;
    }
    if (one <= BLANK) break;
    useful ||= hidden && innerBytes[one] === 1;
    hidden = false;
    before = one;
    pen.put(one, to, 1);
    to += 1;
  }
  if (useful && pen.length() > SHORTEST_KEY) {
    const cutEnd = to - from >= piece || open || (text.cutEnd && to >= end);
    const about = { name: 'joined', cutStart: cut || (text.cutStart && from === start), cutEnd };
    give(pen.reading({ ...about, lines, open }));
  }
  return to;
};
