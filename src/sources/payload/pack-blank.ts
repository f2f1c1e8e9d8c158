import { createPack } from './pack.ts';
import type { Blank } from './slices.ts';

const BLANK = 0x0a;
const EQUALS = 0x3d;
const SPACE = 0x20;
const MOST_NESTED = 100;

/**
 * Blanks in a body of MessagePack values everything that is no text, bytes or ext: the head of a value may be a letter, and a
 * key that touches a letter is part of a longer word. Before the value of a member stands a `=`, for keys that are told by a
 * name.
 */
export const createPackBlank = (body: Buffer): Blank => {
  const { head, read } = createPack(body);
  /** Of the lists and maps that are open, outermost first: how many values are still to come, and whether it is a map. */
  const left = new Float64Array(MOST_NESTED + 1);
  const isMap = new Uint8Array(MOST_NESTED + 1);
  let [at, depth, assigned] = [0, 0, -1];
  const leave = (): void => {
    while (depth > 0 && left[depth] === 0) depth -= 1;
  };
  /** A `=` at the end of a line would be a fold of quoted-printable, which takes long to unfold. */
  const assign = (text: Buffer, place: number): void => {
    text[place] = EQUALS;
    if (text[place + 1] === BLANK) text[place + 1] = SPACE;
    assigned = at;
  };

  return (text, base, limit) => {
    let structure = base;
    for (; at < limit; at = head.to) {
      if (!read(at)) return -1;
      const { kind, count } = head;
      structure = kind === 'scalar' ? head.to : head.from;
      for (let blank = at; blank < structure; blank += 1) text[blank - base] = BLANK;
      if (at === assigned + 1) text[at - base] = SPACE;
      const rest = left[depth] ?? 0;
      // Each second value of a map is that of a member.
      if (isMap[depth] === 1 && rest % 2 === 1) assign(text, at - base);
      left[depth] = rest - 1;
      if (count > 0) {
        if (depth === MOST_NESTED) return -1;
        depth += 1;
        left[depth] = count;
        isMap[depth] = kind === 'map' ? 1 : 0;
      }
      leave();
    }
    return limit === body.length && depth > 0 ? -1 : structure;
  };
};
