import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type FileCursor, type FileId, hashOf } from './followed-cursors.ts';

/** A file that is open, whatever becomes of its name. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly id: FileId;
  readonly size: number;
}

/** So many bytes at the beginning of a file tell it from another one. */
export const HEAD = 4096;

/** The code of what is there but is no regular file. */
export const NOT_REGULAR = 'ENOTSUP';

/** Opens a regular file; undefined when there is none of that name. Errors: as `fs` gives them, and `NOT_REGULAR`. */
export const openFile = async (path: string): Promise<OpenFile | undefined> => {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!handle) return undefined;
  const stat = await handle.stat({ bigint: true });
  if (stat.isFile()) return { handle, id: { dev: String(stat.dev), ino: String(stat.ino) }, size: Number(stat.size) };
  await handle.close();
  throw Object.assign(new Error('not a regular file'), { code: NOT_REGULAR });
};

export const sizeOf = async (handle: FileHandle): Promise<number> => (await handle.stat()).size;

/** At most `length` bytes from `from`; fewer at the end of the file. */
export const readAt = async (handle: FileHandle, from: number, length: number): Promise<Uint8Array> => {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await handle.read(bytes, 0, length, from);
  return bytes.subarray(0, bytesRead);
};

export const isSame = (a: FileId, b: FileId): boolean => a.dev === b.dev && a.ino === b.ino;

/** Whether the file goes on from where the cursor stands. */
export const continues = async ({ handle, size }: OpenFile, cursor: FileCursor): Promise<boolean> =>
  size >= cursor.at && hashOf(await readAt(handle, 0, cursor.headLength)) === cursor.head;

/**
 * Finds where the rest of a file went that is no longer at `path`: renamed (`app.log.1`) or copied away (copytruncate),
 * in the same directory and under a name that begins alike. A rename is preferred to a copy.
 */
export const findRest = async (path: string, cursor: FileCursor): Promise<OpenFile | undefined> => {
  const [stem = ''] = basename(path).split('.');
  const names = await readdir(dirname(path)).catch((): string[] => []);
  let copy: OpenFile | undefined;
  for (const name of names.filter((one) => one.startsWith(stem) && one !== basename(path))) {
    const file = await openFile(join(dirname(path), name)).catch(() => undefined);
    if (!file) continue;
    if (!(await isRest(file, cursor))) await file.handle.close();
    else if (isSame(file.id, cursor)) {
      await copy?.handle.close();
      return file;
    } else {
      await copy?.handle.close();
      copy = file;
    }
  }
  return copy;
};

/** A copy is known by its beginning alone, so that needs one. */
const isRest = async (file: OpenFile, cursor: FileCursor): Promise<boolean> =>
  (isSame(file.id, cursor) || cursor.headLength > 0) && (await continues(file, cursor));
