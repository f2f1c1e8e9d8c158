import { zstdCompressSync } from 'node:zlib';

/** A frame that is to be passed over, as pzstd writes one before each of its own: 4 bytes, a length. */
const skippable = (length: number): Buffer => {
  const frame = Buffer.alloc(12);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(4, 4);
  frame.writeUInt32LE(length, 8);
  return frame;
};

/** Packed as pzstd does it, and as files that were packed one by one and joined are: in three frames. */
export const zstdFrames = (text: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(text);
  const third = Math.ceil(bytes.length / 3);
  return Buffer.concat(
    [0, 1, 2].flatMap((n) => {
      const frame = zstdCompressSync(bytes.subarray(n * third, (n + 1) * third));
      return [skippable(frame.length), frame];
    }),
  );
};
