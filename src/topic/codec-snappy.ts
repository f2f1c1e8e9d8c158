import { uncompressSync } from 'snappy';
import { Unpackable } from './codec-output.ts';

/*
 * Snappy (https://github.com/google/snappy/blob/main/format_description.txt), bare as librdkafka writes it or in the frame of
 * snappy-java's SnappyOutputStream, as Java clients do: a header of 16 bytes, then blocks with their length before them.
 */
const FRAME = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const FRAME_HEADER = 16;

/** Throws `Unpackable`. */
export const unpackSnappy = (input: Buffer, most: number): Buffer => {
  if (!input.subarray(0, FRAME.length).equals(FRAME)) return unpackBlock(input, most);
  const blocks: Buffer[] = [];
  let left = most;
  for (let at = FRAME_HEADER; at < input.length; ) {
    const size = at + 4 > input.length ? input.length : input.readUInt32BE(at);
    at += 4;
    if (at + size > input.length) throw new Unpackable('cut short');
    const block = unpackBlock(input.subarray(at, at + size), left);
    blocks.push(block);
    left -= block.length;
    at += size;
  }
  return Buffer.concat(blocks);
};

/** Its length unpacked stands at the start of a block: nothing is reserved for one that is too long. */
const unpackBlock = (block: Buffer, most: number): Buffer => {
  const length = lengthOf(block);
  if (length > most) throw new Unpackable(`longer than ${most} bytes`);
  const bytes = uncompressed(block);
  if (bytes.length !== length) throw new Unpackable('not as long as it says');
  return bytes;
};

const uncompressed = (block: Buffer): Buffer => {
  try {
    return Buffer.from(uncompressSync(block));
  } catch {
    throw new Unpackable('damaged');
  }
};

const lengthOf = (block: Buffer): number => {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length;
  }
  throw new Unpackable('no snappy block');
};
