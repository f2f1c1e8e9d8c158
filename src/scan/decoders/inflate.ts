import { constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/** Bytes that are unpacked at most, and times as many as there were packed: more is a bomb, and cut. */
const MOST = 1 << 20;
const MOST_TIMES = 16;
const ALLOWANCE = 2048;
/** Share of the packed bytes that is tried where all of them give too much. */
const SHARE = 8;

export type Packing = 'gzip' | 'zlib' | 'zstd';

/** How bytes are packed whose first four make this number: RFC 1952, RFC 1950, RFC 8878. */
export const packingOf = (head: number): Packing | undefined => {
  if (head >>> 8 === 0x1f8b08) return (head & 0xe0) === 0 ? 'gzip' : undefined;
  if (head === 0x28b52ffd) return 'zstd';
  return zlibHeads.has(head >>> 16) ? 'zlib' : undefined;
};
const zlibHeads: ReadonlySet<number> = new Set([0x7801, 0x785e, 0x789c, 0x78da]);

/** Takes what there is: the end may be missing. */
const unpackers: Readonly<Record<Packing, (bytes: Uint8Array, most: number) => Buffer>> = {
  gzip: (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  zlib: (bytes, maxOutputLength) => inflateSync(bytes, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  zstd: (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength, finishFlush: constants.ZSTD_e_flush }),
};

/** What is packed in bytes that begin so; bounded, and as far as there is something. Undefined: nothing is. */
export const inflate = (bytes: Uint8Array): Buffer | undefined => {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes;
  const packing = packingOf(((first << 24) | (second << 16) | (third << 8) | fourth) >>> 0);
  if (!packing) return undefined;
  const most = Math.min(MOST, MOST_TIMES * bytes.length + ALLOWANCE);
  for (const length of [bytes.length, Math.ceil(bytes.length / SHARE)]) {
    try {
      const unpacked = unpackers[packing](bytes.subarray(0, length), most);
      return unpacked.length > 0 ? unpacked : undefined;
    } catch (error) {
      const tooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
      if (!tooLarge) return undefined;
    }
  }
  return undefined;
};
