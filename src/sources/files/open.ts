import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, readlink, stat } from 'node:fs/promises';
import { type FileCursor, type FileId, hashOf, isSame } from './cursors.ts';

/** A file that is open, whatever becomes of its name. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly id: FileId;
  readonly size: number;
  /** When it was written to last (ns since 1970). */
  readonly writtenAt: bigint;
}

/** What the system says of a file: another stamp, another content. */
export interface Look {
  readonly id: FileId;
  readonly size: number;
  readonly writtenAt: bigint;
  readonly stamp: string;
}

/** So many bytes at the beginning of a file tell it from another one. */
export const HEAD = 4096;
/** So many bytes before the end of what was read tell it from one that only begins alike. */
export const TAIL = 256;

/** The code of what is there but is no regular file. */
export const NOT_REGULAR = 'ENOTSUP';

const lookOf = ({ dev, ino, size, mtimeNs }: BigIntStats): Look => ({
  id: { dev: String(dev), ino: String(ino) },
  size: Number(size),
  writtenAt: mtimeNs,
  stamp: `${size} ${mtimeNs}`,
});

const orNothing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
};

const notRegular = () => Object.assign(new Error('not a regular file'), { code: NOT_REGULAR, syscall: 'open' });

/** Opens a regular file; undefined when there is none of that name. Errors: as `fs` gives them, and `NOT_REGULAR`. */
export const openFile = async (path: string): Promise<OpenFile | undefined> => {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(orNothing);
  if (!handle) return undefined;
  const stats = await handle.stat({ bigint: true });
  if (stats.isFile()) return { handle, ...lookOf(stats) };
  await handle.close();
  throw notRegular();
};

/** The same without opening it; links are followed. */
export const lookAt = async (path: string): Promise<Look | undefined> => {
  const stats = await stat(path, { bigint: true }).catch(orNothing);
  if (!stats) return undefined;
  if (!stats.isFile()) throw notRegular();
  return lookOf(stats);
};

/** What an open file is called now, where the system tells (Linux). */
export const nameOfOpen = async ({ fd }: FileHandle, id: FileId): Promise<string | undefined> => {
  const name = await readlink(`/proc/self/fd/${fd}`).catch(() => undefined);
  const look = name === undefined ? undefined : await lookAt(name).catch(() => undefined);
  return look && isSame(look.id, id) ? name : undefined;
};

export const sizeOf = async (handle: FileHandle): Promise<number> => (await handle.stat()).size;

/** Reads from `from` as much as `into` holds; fewer at the end of the file. */
export const readInto = async (handle: FileHandle, from: number, into: Buffer): Promise<Buffer> => {
  const { bytesRead } = await handle.read(into, 0, into.length, from);
  return into.subarray(0, bytesRead);
};

/** At most `length` bytes from `from`; fewer at the end of the file. */
export const readAt = (handle: FileHandle, from: number, length: number): Promise<Buffer> =>
  readInto(handle, from, Buffer.allocUnsafe(length));

/** The last bytes before that place, at most `TAIL`. */
export const tailBefore = (handle: FileHandle, at: number): Promise<Buffer> =>
  readAt(handle, Math.max(0, at - TAIL), Math.min(at, TAIL));

/** Whether the file goes on from where the cursor stands. */
export const continues = async ({ handle, size }: OpenFile, cursor: FileCursor): Promise<boolean> => {
  const { at, head, headLength, tail } = cursor;
  if (size < at || hashOf(await readAt(handle, 0, headLength)) !== head) return false;
  return tail === '' || hashOf(await tailBefore(handle, at)) === tail;
};
