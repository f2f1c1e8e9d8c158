import { constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { zlibHeads } from '../../core/zlib-head.ts';
import type { Room } from '../text.ts';

/** Shares of the packed bytes that are tried where all of them give too much: their beginning is better than nothing. */
const SHARES = [1, 2, 8, 64];

export type Packing = 'gzip' | 'zlib' | 'zstd';

/** How bytes are packed whose first four make this number: RFC 1952, RFC 1950, RFC 8878. */
export const packingOf = (head: number): Packing | undefined => {
  if (head >>> 8 === 0x1f8b08) return (head & 0xe0) === 0 ? 'gzip' : undefined;
  if (head === 0x28b52ffd) return 'zstd';
  return zlibHeads.has(head >>> 16) ? 'zlib' : undefined;
};

/** Takes what there is: the end may be missing. */
const unpackers: Readonly<Record<Packing, (bytes: Uint8Array, most: number) => Buffer>> = {
  gzip: (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  zlib: (bytes, maxOutputLength) => inflateSync(bytes, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  zstd: (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength, finishFlush: constants.ZSTD_e_flush }),
};

/** What is packed in bytes that begin so, as far as there is something and room for it. Undefined: nothing is. */
export const inflate = (packed: Uint8Array, room: Room): Buffer | undefined => {
  const [first = 0, second = 0, third = 0, fourth = 0] = packed;
  const packing = packingOf(((first << 24) | (second << 16) | (third << 8) | fourth) >>> 0);
  if (!packing) return undefined;
  for (const share of SHARES) {
    const most = room.most();
    if (most === 0) return undefined;
    try {
      const unpacked = unpackers[packing](packed.subarray(0, Math.ceil(packed.length / share)), most);
      room.take(unpacked.length);
      return unpacked.length > 0 ? unpacked : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return undefined;
      room.exceed(most);
    }
  }
  return undefined;
};
