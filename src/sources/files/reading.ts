import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Held } from './cursors.ts';
import { HEAD, type OpenFile, readAt, readInto, sizeOf, TAIL, tailBefore } from './open.ts';
import { type FlowStart, type Pour, STEP } from './pour.ts';

/** How far one file is read. */
export interface Reading {
  path: string;
  place: string;
  handle: FileHandle | undefined;
  /** What is read next. */
  at: number;
  /** All before it is durable; after a restart in the middle of a line it is ahead of `at`. */
  durable: number;
  /** So much before `durable` the scanner holds back. */
  held: Held;
  /** From `at` to here no line ends. */
  blank: number;
  size: number;
  /** The first bytes that were seen, at most `HEAD`. */
  head: Buffer;
  /** The last bytes before `durable`, at most `TAIL`. */
  tail: Buffer;
  /** When it was written to last, as told by the last look at which it stood. */
  writtenAt: bigint;
  /** The size at which the file stands still, since when, and whether its end was shown. */
  still: { size: number; since: number; shown: boolean };
}

/** One turn of one file, in bytes; then the others have theirs. */
const TURN = 4 * 1024 * 1024;
/** Further than any key reaches, in any encoding that is looked into. */
export const OVERLAP = 16 * 1024;
/** No disk was waited for; and so long the event loop may be held. */
const QUICK_MS = 10;
const BREATH_MS = 10;
const PEEK_AFTER_MS = 1_000;
const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

export const open = ({ handle, place }: Reading): FileHandle => {
  if (!handle) throw Object.assign(new Error(`not open: ${place}`), { code: 'EBADF', syscall: 'read' });
  return handle;
};

/** Nothing when it cannot be read: then what it would tell is not told. */
export const readNow = ({ handle }: Reading, from: number, length: number): Uint8Array => {
  const bytes = Buffer.allocUnsafe(length);
  try {
    return handle ? bytes.subarray(0, readSync(handle.fd, bytes, 0, length, from)) : NOTHING;
  } catch {
    return NOTHING;
  }
};

export const isReplaced = async (reading: Reading): Promise<boolean> => {
  const { head, tail, durable } = reading;
  const size = await sizeOf(open(reading));
  if (size < durable) return true;
  if (!(await readAt(open(reading), 0, head.length)).equals(head)) return true;
  if (!(await tailBefore(open(reading), durable)).equals(tail)) return true;
  reading.size = size;
  return false;
};

/** `begin`: the first bytes of the other one, `HEAD` of them if there are so many. */
export const isCopy = async (reading: Reading, { handle, size }: OpenFile, begin: Buffer): Promise<boolean> => {
  const { head, tail, durable } = reading;
  if (head.length === 0 || tail.length === 0 || size < durable) return false;
  if (!begin.subarray(0, head.length).equals(head)) return false;
  return (await tailBefore(handle, durable)).equals(tail);
};

/**
 * Where a flow begins so that none is missed of what goes over the place up to which all is durable, and what of it was given
 * before: in the middle of a line, and where something is held back, as far back as a key may reach.
 */
export const startOfFlow = (before: Buffer, { durable, held }: Pick<Reading, 'durable' | 'held'>): FlowStart => {
  const back = before.subarray(-OVERLAP);
  const isInLine = back.length > 0 && back.at(-1) !== NEWLINE;
  if (held.lines === 0) {
    const at = isInLine ? durable - back.length : durable;
    return { at, fresh: at };
  }
  const line = durable === back.length ? 0 : back.indexOf(NEWLINE) + 1;
  // The line in which it began that is held back may have begun further back.
  const at = durable - back.length + (back.length - line < Math.max(held.words, held.lines) ? 0 : line);
  const settled = { words: durable - held.words - at, lines: durable - held.lines - at };
  return { at, fresh: isInLine ? at : durable, settled };
};

/** So much more, which these bytes begin with, is durable. */
export const moveOn = (reading: Reading, bytes: Uint8Array, held: Held): void => {
  reading.at += bytes.length;
  reading.blank = reading.at;
  const fresh = Math.min(bytes.length, reading.at - reading.durable);
  if (fresh < 0) return;
  Object.assign(reading, { durable: reading.at, held });
  reading.tail = Buffer.concat([reading.tail, bytes.subarray(bytes.length - Math.min(fresh, TAIL))]).subarray(-TAIL);
};

/** The head is made of what was read, not read again: by then the file may have been emptied. */
const extendHead = (reading: Reading, bytes: Uint8Array): void => {
  const known = reading.head.length - reading.at;
  if (reading.head.length === HEAD || known < 0) return;
  reading.head = Buffer.concat([reading.head, bytes.subarray(known)]).subarray(0, HEAD);
};

export const readOn = async (reading: Reading, pour: Pour, buffer: Buffer): Promise<'more' | 'end'> => {
  if (await isBlank(reading, buffer)) return 'end';
  const read = createReads(reading, buffer);
  for (const until = reading.at + TURN; reading.at < until; ) {
    const bytes = await read();
    reading.size = Math.max(reading.size, reading.at + bytes.length);
    extendHead(reading, bytes);
    const length = await pour.put(bytes);
    if (length === 0) reading.blank = reading.at + bytes.length;
    if (length === 0 || bytes.length < buffer.length) return 'end';
  }
  return 'more';
};

/**
 * Reads at once what the system has at hand, which costs half as much as to wait for it. A disk that is slow is waited for,
 * and now and then a quick one: the event loop gets its turn.
 */
const createReads = (reading: Reading, buffer: Buffer): (() => Promise<Buffer>) => {
  let isQuick = false;
  let waitedAt = 0;
  return async () => {
    const begun = performance.now();
    const isWaiting = !isQuick || begun - waitedAt > BREATH_MS;
    const { fd } = open(reading);
    const bytes = isWaiting
      ? await readInto(open(reading), reading.at, buffer)
      : buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, reading.at));
    const ended = performance.now();
    if (isWaiting) waitedAt = ended;
    isQuick = ended - begun < QUICK_MS;
    return bytes;
  };
};

/** Whether still no line ends: one that is written byte by byte is not read again for each. */
const isBlank = async (reading: Reading, buffer: Buffer): Promise<boolean> => {
  const { at, blank, size } = reading;
  if (size <= at) return true;
  if (size - at >= STEP || blank <= at) return false;
  const fresh = await readInto(open(reading), blank, buffer.subarray(0, size - blank));
  if (fresh.includes(NEWLINE)) return false;
  reading.blank += fresh.length;
  return true;
};

export const peek = async (reading: Reading, pour: Pour, now: number): Promise<boolean> => {
  const { still, at, durable, size, held } = reading;
  if (size <= durable && !held.waits) return false;
  if (still.size !== size) reading.still = { size, since: now, shown: false };
  else if (!still.shown && now - still.since >= PEEK_AFTER_MS) {
    await pour.show(await readAt(open(reading), at, Math.max(0, size - at)));
    still.shown = true;
  }
  return !reading.still.shown;
};
