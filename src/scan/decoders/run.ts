import type { Sizes, Text } from '../text.ts';
import { BACKSLASH, type Bytes, byteAt, NO_VALUE, setOf } from './bytes.ts';
import { packingOf } from './inflate.ts';
import { isPhysical } from './lines.ts';
import { headOf } from './sextets.ts';
import { createWrap } from './wrap.ts';

const EQUALS = 0x3d;
/** Packed text can only be read from its beginning: so many pieces of it are taken at once. */
const PACKED_PIECES = 16;
/** Nothing of use is packed in less. */
export const SHORTEST_PACKED = 40;

/** Digits of an encoding on end, over line ends if they are wrapped. Overwritten by the next one. */
export interface Run {
  readonly digits: Uint8Array;
  readonly count: number;
  /** Offset in the text after the last of them, and after padding. */
  readonly to: number;
  readonly padded: number;
  /** It goes on, but was taken to be long enough. */
  readonly stopped: boolean;
  readonly cutStart: boolean;
  readonly cutEnd: boolean;
  readonly lines: boolean;
  /** The text ended with a line of it, and the next line may go on with it; or in a line that may be none of it. */
  readonly open: boolean;
  /** Gives where the digit of an index stands; good for ever. */
  places(): (index: number) => number;
  /** Each line of it as a run of its own. */
  rows(): readonly Run[];
}

/** Reads the run that the byte at `at` belongs to, or begins. `values`: of each digit. */
export const createRun = ({ overlap, piece }: Sizes, values: Bytes) => {
  const sink = createSink(piece, values);
  const belongs = (byte: number): boolean => values[byte] !== NO_VALUE;
  const wrap = createWrap({ belongs, closes, shortest: 40 });

  const beginning = createBeginning({ wrap, belongs, overlap });

  return (text: Text, at: number): Run => {
    const from = beginning(text, at);
    const lines: [number, number][] = [];
    let limit = piece;
    let count = 0;
    let broken = false;
    let next = from;
    let to = from;
    while (next >= 0 && next < text.end) {
      lines.push([count, next]);
      to = sink.fill(text, next, { count, limit });
      if (count === 0 && isPacked(sink.digits(), to - next)) {
        limit = PACKED_PIECES * piece;
        to = sink.fill(text, next, { count, limit });
      }
      count += to - next;
      next = count < limit ? wrap.after(text, next, to) : -1;
      broken ||= next >= 0 && isPhysical(text, to);
    }
    const { start, end, bytes } = text;
    const stopped = count >= limit && to < end;
    // What looks like its last line may turn out to be none.
    const open = next === end || (broken && text.cutEnd && to >= end);
    const inside = from > start && at - from >= overlap && belongs(bytes[from - 1] ?? 0);
    const run: Run = {
      ...{ digits: sink.digits(), count, to, padded: afterPadding(text, to), stopped, open },
      cutStart: inside || (text.cutStart && from === start),
      cutEnd: stopped || open || (text.cutEnd && to >= end),
      lines: open || broken,
      places: () => createPlaces(lines),
      rows: () => lines.map(([first], row) => rowOf(text, run, [first, lines[row + 1]?.[0] ?? count])),
    };
    return run;
  };
};

interface Beginning {
  readonly wrap: ReturnType<typeof createWrap>;
  readonly belongs: (byte: number) => boolean;
  readonly overlap: number;
}

/** Where the run of `at` begins, as far as a key could reach from there. */
const createBeginning =
  ({ wrap, belongs, overlap }: Beginning) =>
  (text: Text, at: number): number => {
    const least = Math.max(text.start, at - overlap);
    let from = at;
    for (;;) {
      while (from > least && belongs(text.bytes[from - 1] ?? 0)) from -= 1;
      const before = from > least ? wrap.before(text, from) : -1;
      if (before < least) return afterEscape(text, from);
      from = before;
    }
  };

/** The digits `first` to before `last` of a run, which are one line of it. */
const rowOf = (text: Text, run: Run, [first, last]: readonly [number, number]): Run => {
  const at = run.places();
  const to = at(last - 1) + 1;
  const isLast = last === run.count;
  return {
    ...{ digits: run.digits.subarray(first, last), count: last - first, to, lines: false, open: false },
    ...{ padded: afterPadding(text, to), stopped: isLast && run.stopped },
    cutStart: first === 0 && run.cutStart,
    cutEnd: isLast && (run.stopped || (text.cutEnd && to >= text.end)),
    places: () => (index) => at(first + index),
    rows: () => [],
  };
};

/** Where digits are put: room for a piece, and for a packed run once there is one. */
const createSink = (piece: number, values: Bytes) => {
  let digits = new Uint8Array(piece);
  return {
    digits: (): Uint8Array => digits,
    /** Puts those from `from` on behind `count` others, up to `limit`; returns where they end. */
    fill({ bytes, end }: Text, from: number, { count, limit }: { readonly count: number; readonly limit: number }) {
      const most = Math.min(end, from + limit - count);
      if (limit > digits.length) {
        const more = new Uint8Array(limit);
        more.set(digits);
        digits = more;
      }
      let to = from;
      for (; to < most; to += 1) {
        const value = values[bytes[to] ?? 0] ?? NO_VALUE;
        if (value === NO_VALUE) break;
        digits[count + to - from] = value;
      }
      return to;
    },
  };
};

const isPacked = (digits: Uint8Array, count: number): boolean =>
  count >= SHORTEST_PACKED && packingOf(headOf(digits)) !== undefined;

/** The letter of `\n`, `\r`, `\t` before a run is none of it. */
const afterEscape = ({ bytes, start }: Text, at: number): number => {
  const letter = bytes[at];
  const escaped = at > start && bytes[at - 1] === BACKSLASH;
  return escaped && (letter === 0x6e || letter === 0x72 || letter === 0x74) ? at + 1 : at;
};

/** After a line of a wrapped run, these show that it was no line of something else. */
const closing = setOf('=\'"`\\<,;)]}\n\r');
const closes = (text: Text, at: number): boolean => closing[byteAt(text, at) & 0xff] === 1;

const afterPadding = (text: Text, at: number): number => {
  let to = at;
  while (to < at + 2 && byteAt(text, to) === EQUALS) to += 1;
  return to;
};

const createPlaces =
  (lines: readonly (readonly [number, number])[]) =>
  (index: number): number => {
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lines[middle]?.[0] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const [first = 0, at = 0] = lines[low] ?? [];
    return at + index - first;
  };
