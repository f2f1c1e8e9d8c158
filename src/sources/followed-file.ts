import type { Clock } from '../core/clock.ts';
import type { Emit } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';
import { type FileCursor, hashOf } from './followed-cursors.ts';
import { HEAD, type OpenFile, readAt, sizeOf } from './followed-open.ts';
import { PIECE } from './outlet.ts';
import { GivenUp, unlessStopped } from './waiting.ts';

/** One file, followed under whatever name. All but `cursor` and `size` reject as `emit` and `fs` do; then `again`. */
export interface FollowedFile {
  readonly file: OpenFile;
  cursor(): FileCursor;
  /** Bytes, when it was looked at last. */
  size(): number;
  /** Whether the file was emptied, or written anew, under our hands. */
  isReplaced(): Promise<boolean>;
  /** Looks at the file's beginning, if that is not known: so it is known again even if nothing of it becomes durable. */
  learn(): Promise<void>;
  /** Emits what is new: whole lines, and lines above 64 KiB in parts. `more`: it did not get to the end in one turn. */
  read(): Promise<'more' | 'end'>;
  /** Shows a line that stays without an end, without moving on: a key in it need not wait. */
  peek(): Promise<void>;
  /** Nothing more will come: emits the rest, and ends the flow. */
  finish(): Promise<void>;
  endFlow(): Promise<void>;
  /** Goes back to what is durable, in a flow of its own; in the middle of a line, as far back as a key may reach. */
  again(): Promise<void>;
  /** Takes the file for a new one, to be read on from `from`. */
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
  /** The first bytes that were seen, at most `HEAD`. */
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
    async learn() {
      if (state.head.length === 0) state.head = await readAt(handle, 0, HEAD);
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
    async again() {
      state.flow = needs.nextFlow();
      state.at = (await isLineStart(file, state.durable)) ? state.durable : Math.max(0, state.durable - OVERLAP);
    },
    async restart(at) {
      state.durable = at;
      state.head = await readAt(handle, 0, HEAD);
      await followed.again();
    },
  };
  await followed.restart(from);
  return followed;
};

/** The head is made of what was read, not read again: by then the file may have been emptied. */
const extendHead = (state: State, bytes: Uint8Array): void => {
  const known = state.head.length - state.at;
  if (state.head.length === HEAD || known < 0) return;
  state.head = Buffer.concat([state.head, bytes.subarray(known)]).subarray(0, HEAD);
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
    const size = await sizeOf(file.handle);
    if (size <= state.at) return 'end';
    state.size = size;
    const bytes = await readAt(file.handle, state.at, Math.min(PIECE, size - state.at));
    extendHead(state, bytes);
    const length = bytes.length === PIECE ? lineEnd(bytes) || PIECE : lineEnd(bytes);
    if (length === 0) return 'end';
    await send(bytes.subarray(0, length), { flow: state.flow }, needs);
    move(state, length);
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
