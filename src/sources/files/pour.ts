import type { Clock } from '../../core/clock.ts';
import type { Emit, Fragment, Horizon, Place } from '../../core/fragment.ts';
import { type LogPlace, Origin } from '../../core/origin.ts';
import { placeOf } from '../log-place.ts';
import { GivenUp, unlessStopped } from '../waiting.ts';
import { type Held, NONE } from './cursors.ts';
import { type Format, formatOf } from './formats.ts';
import { type Line, lineAround, type ReadNow } from './line.ts';
import { placeOfPath } from './path-place.ts';
import { createSplits, type Splits } from './splits.ts';

/** What all followed files share. */
export interface FollowNeeds {
  readonly emit: Emit;
  readonly stop: AbortSignal;
  readonly clock: Clock;
  /** What is read stands here until it is durable: one file has its turn at a time. */
  readonly buffer: Buffer;
  nextFlow(): string;
  /** So many bytes are durable, after so long. */
  accepted(bytes: number, seconds: number): void;
}

interface PourNeeds extends FollowNeeds {
  /** As it is called now. */
  path(): string;
  /** The beginning of the file, as far as it is known. */
  head(): Uint8Array;
  readonly read: ReadNow;
  /** What stands before a place that a new flow begins at, at most `RECALL`. */
  before(at: number): Promise<Buffer>;
  /** The last bytes of the file that stood at this one's place before, at most `RECALL`; none when it cannot be read. */
  previous(): Promise<Buffer>;
  /** These bytes, the next of the file, are durable; so much before their end is held back. */
  moved(bytes: Buffer, held: Held): void;
}

/** Where in a file a flow begins, from where on cut lines are put together in it, and what of it was given before. */
export interface FlowStart {
  readonly at: number;
  readonly fresh: number;
  readonly settled?: Horizon;
}

/** Turns the bytes of one file into fragments. Rejects as `emit` does, and with `GivenUp`. */
export interface Pour {
  /** What is put next stands at `at`, in a flow of its own. `told`: what goes over cuts before it is known. */
  begin(from: FlowStart & { readonly told: boolean }): void;
  /** Emits the whole lines of what follows, and lines above 256 KiB in parts; gives how many bytes that were. */
  put(bytes: Buffer): Promise<number>;
  /** Shows these bytes, the next of the file, and what the scanner holds back of those before, without moving on. */
  show(bytes: Buffer): Promise<void>;
  /** Emits the last bytes, and ends the flow. */
  end(bytes: Buffer): Promise<void>;
}

/** The largest fragment: large enough that what each costs does not count. */
export const STEP = 256 * 1024;
/** Further back than a line was cut that still goes on. */
export const RECALL = 256 * 1024;
const NEWLINE = 0x0a;

interface State {
  at: number;
  /** Where the flow began, and from where on cut lines are put together. */
  base: number;
  fresh: number;
  flow: string;
  told: boolean;
  settled: Horizon | undefined;
  format: Format | undefined;
  splits: Splits | undefined;
}

type EmitPart = (part: Omit<Fragment, 'origin'>) => Promise<void>;

const BEGIN = {
  at: 0,
  base: 0,
  fresh: 0,
  flow: '',
  told: false,
  settled: undefined,
  format: undefined,
  splits: undefined,
};

export const createPour = (needs: PourNeeds): Pour => {
  const state: State = { ...BEGIN };
  const { send, sendNext } = createSends(state, needs);

  return {
    begin(from) {
      Object.assign(state, { ...BEGIN, ...from, base: from.at, flow: needs.nextFlow() });
    },
    async put(bytes) {
      let from = 0;
      for (;;) {
        const piece = bytes.subarray(from, from + STEP);
        const length = piece.lastIndexOf(NEWLINE) + 1 || (piece.length === STEP ? STEP : 0);
        if (length === 0) return from;
        await sendNext(piece.subarray(0, length));
        from += length;
      }
    },
    show: (bytes) => send(bytes, { peek: true }),
    async end(bytes) {
      await send(bytes, { last: true });
      await state.splits?.end();
      needs.moved(bytes, NONE);
    },
  };
};

/** Emits bytes of the flow as they are, and its next ones, with what was cut and goes on in them. */
const createSends = (state: State, needs: PourNeeds) => {
  const { origin, originOf, forget } = createOrigins(needs, () => state.format?.end);
  const emit: EmitPart = async (part) => {
    if (needs.stop.aborted) throw new GivenUp();
    forget();
    await unlessStopped(needs.emit({ ...part, origin: origin() }), needs.stop);
  };
  const send = async (bytes: Buffer, about: Pick<Fragment, 'last' | 'peek' | 'settles'>): Promise<void> => {
    const { base, flow, settled } = state;
    const begun = needs.clock.monotonic();
    const locate = (place: Place): Origin => originOf({ ...place, offset: base + place.offset });
    await emit({ bytes, flow, settled, ...about, locate });
    state.settled = undefined; // The flow knows by now.
    needs.accepted(bytes.length, (needs.clock.monotonic() - begun) / 1_000);
  };
  const splits = createSplitting(state, { ...needs, emit, originOf });
  const sendNext = async (bytes: Buffer): Promise<void> => {
    const end = state.at + bytes.length - state.base;
    let held: Held = NONE;
    const settles: Fragment['settles'] = ({ words, lines, waits }) => {
      held = { words: Math.max(0, end - words), lines: Math.max(0, end - lines), waits };
    };
    await send(bytes, { settles });
    const skipped = Math.min(bytes.length, Math.max(0, state.fresh - state.at));
    await (await splits())?.add(bytes.subarray(skipped), state.at + skipped);
    state.at += bytes.length;
    needs.moved(bytes, held);
  };
  return { send, sendNext };
};

/** Where a fragment stands, and where a line of it does. */
const createOrigins = ({ path, clock, read }: PourNeeds, end: () => string | undefined) => {
  let known: Origin | undefined;
  let name = '';
  const origin = (): Origin => {
    if (name !== path() || !known) known = Origin.parse({ source: 'file', locator: path(), receivedAt: 0 });
    name = path();
    return { ...known, receivedAt: clock.now() };
  };
  /** The line that was looked at last, and what it says: a line full of hits is read once. */
  let line: (Pick<Line, 'from' | 'to'> & { readonly said: LogPlace }) | undefined;
  const saidAt = (place: Place): LogPlace => {
    if (line && line.from <= place.offset && place.offset < line.to) return line.said;
    const { bytes, ...span } = lineAround(read, place, end());
    line = { ...span, said: placeOf(bytes, clock.now()) };
    return line.said;
  };
  const originOf = (place: Place): Origin => {
    const log = { ...saidAt(place), ...placeOfPath(path()) };
    return Origin.parse({ ...origin(), log });
  };
  /** What stands there may be another line by now. */
  const forget = (): void => {
    line = undefined;
  };
  return { origin, originOf, forget };
};

interface Splitting extends Omit<PourNeeds, 'emit'> {
  readonly emit: EmitPart;
  originOf(place: Place): Origin;
}

/**
 * What puts cut lines together; undefined where no line is ever cut. A line that was cut before the flow began goes on in it,
 * also when that was in the file before: a runtime may turn its file in the middle of a line.
 */
const createSplitting = (state: State, needs: Splitting) => async (): Promise<Splits | undefined> => {
  if (state.format) return state.splits;
  const { fresh, told } = state;
  state.format = formatOf(needs.head());
  const { next } = state.format;
  if (!next) return undefined;
  const splits = createSplits({ ...needs, next });
  const before = fresh > 0 ? await needs.before(fresh) : Buffer.alloc(0);
  const from = before.length === fresh ? 0 : before.indexOf(NEWLINE) + 1;
  if (before.length === fresh) {
    const previous = await needs.previous();
    splits.recall(previous, -previous.length, true);
  }
  splits.recall(before.subarray(from), fresh - before.length + from, told);
  state.splits = splits;
  return splits;
};
