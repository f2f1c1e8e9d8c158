import { uncompress } from 'snappy';
import { Unpackable } from './codec-output.ts';

/*
 * Snappy (https://github.com/google/snappy/blob/main/format_description.txt), bare as librdkafka writes it or in the frame of
 * snappy-java's SnappyOutputStream, as Java clients do: a header of 16 bytes, then blocks with their length before them.
 */
const FRAME = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const FRAME_HEADER = 16;

/** In another thread: the event loop is not held. Rejects with `Unpackable`. */
export const unpackSnappy = async (input: Buffer, most: number): Promise<Buffer> => {
  if (!input.subarray(0, FRAME.length).equals(FRAME)) return unpackBlock(input, most);
  const blocks: Buffer[] = [];
  let left = most;
  for (let at = FRAME_HEADER; at < input.length; ) {
    const size = at + 4 > input.length ? input.length : input.readUInt32BE(at);
    at += 4;
    if (at + size > input.length) throw new Unpackable('cut short');
    const block = await unpackBlock(input.subarray(at, at + size), left);
    blocks.push(block);
    left -= block.length;
    at += size;
  }
  return Buffer.concat(blocks);
};

/** Its length unpacked stands at the start of a block: nothing is reserved for one that is too long. */
const unpackBlock = async (block: Buffer, most: number): Promise<Buffer> => {
  const length = lengthOf(block);
  if (length > most) throw new Unpackable(`longer than ${most} bytes`);
  const bytes = await uncompressed(block);
  if (bytes.length !== length) throw new Unpackable('not as long as it says');
  return bytes;
};

const uncompressed = async (block: Buffer): Promise<Buffer> => {
  try {
    const bytes = await uncompress(block, { asBuffer: true });
    return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
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
