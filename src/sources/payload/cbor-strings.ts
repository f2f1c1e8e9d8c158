/** Kinds of values in CBOR: https://www.rfc-editor.org/rfc/rfc8949#section-3 */
const [BYTES, TEXT, LIST, MAP, TAG] = [2, 3, 4, 5, 6];
const BREAK = 0xff;
/** Numbers in a head: from here on so many bytes follow, and until a break. */
const [SIZED, WRONG, OPEN] = [24, 28, 31];
const MOST_NESTED = 100;

/** Where the texts and bytes of a list or map in CBOR begin and end, in turn; undefined: it is none, to its last byte. */
export const cborStrings = (body: Buffer): readonly number[] | undefined => {
  const edges: number[] = [];
  /** Values that are still to come of what is open, outermost first; Infinity: until a break. */
  const left: number[] = [1];
  let at = 0;

  /** The number of a head; NaN: the end cuts it. */
  const numberOf = (low: number): number => {
    if (low < SIZED) return low;
    const [from, size] = [at, 1 << (low - SIZED)];
    at += size;
    if (at > body.length) return Number.NaN;
    return size === 8 ? Number(body.readBigUInt64BE(from)) : body.readUIntBE(from, size);
  };
  /** Passes over one head and what is no value of its own. False: it is none. */
  const pass = (head: number): boolean => {
    if (head === BREAK) return left.pop() === Number.POSITIVE_INFINITY;
    const [kind, low] = [head >> 5, head & 31];
    const isOpen = low === OPEN && kind >= BYTES && kind <= MAP;
    if (low >= WRONG && !isOpen) return false;
    const number = isOpen ? Number.POSITIVE_INFINITY : numberOf(low);
    if (kind !== TAG) left.push((left.pop() ?? 0) - 1);
    if (kind === LIST || isOpen) left.push(number);
    else if (kind === MAP) left.push(2 * number);
    else if (kind === BYTES || kind === TEXT) {
      edges.push(at, at + number);
      at += number;
    }
    return at <= body.length && left.length < MOST_NESTED;
  };

  const [root, first] = [(body[0] ?? 0) >> 5, (body[1] ?? 0) >> 5];
  // A field of protobuf with a tag of two bytes begins as a list or map of numbers does.
  if (root < LIST || root > MAP || first < TEXT || first > MAP) return undefined;
  while (left.length > 0) {
    if (left.at(-1) === 0) left.pop();
    else {
      const head = body[at];
      at += 1;
      if (head === undefined || !pass(head)) return undefined;
    }
  }
  return at === body.length ? edges : undefined;
};
