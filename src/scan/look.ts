import type { Budget } from './budget.ts';
import { decoders } from './decoders/index.ts';
import { hasBlank } from './flows.ts';
import { type Kernel, TRIGGER, triggers } from './kernel/kernel.ts';
import { createSheet, type Sheet, type Span } from './sheet.ts';
import type { Decode, Place, Reading, Sizes, Text } from './text.ts';
import { wakers } from './wakers.ts';

interface LookNeeds {
  readonly kernel: Kernel;
  readonly sizes: Sizes;
  readonly budget: Budget;
  /** So many anchors are the rules'; those behind wake decoders. */
  readonly anchors: number;
  /** Tries what an anchor stands for. */
  confirm(span: Span, at: number, anchor: number): void;
  /** Something that goes over the end of a line begins here and may go on in the next fragment. */
  open(place: number): void;
  /** Whether what begins here goes over the end of a line is not known yet. */
  hold(place: number): void;
}

/** A window of the kernel: what stands in it, who decodes what is encoded there, and where that is, trigger by trigger. */
interface Level {
  readonly depth: number;
  readonly sheet: Sheet;
  readonly decode: readonly Decode[];
  readonly woken: readonly number[][];
}

/**
 * Looks at the text in the kernel's first window, then at all that is encoded in it, put together in the second window,
 * and so on, as deep as there are windows.
 */
export const createLook = (needs: LookNeeds) => {
  const { kernel, sizes } = needs;
  const levels = kernel.windows.map(
    (window, depth): Level => ({
      depth,
      sheet: createSheet(window),
      decode: triggers.map((trigger) => decoders[trigger]({ ...sizes, room: needs.budget.room })),
      woken: triggers.map(() => []),
    }),
  );

  const look = (level: Level): void => {
    level.sheet.close();
    confirmAll(level, needs);
    const inner = levels[level.depth + 1];
    if (inner) {
      decodeAll(level, needs, (reading, span) => {
        noteOpen(reading, span, needs);
        if (reading.bytes.length === 0) return;
        if (!reading.packed && !needs.budget.mayDecode(reading.bytes.length)) return;
        if (!inner.sheet.holds(reading.bytes.length)) look(inner);
        inner.sheet.add(reading, span);
      });
      if (inner.sheet.end > 0) look(inner);
    }
    level.sheet.clear();
  };

  const [first] = levels;
  if (!first) throw new RangeError('a kernel has at least one window');
  return {
    /** Where bytes of a flow are put, from its start on. */
    window: first.sheet.window,
    /** Looks at what was put in the window; `base` is the offset in the flow of its first byte. */
    run(text: Pick<Text, 'end' | 'cutStart' | 'cutEnd' | 'even'>, base: number): void {
      const place = (from: number, to: number): Place => ({ start: base + from, end: base + to });
      const within = (from: number, to: number) => ({ unit: 0, ...place(from, to) });
      first.sheet.hold({
        text: { ...text, bytes: first.sheet.window, start: 0, via: [] },
        place,
        within,
        again: () => false,
      });
      look(first);
    },
  };
};

/** Confirms the anchors of a window, and notes its triggers. */
const confirmAll = ({ depth, sheet, woken }: Level, { kernel, anchors, confirm }: LookNeeds): void => {
  for (const places of woken) places.length = 0;
  for (let from = 0; from < sheet.end; ) {
    const { count, at, what, done } = kernel.look(depth, from, sheet.end);
    for (let i = 0; i < count; i += 1) {
      const place = at[i] ?? 0;
      const name = what[i] ?? 0;
      if (name >= TRIGGER) woken[name - TRIGGER]?.push(place);
      else if (name >= anchors) wake(woken, name - anchors, place);
      else {
        const span = sheet.at(place);
        if (span) confirm(span, place, name);
      }
    }
    from = Math.max(done, from + 1);
  }
  // Wakers and triggers come in no order.
  for (const kind of wokenBySequences) woken[kind]?.sort((one, other) => one - other);
};

const kinds = wakers.map(({ encoding }) => triggers.indexOf(encoding));
const wokenBySequences = new Set(kinds);
const wake = (woken: readonly number[][], waker: number, at: number): void => {
  woken[kinds[waker] ?? 0]?.push(at + (wakers[waker]?.offset ?? 0));
};

/** Reads what is encoded in a window, one encoding after the other. */
const decodeAll = (
  { sheet, woken, decode }: Level,
  { budget }: LookNeeds,
  take: (reading: Reading, span: Span) => void,
): void => {
  for (const [kind, read] of decode.entries()) {
    let next = 0;
    for (const at of woken[kind] ?? []) {
      const span = at < next ? undefined : sheet.at(at);
      if (span && !budget.mayRead()) return;
      if (span) next = read(span.text, at, (reading) => take(reading, span));
    }
  }
};

const noteOpen = (reading: Reading, { text, place }: Span, { open, hold }: LookNeeds): void => {
  if (!reading.open && !reading.cutEnd) return;
  const { start, end } = reading.place(0, reading.bytes.length);
  if (reading.open) hold(place(start, end).start);
  else if (reading.lines || hasBlank(text.bytes.subarray(start + 1, end))) open(place(start, end).start);
};
