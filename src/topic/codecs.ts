import { promisify } from 'node:util';
import { unzip, zstdDecompress } from 'node:zlib';
import { unpackLz4 } from './codec-lz4.ts';
import { Unpackable } from './codec-output.ts';
import { unpackSnappy } from './codec-snappy.ts';

/** Rejects with an error that says why, and never gives more than `most` bytes. */
export type Unpack = (packed: Buffer, most: number) => Promise<Buffer>;

const gunzip = promisify(unzip);
const unzstd = promisify(zstdDecompress);

/** Node's words, without what they stand on. */
const told = (error: unknown): Unpackable =>
  new Unpackable(error instanceof Error && 'code' in error ? String(error.code) : 'damaged');

/** By the number in a batch's attributes (https://kafka.apache.org/documentation/#recordbatch). */
export const codecs: ReadonlyMap<number, Unpack> = new Map<number, Unpack>([
  [1, (packed, maxOutputLength) => gunzip(packed, { maxOutputLength }).catch((error) => Promise.reject(told(error)))],
  [2, async (packed, most) => unpackSnappy(packed, most)],
  [3, async (packed, most) => unpackLz4(packed, most)],
  [4, (packed, maxOutputLength) => unzstd(packed, { maxOutputLength }).catch((error) => Promise.reject(told(error)))],
]);
