import type { Place, Reading } from '../text.ts';

/** A mark is three numbers: the decoded byte, where its encoded form begins, and how long that is. */
const MARK = 3;

type About = Omit<Reading, 'bytes' | 'place'>;

/** Writes down what is read, and remembers where it stands. */
export interface Pen {
  begin(): void;
  /** Adds a byte that is written by the `width` bytes from `at` on. */
  put(byte: number, at: number, width: number): void;
  /** Adds bytes as they stand. */
  copy(bytes: Uint8Array, from: number, to: number): void;
  length(): number;
  /** Of the bytes since `begin`. They are overwritten after the next `begin`; the places stay. */
  reading(about: About): Reading;
}

/** Grows to the longest reading and is then used again and again. */
export const createPen = (): Pen => {
  let sheet = new Uint8Array(1024);
  let marks = new Uint32Array(64 * MARK);
  let length = 0;
  let used = 0;
  /** Where the next byte stands, and how wide it is, if it needs no mark. */
  let expected = -1;
  let usual = 0;

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
    usual = width;
  };

  const makeRoom = (count: number): void => {
    const more = new Uint8Array(2 * sheet.length + count);
    more.set(sheet);
    sheet = more;
  };

  return {
    begin() {
      length = 0;
      used = 0;
      expected = -1;
    },
    put(byte, at, width) {
      if (length === sheet.length) makeRoom(1);
      if (at !== expected || width !== usual) mark(at, width);
      sheet[length] = byte;
      length += 1;
      expected = at + width;
    },
    copy(bytes, from, to) {
      if (to <= from) return;
      if (length + to - from > sheet.length) makeRoom(to - from);
      if (from !== expected || usual !== 1) mark(from, 1);
      for (let at = from, into = length; at < to; at += 1, into += 1) sheet[into] = bytes[at] ?? 0;
      length += to - from;
      expected = to;
    },
    length: () => length,
    reading: (about) => ({ ...about, bytes: sheet.subarray(0, length), place: createPlace(marks.slice(0, used)) }),
  };
};

/** Between two marks, bytes stand one after another, each as wide as the first. */
const createPlace = (marks: Uint32Array): Reading['place'] => {
  /** Index of the last mark at or before the decoded byte. */
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
    const width = marks[mark + 2] ?? 0;
    const start = (marks[mark + 1] ?? 0) + (byte - (marks[mark] ?? 0)) * width;
    return { start, end: start + width };
  };
  return (from, to) => {
    const { start } = standsAt(from);
    return { start, end: to > from ? standsAt(to - 1).end : start };
  };
};
