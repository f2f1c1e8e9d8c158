import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { BadPacking, gunzip, unpacked as unpackedBytes, unzstd } from '../unpacked.ts';

const unpackers = { '.gz': gunzip, '.zst': unzstd } as const;
/** Never followed by a pattern: what stands in them was followed before they were packed. */
const PACKED = /\.(?:gz|zst|xz|bz2|lz4|lzma|zip|br|Z)$/;

export const isPacked = (path: string): boolean => PACKED.test(path);

/** The first bytes of what is packed there; fewer when it is damaged, or still being written. */
export const beginningOf = async (place: string, length: number): Promise<{ begin: Buffer; isWhole: boolean }> => {
  let begin: Buffer = Buffer.alloc(0);
  let isWhole = true;
  try {
    for await (const chunk of unpacked(place)) {
      begin = Buffer.concat([begin, chunk]);
      if (begin.length >= length) break;
    }
  } catch {
    isWhole = false;
  }
  return { begin: begin.subarray(0, length), isWhole };
};

/** What is packed there, in pieces of at most 64 KiB. `handle`: it is open, and closed in the end. Errors: as `fs` and `zlib` give them. */
export async function* unpacked(place: string, handle?: FileHandle): AsyncGenerator<Buffer> {
  const [, make] = Object.entries(unpackers).find(([end]) => place.endsWith(end)) ?? [];
  if (!make) return;
  try {
    yield* unpackedBytes(createReadStream(place, handle && { fd: handle }), make());
  } catch (error) {
    throw error instanceof BadPacking ? error.cause : error;
  }
}
