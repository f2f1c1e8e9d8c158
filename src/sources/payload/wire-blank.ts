import { ROOT, type Schema, WIDTH } from './schema.ts';
import type { Blank } from './slices.ts';
import { createWire } from './wire.ts';

const [BLANK, EQUALS, SPACE] = [0x0a, 0x3d, 0x20];
const MOST_NESTED = 100;

/**
 * Blanks in a protobuf body everything that stands between texts: a length or a tag may be a letter, and a key that touches a
 * letter is part of a longer word.
 */
export const createWireBlank = (body: Buffer, { children, values }: Schema): Blank => {
  const wire = createWire(body);
  const { field } = wire;
  /** Of the messages that are open, outermost first: where each ends, and its kind. */
  const ends = new Uint32Array(MOST_NESTED + 1).fill(body.length, 0, 1);
  const kinds = new Uint8Array(MOST_NESTED + 1).fill(ROOT, 0, 1);
  let [at, depth] = [0, 0];

  return (text, base, limit) => {
    let structure = base;
    while (at < limit) {
      while (at === ends[depth]) depth -= 1;
      const end = ends[depth] ?? 0;
      const kind = kinds[depth] ?? 0;
      const tag = body[at] ?? 0;
      const length = at + 1 < end ? (body[at + 1] ?? 0) : 0x80;
      let number = tag >>> 3;
      let content = at + 2;
      let next = content + length;
      // Nearly all fields are content with a tag and a length of one byte each; the reader of any field is half as fast.
      const isShort = (tag & 0x87) === 2 && number > 0 && length < 0x80 && next <= end;
      if (!isShort) {
        next = wire.next(at, end);
        if (next < 0) return -1;
        number = field.number;
        content = field.wire === 2 ? field.from : next;
      }
      for (let blank = at; blank < content; blank += 1) text[blank - base] = BLANK;
      structure = content;
      const isContent = isShort || field.wire === 2;
      if (isContent && number === values[kind]) {
        // A `=` at the end of a line would be a fold of quoted-printable, which takes long to unfold.
        text[at - base] = EQUALS;
        text[at - base + 1] = SPACE;
      }
      const child = isContent && number < WIDTH ? (children[kind * WIDTH + number] ?? 0) : 0;
      at = child === 0 ? next : content;
      if (child === 0) continue;
      if (depth === MOST_NESTED) return -1;
      depth += 1;
      ends[depth] = next;
      kinds[depth] = child;
    }
    return structure;
  };
};
