import type { Clock } from '../core/clock.ts';
import type { Emit } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';
import { type FileCursor, hashOf } from './followed-cursors.ts';
import { HEAD, type OpenFile, readAt, sizeOf } from './followed-open.ts';
import { PIECE } from './outlet.ts';
import { GivenUp, unlessStopped } from './waiting.ts';

/** One file, followed under whatever name. All but `cursor` and `size` reject as `emit` and `fs` do; then `restart`. */
export interface FollowedFile {
  readonly file: OpenFile;
  cursor(): FileCursor;
  /** Bytes, when it was looked at last. */
  size(): number;
  /** Whether the file was emptied, or written anew, under our hands. */
  isReplaced(): Promise<boolean>;
  /** Emits what is new: whole lines, and lines above 64 KiB in parts. `more`: it did not get to the end in one turn. */
  read(): Promise<'more' | 'end'>;
  /** Shows a line that stays without an end, without moving on: a key in it need not wait. */
  peek(): Promise<void>;
  /** Nothing more will come: emits the rest, and ends the flow. */
  finish(): Promise<void>;
  endFlow(): Promise<void>;
  /** Goes on at `from` in a flow of its own; in the middle of a line it goes back as far as a key may reach. */
  restart(from: number): Promise<void>;
}

export interface FollowNeeds {
  readonly emit: Emit;
  readonly stop: AbortSignal;
  readonly clock: Clock;
  origin(): Origin;
  nextFlow(): string;
  /** So many bytes are durable, after so long. */
  accepted(bytes: number, seconds: number): void;
}

/** One turn of one file, in bytes; then the others have theirs. */
const TURN = 16 * 1024 * 1024;
/** Further than any key reaches, in any encoding that is looked into. */
const OVERLAP = 16 * 1024;
const PEEK_AFTER_MS = 1_000;
const NEWLINE = 0x0a;

interface State {
  /** What is read next. */
  at: number;
  /** All before it is durable; after a restart in the middle of a line it is ahead of `at`. */
  durable: number;
  size: number;
  flow: string;
  /** The first bytes, at most `HEAD`, of what is durable. */
  head: Uint8Array;
  /** The size at which the file stands still, since when, and whether its last line was shown. */
  still: { size: number; since: number; shown: boolean };
}

export const followFile = async (file: OpenFile, from: number, needs: FollowNeeds): Promise<FollowedFile> => {
  const { handle } = file;
  const still = { size: -1, since: 0, shown: false };
  const state: State = { at: 0, durable: 0, size: file.size, flow: '', head: new Uint8Array(), still };
  const followed: FollowedFile = {
    file,
    cursor: () => ({ ...file.id, at: state.durable, head: hashOf(state.head), headLength: state.head.length }),
    size: () => state.size,
    async isReplaced() {
      const size = await sizeOf(handle);
      if (size < state.durable) return true;
      if (Buffer.compare(await readAt(handle, 0, state.head.length), state.head) !== 0) return true;
      state.size = size;
      return false;
    },
    read: () => readOn(file, state, needs),
    peek: () => peek(file, state, needs),
    async finish() {
      while ((await readOn(file, state, needs)) === 'more');
      const bytes = await readAt(handle, state.at, PIECE);
      await send(bytes, { flow: state.flow, last: true }, needs);
      move(state, bytes.length);
    },
    endFlow: () => send(new Uint8Array(), { flow: state.flow, last: true }, needs),
    async restart(at) {
      state.flow = needs.nextFlow();
      state.durable = at;
      state.at = (await isLineStart(file, at)) ? at : Math.max(0, at - OVERLAP);
      state.head = await readAt(handle, 0, Math.min(at, HEAD));
    },
  };
  await followed.restart(from);
  return followed;
};

const move = (state: State, length: number): void => {
  state.at += length;
  state.durable = Math.max(state.durable, state.at);
};

const isLineStart = async ({ handle }: OpenFile, at: number): Promise<boolean> =>
  at === 0 || (await readAt(handle, at - 1, 1))[0] === NEWLINE;

const send = async (bytes: Uint8Array, part: { flow?: string; last?: boolean }, needs: FollowNeeds): Promise<void> => {
  const begun = needs.clock.monotonic();
  if (needs.stop.aborted) throw new GivenUp();
  await unlessStopped(needs.emit({ bytes, origin: needs.origin(), ...part }), needs.stop);
  needs.accepted(bytes.length, (needs.clock.monotonic() - begun) / 1_000);
};

const readOn = async (file: OpenFile, state: State, needs: FollowNeeds): Promise<'more' | 'end'> => {
  for (const until = state.at + TURN; state.at < until; ) {
    state.size = await sizeOf(file.handle);
    const want = Math.min(PIECE, state.size - state.at);
    if (want <= 0) return 'end';
    const bytes = await readAt(file.handle, state.at, want);
    const length = bytes.length === PIECE ? lineEnd(bytes) || PIECE : lineEnd(bytes);
    if (length === 0) return 'end';
    await send(bytes.subarray(0, length), { flow: state.flow }, needs);
    move(state, length);
    if (state.head.length < HEAD) state.head = await readAt(file.handle, 0, Math.min(state.at, HEAD));
  }
  return 'more';
};

/** Where the last whole line ends; 0 when there is none. */
const lineEnd = (bytes: Uint8Array): number => bytes.lastIndexOf(NEWLINE) + 1;

const peek = async (file: OpenFile, state: State, needs: FollowNeeds): Promise<void> => {
  const { still, at, size } = state;
  const now = needs.clock.monotonic();
  if (still.size !== size) state.still = { size, since: now, shown: false };
  else if (size > at && !still.shown && now - still.since >= PEEK_AFTER_MS) {
    const from = Math.max(0, (await isLineStart(file, at)) ? at : at - OVERLAP);
    await send(await readAt(file.handle, from, size - from), {}, needs);
    still.shown = true;
  }
};
