/** The end of what was emitted of one flow, to be emitted once more, or to be looked at where something was found. */
export interface Past {
  /** Keeps a copy of as much of them as anybody may ask for. */
  add(bytes: Uint8Array): void;
  // What is given is good until more is added.
  /** The last bytes, at most so many. */
  last(most: number): Buffer;
  /** The last line, if it has no end yet; at most so many bytes of it. */
  open(most: number): Buffer;
  /** The flow begins anew, with the last `length` bytes. */
  restart(length: number): void;
  /** All that is kept, and where in it an offset of the flow stands. */
  around(offset: number): { readonly bytes: Buffer; readonly at: number };
}

const NEWLINE = 0x0a;
/** Further than any key reaches from where something of it is still open, with the head of its message. */
const ROOM = 64 * 1024;
/** A flow that is short holds little; and one that is long is not moved together with each piece. */
const FIRST = 4 * 1024;
const MOST = 2 * ROOM;

export const createPast = (): Past => {
  let kept = Buffer.alloc(0);
  let size = 0;
  /** Offset in the flow of what comes next. */
  let end = 0;

  const makeRoom = (length: number): void => {
    if (size + length <= kept.length) return;
    const rest = kept.subarray(size - Math.min(size, ROOM), size);
    const larger = Math.min(MOST, Math.max(FIRST, 2 * (size + length)));
    const into = larger > kept.length ? Buffer.allocUnsafeSlow(larger) : kept;
    into.set(rest);
    kept = into;
    size = rest.length;
  };

  return {
    add(bytes) {
      end += bytes.length;
      const last = bytes.subarray(-ROOM);
      makeRoom(last.length);
      kept.set(last, size);
      size += last.length;
    },
    last: (most) => kept.subarray(Math.max(0, size - most), size),
    open(most) {
      const begin = kept.subarray(0, size).lastIndexOf(NEWLINE) + 1;
      return kept.subarray(Math.max(begin, size - most), size);
    },
    restart(length) {
      end = length;
    },
    around: (offset) => ({ bytes: kept.subarray(0, size), at: offset - (end - size) }),
  };
};
