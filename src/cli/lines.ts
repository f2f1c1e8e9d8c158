/** Where something stands: both from 1, columns in bytes. */
export interface LinePlace {
  readonly line: number;
  readonly column: number;
}

const NEWLINE = 10;
const LOW = 0x7f7f7f7f;
/** Lanes of one byte overflow after 255. */
const LANE = 255;

/** Newlines in bytes; four at a time, for a search from one to the next is slow where lines are short. */
export const countNewlines = (bytes: Uint8Array): number => {
  if (bytes.length < 16) return bytes.reduce((count, byte) => (byte === NEWLINE ? count + 1 : count), 0);
  const head = -bytes.byteOffset & 3;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + head, (bytes.length - head) >> 2);
  let count = 0;
  for (let at = 0; at < words.length; at += LANE) {
    const end = Math.min(words.length, at + LANE);
    let lanes = 0;
    for (let word = at; word < end; word += 1) {
      const x = (words[word] ?? 0) ^ 0x0a0a0a0a;
      lanes += (~(((x & LOW) + LOW) | x | LOW) >>> 7) | 0;
    }
    count += (lanes & 0xff) + ((lanes >>> 8) & 0xff) + ((lanes >>> 16) & 0xff) + (lanes >>> 24);
  }
  for (let at = 0; at < head; at += 1) if (bytes[at] === NEWLINE) count += 1;
  for (let at = head + words.length * 4; at < bytes.length; at += 1) if (bytes[at] === NEWLINE) count += 1;
  return count;
};

/** Newlines so far, and where the line begins that is open. */
export interface LineMark {
  readonly newlines: number;
  readonly lineStart: number;
}

/** The mark at `base + bytes.length`, after bytes that begin at `base`. */
export const advance = ({ newlines, lineStart }: LineMark, base: number, bytes: Uint8Array): LineMark => {
  const last = bytes.lastIndexOf(NEWLINE);
  if (last < 0) return { newlines, lineStart };
  return { newlines: newlines + countNewlines(bytes.subarray(0, last + 1)), lineStart: base + last + 1 };
};

export const placeOf = ({ newlines, lineStart }: LineMark, offset: number): LinePlace => ({
  line: newlines + 1,
  column: offset - lineStart + 1,
});

const WINDOW = 4 * 1024 * 1024;

/** Tells the place of recent offsets of a stream, whose pieces nobody writes to again; constant memory. */
export const createLines = () => {
  const kept: { readonly base: number; readonly bytes: Uint8Array; readonly before: LineMark }[] = [];
  let seen = 0;
  let mark: LineMark = { newlines: 0, lineStart: 0 };

  return {
    add(bytes: Uint8Array): void {
      kept.push({ base: seen, bytes, before: mark });
      mark = advance(mark, seen, bytes);
      seen += bytes.length;
      const [oldest] = kept;
      if (oldest && oldest.base + oldest.bytes.length < seen - WINDOW) kept.shift();
    },
    /** Of an offset within the last 4 MiB. */
    at(offset: number): LineMark {
      const piece = kept.findLast(({ base }) => base <= offset) ?? kept[0];
      if (!piece) return mark;
      return advance(piece.before, piece.base, piece.bytes.subarray(0, Math.max(0, offset - piece.base)));
    },
  };
};
