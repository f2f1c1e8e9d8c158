import { createPack } from './pack.ts';

const BLANK = 0x0a;
const EQUALS = 0x3d;
const SPACE = 0x20;
const MOST_NESTED = 100;

/**
 * A copy of a body of MessagePack values with everything blanked that is no text, bytes or ext: the head of a value may
 * be a letter, and a key that touches a letter is part of a longer word. Before the value of a member stands a `=`, for
 * keys that are told by a name. Undefined: malformed, or nested too deep.
 */
export const blankPack = (body: Buffer): Buffer | undefined => {
  const text = Buffer.from(body);
  const { head, read } = createPack(body);
  /** A `=` at the end of a line would be a fold of quoted-printable, which takes long to unfold. */
  const assign = (at: number): void => {
    text[at] = EQUALS;
    if (text[at + 1] === BLANK) text[at + 1] = SPACE;
  };
  /** Where the value ends; -1: malformed. */
  const value = (at: number, depth: number): number => {
    if (depth > MOST_NESTED || !read(at)) return -1;
    const { kind, count, to } = head;
    const structure = kind === 'scalar' ? to : head.from;
    for (let blank = at; blank < structure; blank += 1) text[blank] = BLANK;
    let end = to;
    for (let nth = 0; nth < count && end >= 0; nth += 1) {
      const begin = end;
      end = value(begin, depth + 1);
      if (kind === 'map' && nth % 2 === 1) assign(begin);
    }
    return end;
  };
  let at = 0;
  while (at >= 0 && at < body.length) at = value(at, 0);
  return at < 0 ? undefined : text;
};
