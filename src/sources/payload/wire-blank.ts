import { ROOT, type Schema, WIDTH } from './schema.ts';
import { createWire } from './wire.ts';

const BLANK = 0x0a;
/** `=` alone at the end of a line would be a fold of quoted-printable, which takes long to unfold. */
const ASSIGNS = Buffer.from('= ');
const MOST_NESTED = 100;

/**
 * A copy of a protobuf body with everything blanked that stands between texts: a length or a tag may be a letter, and a
 * key that touches a letter is part of a longer word. Undefined: malformed, or nested too deep.
 */
export const blankWire = (body: Buffer, { children, values }: Schema): Buffer | undefined => {
  const text = Buffer.from(body);
  const wire = createWire(body);
  const { field } = wire;
  let depth = 0;
  const message = (from: number, end: number, kind: number): boolean => {
    let at = from;
    while (at < end) {
      const next = wire.next(at, end);
      if (next < 0) return false;
      const { number, from: content } = field;
      const isContent = field.wire === 2;
      const structure = isContent ? content : next;
      for (let blank = at; blank < structure; blank += 1) text[blank] = BLANK;
      if (isContent && number === values[kind]) text.set(ASSIGNS, at);
      const child = isContent && number < WIDTH ? children[kind * WIDTH + number] : 0;
      if (child && !nested(content, next, child)) return false;
      at = next;
    }
    return true;
  };
  const nested = (from: number, end: number, kind: number): boolean => {
    depth += 1;
    const whole = depth <= MOST_NESTED && message(from, end, kind);
    depth -= 1;
    return whole;
  };
  return nested(0, body.length, ROOT) ? text : undefined;
};
