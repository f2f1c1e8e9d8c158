import { addAll, isByteSet } from './byte-set.ts';
import type { Cursor } from './cursor.ts';
import type { Dialect, Flags, Member } from './dialect.ts';
import type { Node } from './node.ts';

/** Reads a class, from behind its `[`. */
export const readClass = (cursor: Cursor, dialect: Dialect, flags: Flags): Node => {
  const from = cursor.at() - 1;
  const negative = cursor.skip('^');
  const content = { set: new Uint8Array(256), wide: [] as Content['wide'] };
  let first = dialect.bracketFirst;
  while (first || cursor.peek() !== ']') {
    if (cursor.done()) cursor.refuse('a [ is never closed', from);
    first = false;
    readMembers(cursor, dialect, content);
  }
  cursor.skip(']');
  return dialect.classNode(cursor, { ...content, negative, flags });
};

interface Content {
  readonly set: Uint8Array;
  readonly wide: (readonly [low: number, high: number])[];
}

/** One member, or a span of them. */
const readMembers = (cursor: Cursor, dialect: Dialect, content: Content): void => {
  const at = cursor.at();
  const low = readMember(cursor, dialect);
  const isSpan = cursor.peek() === '-' && cursor.source.charAt(cursor.at() + 1) !== ']';
  if (!isSpan || typeof low !== 'number') {
    add(content, low);
    return;
  }
  cursor.skip('-');
  const high = readMember(cursor, dialect);
  if (typeof high !== 'number') {
    if (dialect.name === 're2') cursor.refuse('a span in a class must end with a character', at);
    for (const member of [low, 0x2d, high]) add(content, member);
    return;
  }
  if (low > high) cursor.refuse('a span in a class goes from more to less', at);
  addSpan(content, low, high);
};

const readMember = (cursor: Cursor, dialect: Dialect): Member => {
  if (cursor.skip('\\')) return dialect.classEscape(cursor);
  if (cursor.peek() === '[') {
    const named = dialect.namedClass(cursor);
    if (named) return named;
  }
  return cursor.take('a ]');
};

const add = (content: Content, member: Member): void => {
  if (!isByteSet(member)) addSpan(content, member, member);
  else addAll(content.set, member);
};

const addSpan = (content: Content, low: number, high: number): void => {
  if (low <= 0x7f) content.set.fill(1, low, Math.min(high, 0x7f) + 1);
  if (high > 0x7f) content.wide.push([Math.max(low, 0x80), high]);
};
