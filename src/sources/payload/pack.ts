/** Reads the heads of values in MessagePack: https://github.com/msgpack/msgpack/blob/master/spec.md */

export type PackKind = 'scalar' | 'text' | 'bytes' | 'ext' | 'array' | 'map';

/**
 * `from` to `to`: the content of text, bytes and ext, the number of a scalar. An array and a map have `count` values
 * (a map two for each member), the first at `to`. `type`: first byte of the head, or the type of an ext.
 */
export interface PackHead {
  kind: PackKind;
  type: number;
  count: number;
  from: number;
  to: number;
}

export interface Pack {
  /** Written over by every `read`. */
  readonly head: PackHead;
  /** Reads the head at `at`. False: there is none, or what it holds would reach beyond the end. */
  read(at: number): boolean;
  /** Where the value at `at` ends; -1: malformed, or nested too deep. */
  skip(at: number): number;
}

const MOST_NESTED = 100;

interface Form {
  readonly kind: PackKind;
  /** Bytes of the length or count that follow. */
  readonly sized: number;
  /** Bytes or values, where no length follows. */
  readonly fixed: number;
}
const form = (kind: PackKind, sized: number, fixed = 0): Form => ({ kind, sized, fixed });
const sizes = (kind: PackKind, ...sized: readonly number[]): readonly Form[] => sized.map((size) => form(kind, size));
const fixes = (kind: PackKind, ...fixed: readonly number[]): readonly Form[] =>
  fixed.map((size) => form(kind, 0, size));

/** 0xc0 to 0xdf; 0xc1 is never used. */
const LARGE: readonly (Form | undefined)[] = [
  ...[form('scalar', 0), undefined, form('scalar', 0), form('scalar', 0)],
  ...[...sizes('bytes', 1, 2, 4), ...sizes('ext', 1, 2, 4), ...fixes('scalar', 4, 8, 1, 2, 4, 8, 1, 2, 4, 8)],
  ...[...fixes('ext', 1, 2, 4, 8, 16), ...sizes('text', 1, 2, 4), ...sizes('array', 2, 4), ...sizes('map', 2, 4)],
];

const formOf = (byte: number): Form | undefined => {
  if (byte < 0x80 || byte >= 0xe0) return form('scalar', 0);
  if (byte < 0x90) return form('map', 0, byte & 15);
  if (byte < 0xa0) return form('array', 0, byte & 15);
  return byte < 0xc0 ? form('text', 0, byte & 31) : LARGE[byte - 0xc0];
};
/** By the first byte. */
const FORMS = Array.from({ length: 256 }, (_, byte) => formOf(byte));

export const createPack = (body: Buffer): Pack => {
  const head: PackHead = { kind: 'scalar', type: 0, count: 0, from: 0, to: 0 };
  const read = (at: number): boolean => {
    const first = body[at] ?? 0xc1;
    const kindOf = FORMS[first];
    if (!kindOf) return false;
    const { kind, sized, fixed } = kindOf;
    const typed = kind === 'ext' ? 1 : 0;
    head.from = at + 1 + sized + typed;
    if (head.from > body.length) return false;
    const size = sized === 0 ? fixed : body.readUIntBE(at + 1, sized);
    const holds = kind === 'array' || kind === 'map';
    head.kind = kind;
    head.type = typed === 1 ? body.readInt8(at + 1 + sized) : first;
    head.count = kind === 'map' ? size * 2 : kind === 'array' ? size : 0;
    head.to = holds ? head.from : head.from + size;
    return head.to <= body.length;
  };
  let depth = 0;
  const skip = (at: number): number => {
    if (!read(at)) return -1;
    let end = head.to;
    if (head.count === 0) return end;
    depth += 1;
    for (let left = depth > MOST_NESTED ? -1 : head.count; left !== 0 && end >= 0; left -= 1) {
      end = left < 0 ? -1 : skip(end);
    }
    depth -= 1;
    return end;
  };
  return { head, read, skip };
};
