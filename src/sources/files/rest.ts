import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BadPacking, gunzip, unpacked as unpackedBytes, unzstd } from '../unpacked.ts';
import { GivenUp } from '../waiting.ts';
import { type FileCursor, type FileId, hashOf, isSame } from './cursors.ts';
import { continues, lookAt, type OpenFile, openFile } from './open.ts';

/** Where the rest of a file stands: in a file, or in a packed copy of it. */
export type Rest =
  | { readonly kind: 'plain'; readonly place: string; readonly file: OpenFile }
  | { readonly kind: 'packed'; readonly place: string; readonly id: FileId; readonly writtenAt: bigint };

const unpackers = { '.gz': gunzip, '.zst': unzstd } as const;
/** Never followed by a pattern: what stands in them was followed before they were packed. */
const PACKED = /\.(?:gz|zst|xz|bz2|lz4|lzma|zip|br|Z)$/;

export const isPacked = (path: string): boolean => PACKED.test(path);

/**
 * Finds where the rest of a file went that is no longer at its place: renamed (`app.log.1`), copied away (copytruncate) or
 * packed since (`app.log.1.gz`), in the same directory and under a name that begins alike. In this order, for what is
 * being packed still stands beside its copy. Rejects with `GivenUp` when `stop` fires: there may be very many.
 */
export const findRest = async (cursor: FileCursor, stop: AbortSignal): Promise<Rest | undefined> => {
  const own = basename(cursor.place);
  const [stem = ''] = own.split('.');
  const names = await readdir(dirname(cursor.place)).catch((): string[] => []);
  const others = names
    .filter((name) => name.startsWith(stem) && name !== own)
    // The likeliest first: of thousands of logs many begin alike.
    .toSorted((a, b) => Number(b.startsWith(own)) - Number(a.startsWith(own)))
    .map((name) => join(dirname(cursor.place), name));
  const plain = others.filter((one) => !isPacked(one));
  const packed = others.filter(isPacked);
  const rest = (await findPlain(plain, cursor, stop)) ?? (await findPacked(packed, cursor, stop));
  if (!stop.aborted) return rest;
  if (rest?.kind === 'plain') await rest.file.handle.close();
  throw new GivenUp();
};

type Find = (places: readonly string[], cursor: FileCursor, stop: AbortSignal) => Promise<Rest | undefined>;

const findPlain: Find = async (places, cursor, stop) => {
  let copy: Rest | undefined;
  for (const place of places) {
    if (stop.aborted) break;
    const file = await openFile(place).catch(() => undefined);
    if (!file) continue;
    const isIt = isSame(file.id, cursor);
    if (!(await isRest(file, cursor)) || (copy && !isIt)) {
      await file.handle.close();
      continue;
    }
    if (copy?.kind === 'plain') await copy.file.handle.close();
    copy = { kind: 'plain', place, file };
    if (isIt) return copy;
  }
  return copy;
};

/** A copy is known by its beginning alone, so that needs one. */
const isRest = async (file: OpenFile, cursor: FileCursor): Promise<boolean> =>
  (isSame(file.id, cursor) || cursor.headLength > 0) && (await continues(file, cursor));

const findPacked: Find = async (places, cursor, stop) => {
  if (cursor.headLength === 0) return undefined;
  for (const place of places) {
    if (stop.aborted) break;
    const look = await lookAt(place).catch(() => undefined);
    if (look && (await beginsAs(place, cursor))) return { kind: 'packed', place, ...look };
  }
  return undefined;
};

const beginsAs = async (place: string, { head, headLength }: FileCursor): Promise<boolean> => {
  const begin = await beginningOf(place, headLength);
  return begin?.length === headLength && hashOf(begin) === head;
};

/** The first bytes of what is packed there; undefined when it is damaged, or still being written. */
export const beginningOf = async (place: string, length: number): Promise<Buffer | undefined> => {
  let begin: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of unpacked(place)) {
      begin = Buffer.concat([begin, chunk]);
      if (begin.length >= length) break;
    }
  } catch {
    return undefined;
  }
  return begin.subarray(0, length);
};

/** What is packed there, in pieces of at most 64 KiB. Errors: as `fs` and `zlib` give them. */
export async function* unpacked(place: string): AsyncGenerator<Buffer> {
  const [, make] = Object.entries(unpackers).find(([end]) => place.endsWith(end)) ?? [];
  if (!make) return;
  try {
    yield* unpackedBytes(createReadStream(place), make());
  } catch (error) {
    throw error instanceof BadPacking ? error.cause : error;
  }
}
