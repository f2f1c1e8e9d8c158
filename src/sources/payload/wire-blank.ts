import { ROOT, type Schema, WIDTH } from './schema.ts';
import { createWire, type Wire } from './wire.ts';

const [BLANK, EQUALS, SPACE] = [0x0a, 0x3d, 0x20];
const MOST_NESTED = 100;

interface Walk extends Schema {
  readonly body: Buffer;
  readonly text: Buffer;
  readonly wire: Wire;
}

interface Message {
  readonly end: number;
  readonly kind: number;
  readonly depth: number;
}

/**
 * A copy of a protobuf body with everything blanked that stands between texts: a length or a tag may be a letter, and a
 * key that touches a letter is part of a longer word. Undefined: malformed, or nested too deep.
 */
export const blankWire = (body: Buffer, schema: Schema): Buffer | undefined => {
  const walk = { body, text: Buffer.from(body), wire: createWire(body), ...schema };
  return blankMessage(walk, 0, { end: body.length, kind: ROOT, depth: 0 }) ? walk.text : undefined;
};

/** False: malformed. */
const blankMessage = (walk: Walk, from: number, { end, kind, depth }: Message): boolean => {
  if (depth > MOST_NESTED) return false;
  const { body, text, wire, children, values } = walk;
  for (let at = from; at < end; ) {
    const tag = body[at] ?? 0;
    const length = at + 1 < end ? (body[at + 1] ?? 0) : 0x80;
    let number = tag >>> 3;
    let content = at + 2;
    let next = content + length;
    // Nearly all fields are content with a tag and a length of one byte each; the reader of any field is half as fast.
    const isShort = (tag & 0x87) === 2 && number > 0 && length < 0x80 && next <= end;
    if (!isShort) {
      next = wire.next(at, end);
      if (next < 0) return false;
      number = wire.field.number;
      content = wire.field.wire === 2 ? wire.field.from : next;
    }
    for (let blank = at; blank < content; blank += 1) text[blank] = BLANK;
    const isContent = isShort || wire.field.wire === 2;
    if (isContent && number === values[kind]) {
      // A `=` at the end of a line would be a fold of quoted-printable, which takes long to unfold.
      text[at] = EQUALS;
      text[at + 1] = SPACE;
    }
    const child = isContent && number < WIDTH ? (children[kind * WIDTH + number] ?? 0) : 0;
    if (child !== 0 && !blankMessage(walk, content, { end: next, kind: child, depth: depth + 1 })) return false;
    at = next;
  }
  return true;
};
