import type { Place, Reading } from '../text.ts';

/** A mark is three numbers: the decoded byte, where its encoded form begins, and how long that is. */
const MARK = 3;

type About = Omit<Reading, 'bytes' | 'place'>;

/** Writes down what is read, and remembers where it stands. */
export interface Pen {
  begin(): void;
  /** Adds a byte that is written by the `width` bytes from `at` on. */
  put(byte: number, at: number, width: number): void;
  length(): number;
  /** Of the bytes since `begin`. They are overwritten after the next `begin`; the places stay. */
  reading(about: About): Reading;
}

/** Grows to the longest reading and is then used again and again. */
export const createPen = (): Pen => {
  let bytes = new Uint8Array(1024);
  let marks = new Uint32Array(64 * MARK);
  let length = 0;
  let used = 0;
  let expected = -1;

  const mark = (at: number, width: number): void => {
    if (used + MARK > marks.length) {
      const more = new Uint32Array(2 * marks.length);
      more.set(marks);
      marks = more;
    }
    marks[used] = length;
    marks[used + 1] = at;
    marks[used + 2] = width;
    used += MARK;
  };

  const grow = (): void => {
    const more = new Uint8Array(2 * bytes.length);
    more.set(bytes);
    bytes = more;
  };

  return {
    begin() {
      length = 0;
      used = 0;
      expected = -1;
    },
    put(byte, at, width) {
      if (length === bytes.length) grow();
      if (at !== expected || width !== 1) mark(at, width);
      bytes[length] = byte;
      length += 1;
      expected = at + width;
    },
    length: () => length,
    reading: (about) => ({ ...about, bytes: bytes.subarray(0, length), place: createPlace(marks.slice(0, used)) }),
  };
};

/** Between two marks one decoded byte is one byte. */
const createPlace = (marks: Uint32Array): Reading['place'] => {
  /** The last mark at or before the decoded byte. */
  const markOf = (byte: number): number => {
    let low = 0;
    let high = marks.length / MARK - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((marks[middle * MARK] ?? 0) <= byte) low = middle;
      else high = middle - 1;
    }
    return low * MARK;
  };
  const standsAt = (byte: number): Place => {
    const mark = markOf(byte);
    const [first = 0, at = 0, width = 0] = [marks[mark], marks[mark + 1], marks[mark + 2]];
    if (byte <= first) return { start: at, end: at + width };
    const start = at + width + (byte - first - 1);
    return { start, end: start + 1 };
  };
  return (from, to) => {
    const { start } = standsAt(from);
    return { start, end: to > from ? standsAt(to - 1).end : start };
  };
};
