import { promisify } from 'node:util';
import { unzip, zstdDecompress } from 'node:zlib';
import { createZstdCutter } from '../core/zstd-frames.ts';
import { unpackLz4 } from './codec-lz4.ts';
import { Unpackable } from './codec-output.ts';
import { unpackSnappy } from './codec-snappy.ts';

/** Rejects with an error that says why, and never gives more than `most` bytes. */
export type Unpack = (packed: Buffer, most: number) => Promise<Buffer>;

/** Node's own unpacking, in our words. */
const told =
  (unpack: (packed: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>): Unpack =>
  async (packed, most) => {
    try {
      return await unpack(packed, { maxOutputLength: most });
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      throw new Unpackable(code === 'ERR_BUFFER_TOO_LARGE' ? `longer than ${most} bytes` : 'damaged');
    }
  };

const unzstdFrame = told(promisify(zstdDecompress));
/** Frame by frame: Node's own passes over all but the first. */
const unzstd: Unpack = async (packed, most) => {
  const parts: Buffer[] = [];
  let left = most;
  if (packed.length === 0) throw new Unpackable('damaged');
  for (const frame of createZstdCutter()(packed)) {
    const part = await unzstdFrame(frame, Math.max(1, left));
    left -= part.length;
    if (left < 0) throw new Unpackable(`longer than ${most} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
};

/** By the number in a batch's attributes (https://kafka.apache.org/documentation/#recordbatch). */
export const codecs: ReadonlyMap<number, Unpack> = new Map<number, Unpack>([
  [1, told(promisify(unzip))],
  [2, unpackSnappy],
  [3, unpackLz4],
  [4, unzstd],
]);
