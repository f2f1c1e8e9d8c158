import { type FileCursor, type FileId, type Held, hashOf, isSame, NONE } from './cursors.ts';
import { HEAD, nameOfOpen, type OpenFile, openFile, readAt, readInto, sizeOf, tailBefore } from './open.ts';
import { createPour, type FollowNeeds, RECALL, STEP } from './pour.ts';
import { endOfPrevious } from './previous.ts';
import {
  isCopy,
  isReplaced,
  moveOn,
  OVERLAP,
  open,
  peek,
  type Reading,
  readNow,
  readOn,
  startOfFlow,
} from './reading.ts';

/** One file, followed under whatever name. All but `cursor` and `size` reject as `emit` and `fs` do; then `again`. */
export interface FollowedFile {
  readonly id: FileId;
  cursor(): FileCursor;
  /** Bytes, when it was looked at last; and so many of them are durable. */
  size(): number;
  durable(): number;
  /** Whether all lines of it were read that have an end; and whether all of it was. */
  isRead(): boolean;
  /** Goes under another name from now on. */
  call(as: Named): void;
  isOpen(): boolean;
  /** Of an open one: whether no name is left, and its name, where the system tells. */
  isDeleted(): Promise<boolean>;
  named(): Promise<string | undefined>;
  /** Opens it, if it is not; false when something else stands at its place, or nothing. */
  open(): Promise<boolean>;
  /** Goes on in this one, which begins alike. */
  adopt(file: OpenFile): void;
  close(): Promise<void>;
  /** Whether the file was emptied, or written anew, under our hands. */
  isReplaced(): Promise<boolean>;
  /** Whether that one, which begins so, is a copy of all that was read of this one. */
  isCopiedTo(other: OpenFile, begin: Buffer): Promise<boolean>;
  /** Emits what is new. `more`: it did not get to the end in one turn. */
  read(): Promise<'more' | 'end'>;
  /** Shows the end of a file that stands still, without moving on: a key in it need not wait. False when it was shown. */
  peek(): Promise<boolean>;
  /** Nothing more will come: emits the rest, and ends the flow. */
  finish(): Promise<void>;
  /** Nothing more can be read: emits what the scanner holds back, and ends the flow. */
  end(): Promise<void>;
  /** Looks at the file's beginning, if that is not known: so it is known again even if nothing of it becomes durable. */
  learn(): Promise<void>;
  /** Its first bytes; when it is closed, as far as they were seen. */
  beginning(): Promise<Buffer>;
  /** Goes back to what is durable, and as far before it as a key may reach, in a flow of its own. */
  again(): Promise<void>;
  /** Ends the flow and takes the file for a new one. */
  restart(): Promise<void>;
}

/** How a file is called, and when it was written to last as far as is known. */
export interface Named {
  readonly path: string;
  readonly place: string;
  readonly writtenAt: bigint;
}

export interface FollowFrom extends Named {
  readonly at: number;
  /** Nothing before `at` is to be told. */
  readonly told?: boolean;
  /** So much before `at` a scanner that is gone held back. */
  readonly held?: Held;
}

const NOTHING = Buffer.alloc(0);

export const followFile = async (file: OpenFile, from: FollowFrom, needs: FollowNeeds): Promise<FollowedFile> => {
  const { path, place, writtenAt, at, told = false, held = NONE } = from;
  const still = { size: -1, since: 0, shown: false };
  const state: Reading = {
    ...{ path, place, writtenAt, handle: file.handle, at, durable: at, held, blank: at, size: file.size, still },
    head: await readAt(file.handle, 0, HEAD),
    tail: await tailBefore(file.handle, at),
  };
  const before = (end: number, most: number) => readAt(open(state), Math.max(0, end - most), Math.min(end, most));
  const pour = createPour({
    ...needs,
    path: () => state.path,
    head: () => state.head,
    read: (begin, length) => readNow(state, begin, length),
    before: (end) => before(end, RECALL),
    previous: () => endOfPrevious(file.id, state),
    moved: (bytes, heldNow) => moveOn(state, bytes, heldNow),
  });
  const begin = async (isTold: boolean): Promise<void> => {
    const start = startOfFlow(await before(state.durable, OVERLAP), state);
    Object.assign(state, { at: start.at, blank: start.at });
    pour.begin({ ...start, told: isTold });
  };
  await begin(told);
  return {
    id: file.id,
    ...naming(file.id, state),
    isReplaced: () => isReplaced(state),
    isCopiedTo: (other, begin) => isCopy(state, other, begin),
    read: () => readOn(state, pour, needs.buffer),
    peek: () => peek(state, pour, needs.clock.monotonic()),
    async finish() {
      state.size = await sizeOf(open(state));
      while ((await readOn(state, pour, needs.buffer)) === 'more');
      await pour.end(await readInto(open(state), state.at, needs.buffer.subarray(0, STEP)));
    },
    end: () => pour.end(NOTHING),
    again: () => begin(false),
    async restart() {
      await pour.end(NOTHING);
      Object.assign(state, { durable: 0, tail: NOTHING, held: NONE });
      state.head = await readAt(open(state), 0, HEAD);
      await begin(false);
    },
  };
};

type Naming = Pick<
  FollowedFile,
  | 'cursor'
  | 'beginning'
  | 'learn'
  | 'size'
  | 'durable'
  | 'isRead'
  | 'call'
  | 'isOpen'
  | 'isDeleted'
  | 'named'
  | 'open'
  | 'adopt'
  | 'close'
>;

const naming = (id: FileId, state: Reading): Naming => ({
  cursor() {
    const { path, place, writtenAt, durable, head, tail, held } = state;
    const known = { head: hashOf(head), headLength: head.length, tail: hashOf(tail) };
    return { ...id, path, place, at: durable, ...known, writtenAt, rests: false, held };
  },
  beginning: async () => (state.handle ? await readAt(state.handle, 0, HEAD) : state.head),
  async learn() {
    if (state.head.length === 0) state.head = await readAt(open(state), 0, HEAD);
  },
  size: () => state.size,
  durable: () => state.durable,
  isRead: () => state.durable >= state.size,
  call: ({ path, place, writtenAt }) => void Object.assign(state, { path, place, writtenAt }),
  isOpen: () => state.handle !== undefined,
  isDeleted: async () => (await open(state).stat()).nlink === 0,
  named: () => nameOfOpen(open(state), id),
  async open() {
    if (state.handle) return true;
    const file = await openFile(state.place);
    if (file && isSame(file.id, id)) state.handle = file.handle;
    else await file?.handle.close();
    return state.handle !== undefined;
  },
  adopt({ handle }) {
    state.handle = handle;
  },
  async close() {
    const { handle } = state;
    state.handle = undefined;
    await handle?.close();
  },
});
