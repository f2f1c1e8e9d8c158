import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CURRENT,
  closedName,
  HEAD,
  type Head,
  NEXT,
  nextNumber,
  segments,
  syncFolder,
  toHead,
} from './journal-files.ts';

/** The file can be written on; `cause` says why this batch could not be. */
class Refused extends Error {}
/** The file cannot be trusted any more: after a failed fsync the kernel may call lost pages written. */
export class Poisoned extends Error {}

/** The file that is written. `append` is one write and one fdatasync; `length` is what is durable. */
export interface Segment {
  length(): number;
  /** Errors: `Refused` (the file is as it was), `Poisoned`. */
  append(bytes: Uint8Array): Promise<void>;
  /** Best effort; for a poisoned one too. */
  close(): Promise<void>;
}

const writeAll = async (handle: FileHandle, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length; ) {
    // A full disk gives a short write first and ENOSPC second.
    at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
  }
};

const createSegment = (handle: FileHandle, length: number): Segment => {
  let good = length;
  const cutBack = (cause: unknown) =>
    handle.truncate(good).then(
      () => new Refused('not written', { cause }),
      () => new Poisoned('not written and not cut back', { cause }),
    );
  return {
    length: () => good,
    async append(bytes) {
      await writeAll(handle, bytes).catch(async (error: unknown) => {
        throw await cutBack(error);
      });
      await handle.datasync().catch(async (cause: unknown) => {
        await handle.truncate(good).catch(() => undefined);
        throw new Poisoned('not durable', { cause });
      });
      good += bytes.length;
    },
    close: () => handle.close().catch(() => undefined),
  };
};

/** The current segment, to be continued. */
export const continueSegment = async (folder: string, length: number): Promise<Segment> =>
  createSegment(await open(join(folder, CURRENT), 'a', 0o600), length);

/** Names the current segment as closed, if there is one, and says what the last closed one is called. */
export const retire = async (folder: string): Promise<string> => {
  const names = await segments(folder);
  if (!names.includes(CURRENT)) return names.at(-1) ?? '';
  const closed = closedName(await nextNumber(folder));
  await rename(join(folder, CURRENT), join(folder, closed));
  await syncFolder(folder);
  return closed;
};

/** A new current segment with its first line, whole and durable, or none. */
export const beginSegment = async (folder: string, first: Uint8Array): Promise<Segment> => {
  const path = join(folder, NEXT);
  await rm(path, { force: true });
  const handle = await open(path, 'ax', 0o600);
  const segment = createSegment(handle, 0);
  try {
    await segment.append(first);
    await rename(path, join(folder, CURRENT));
    await syncFolder(folder);
    return segment;
  } catch (error) {
    await segment.close();
    throw error;
  }
};

/** Keeps the last acknowledged record beside the journal. Written after each batch, not synced: a crash may leave it behind, never ahead. */
export const openHead = async (folder: string): Promise<{ set(head: Head): Promise<void>; close(): Promise<void> }> => {
  const handle = await open(join(folder, HEAD), 'a+', 0o600).then(async (made) => {
    await made.close();
    return open(join(folder, HEAD), 'r+');
  });
  return {
    set: async (head) => void (await handle.write(toHead(head), 0)),
    close: () => handle.close(),
  };
};
