import { GUARD } from './kernel/kernel.ts';
import type { Place, Reading, Text } from './text.ts';

/** A text in a window, and how it got there. */
export interface Span {
  readonly text: Text;
  /**
   * The same in the text that was packed there, if it was: all that comes out of one packed text stands in the same bytes
   * of the flow. `unit` tells packed texts apart; 0 is the flow.
   */
  within(from: number, to: number): Within;
  /** Is what stands there given by another reading, too? */
  again(from: number, to: number): boolean;
  /** Where in the flow the bytes `from` to before `to` of the window stand, their encoded form included. */
  place(from: number, to: number): Place;
}

export interface Within extends Place {
  readonly unit: number;
}

/** The kernel tells of triggers per so many bytes: each span begins a row of its own. */
const ROW = 64;
/** Between two spans, so that nothing stands in both. */
const GAP = 32;

/** Texts put together in one window of the kernel, so that one call looks at all of them. */
export const createSheet = (window: Buffer) => {
  const spans: Span[] = [];
  let end = 0;
  const begin = (): number => (end === 0 ? 0 : (end + GAP + ROW - 1) & -ROW);

  return {
    window,
    spans,
    get end(): number {
      return end;
    },
    holds: (length: number): boolean => begin() + length <= window.length,
    /** Puts what was read in a span of another sheet here. */
    add(reading: Reading, parent: Span): void {
      const start = begin();
      window.fill(0x0a, end, start);
      window.set(reading.bytes, start);
      end = start + reading.bytes.length;
      spans.push(spanOf(reading, { parent, bytes: window, start, end }));
    },
    /** The text that is in the window from its beginning on. */
    hold(span: Span): void {
      spans.push(span);
      end = span.text.end;
    },
    /** Zeros after the last byte, as the kernel wants them. */
    close(): void {
      const room = window.length - end;
      window.fill(0, end, end + Math.min(room, GUARD));
    },
    clear(): void {
      spans.length = 0;
      end = 0;
    },
    /** The span that a place of the window belongs to; undefined between two. */
    at(place: number): Span | undefined {
      const [only] = spans;
      if (only && spans.length === 1) return place >= only.text.start && place < only.text.end ? only : undefined;
      let low = 0;
      let high = spans.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((spans[middle]?.text.start ?? 0) <= place) low = middle;
        else high = middle - 1;
      }
      const span = spans[low];
      return span && place >= span.text.start && place < span.text.end ? span : undefined;
    },
  };
};
export type Sheet = ReturnType<typeof createSheet>;

const spanOf = (
  reading: Reading,
  {
    parent,
    bytes,
    start,
    end,
  }: { readonly parent: Span; readonly bytes: Buffer; readonly start: number; readonly end: number },
): Span => ({
  text: {
    ...{ bytes, start, end, cutStart: reading.cutStart, cutEnd: reading.cutEnd },
    via: [...parent.text.via, reading.name, ...(reading.packed ? [reading.packed] : [])],
    even: true,
  },
  within(from, to) {
    if (reading.packed) return { unit: unitOf(parent, reading), start: from - start, end: to - start };
    const outer = reading.place(from - start, to - start);
    return parent.within(outer.start, outer.end);
  },
  again(from, to) {
    const outer = reading.place(from - start, to - start);
    return (reading.again === true && isInLine(parent.text.bytes, outer)) || parent.again(outer.start, outer.end);
  },
  place(from, to) {
    const outer = reading.place(from - start, to - start);
    return parent.place(outer.start, outer.end);
  },
});

const LINE_FEED = 0x0a;
const isInLine = (bytes: Buffer, { start, end }: Place): boolean => !bytes.subarray(start, end).includes(LINE_FEED);

/** Where it stands tells one packed text from another. */
const unitOf = (parent: Span, reading: Reading): number => {
  const { start, end } = reading.place(0, 1);
  return 1 + parent.place(start, end).start;
};
