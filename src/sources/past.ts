/** The end of what was emitted of one flow, to be emitted once more, or to be looked at where something was found. */
export interface Past {
  /** Keeps the bytes as they are: they must not be changed any more. */
  add(bytes: Uint8Array): void;
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
/** Many small parts are joined, so that single bytes do not cost an object each. */
const MOST_PARTS = 64;

export const createPast = (): Past => {
  let parts: Uint8Array[] = [];
  let size = 0;
  /** Offset in the flow of what comes next. */
  let end = 0;

  const whole = (): Buffer => {
    const [first] = parts;
    const bytes = first && parts.length === 1 ? first : Buffer.concat(parts);
    parts = bytes.length > 0 ? [bytes] : [];
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };

  return {
    add(bytes) {
      if (bytes.length === 0) return;
      parts.push(bytes);
      size += bytes.length;
      end += bytes.length;
      for (let first = parts[0]; first && size - first.length >= ROOM; first = parts[0]) {
        size -= first.length;
        parts.shift();
      }
      if (parts.length > MOST_PARTS) whole();
    },
    last: (most) => whole().subarray(-most),
    open(most) {
      const bytes = whole();
      return bytes.subarray(Math.max(bytes.lastIndexOf(NEWLINE) + 1, bytes.length - most));
    },
    restart(length) {
      end = length;
    },
    around: (offset) => ({ bytes: whole(), at: offset - (end - size) }),
  };
};
