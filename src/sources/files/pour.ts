import type { Clock } from '../../core/clock.ts';
import type { Emit, Fragment, Place } from '../../core/fragment.ts';
import { type LogPlace, Origin } from '../../core/origin.ts';
import { placeOf } from '../log-place.ts';
import { GivenUp, unlessStopped } from '../waiting.ts';
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
  /** These bytes, the next of the file, are durable. */
  moved(bytes: Buffer): void;
}

/** Turns the bytes of one file into fragments. Rejects as `emit` does, and with `GivenUp`. */
export interface Pour {
  /** What is put next stands at `at`, in a flow of its own. `told`: what goes over cuts before it is known. */
  begin(at: number, told: boolean): void;
  /** Emits the whole lines of what follows, and lines above 256 KiB in parts; gives how many bytes that were. */
  put(bytes: Buffer): Promise<number>;
  /** Shows what stands at `at` without moving on. */
  show(bytes: Buffer, at: number): Promise<void>;
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
  /** Where the flow began. */
  base: number;
  flow: string;
  told: boolean;
  format: Format | undefined;
  splits: Splits | undefined;
}

type EmitPart = (part: Omit<Fragment, 'origin'>) => Promise<void>;

export const createPour = (needs: PourNeeds): Pour => {
  const state: State = { at: 0, base: 0, flow: '', told: false, format: undefined, splits: undefined };
  const { origin, originOf, forget } = createOrigins(needs, () => state.format?.end);
  const emit: EmitPart = async (part) => {
    if (needs.stop.aborted) throw new GivenUp();
    forget();
    await unlessStopped(needs.emit({ ...part, origin: origin() }), needs.stop);
  };
  const send = async (bytes: Buffer, part: { flow?: string; last?: boolean; base: number }): Promise<void> => {
    const { base, ...rest } = part;
    const begun = needs.clock.monotonic();
    const locate = (place: Place): Origin => originOf({ ...place, offset: base + place.offset });
    await emit({ bytes, ...rest, locate });
    needs.accepted(bytes.length, (needs.clock.monotonic() - begun) / 1_000);
  };
  const splits = createSplitting(state, { ...needs, emit, originOf });
  const sendNext = async (bytes: Buffer): Promise<void> => {
    await send(bytes, { flow: state.flow, base: state.base });
    await (await splits())?.add(bytes, state.at);
    state.at += bytes.length;
    needs.moved(bytes);
  };

  return {
    begin(at, told) {
      Object.assign(state, { at, base: at, flow: needs.nextFlow(), told, format: undefined, splits: undefined });
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
    show: (bytes, at) => send(bytes, { base: at }),
    async end(bytes) {
      await send(bytes, { flow: state.flow, last: true, base: state.base });
      await state.splits?.end();
      needs.moved(bytes);
    },
  };
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
  const { base, told } = state;
  state.format = formatOf(needs.head());
  const { next } = state.format;
  if (!next) return undefined;
  const splits = createSplits({ ...needs, next });
  const before = base > 0 ? await needs.before(base) : Buffer.alloc(0);
  const from = before.length === base ? 0 : before.indexOf(NEWLINE) + 1;
  if (before.length === base) {
    const previous = await needs.previous();
    splits.recall(previous, -previous.length, true);
  }
  splits.recall(before.subarray(from), base - before.length + from, told);
  state.splits = splits;
  return splits;
};
