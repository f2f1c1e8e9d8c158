import { createOutput, type Output, Unpackable } from './codec-output.ts';

/*
 * Snappy (https://github.com/google/snappy/blob/main/format_description.txt), bare as librdkafka writes it or in the frame of
 * snappy-java's SnappyOutputStream, as Java clients do: a header of 16 bytes, then blocks with their length before them.
 */
const FRAME = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const FRAME_HEADER = 16;

/** Throws `Unpackable`. */
export const unpackSnappy = (input: Buffer, most: number): Buffer => {
  if (!input.subarray(0, FRAME.length).equals(FRAME)) {
    const out = createOutput(most, Math.min(lengthOf(input).length, 64 * input.length));
    readBlock(input, out);
    return out.bytes();
  }
  const out = createOutput(most, 4 * input.length);
  for (let at = FRAME_HEADER; at < input.length; ) {
    const size = at + 4 > input.length ? input.length : input.readUInt32BE(at);
    at += 4;
    if (at + size > input.length) throw new Unpackable('cut short');
    readBlock(input.subarray(at, at + size), out);
    at += size;
  }
  return out.bytes();
};

/** The length that stands at the start of a block, and where it ends. */
const lengthOf = (block: Buffer): { readonly length: number; readonly at: number } => {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, at: at + 1 };
  }
  throw new Unpackable('no snappy block');
};

const readBlock = (block: Buffer, out: Output): void => {
  const { length, at: start } = lengthOf(block);
  const before = out.bytes().length;
  let at = start;
  /** A number of some bytes, the lowest first. */
  const number = (width: number): number => {
    if (at + width > block.length) throw new Unpackable('cut short');
    at += width;
    return block.readUIntLE(at - width, width);
  };
  while (at < block.length) {
    const tag = number(1);
    const kind = tag & 3;
    const rest = tag >> 2;
    if (kind === 0) {
      const size = 1 + (rest < 60 ? rest : number(rest - 59));
      out.literal(block, at, at + size);
      at += size;
    } else if (kind === 1) out.again(((tag >> 5) << 8) + number(1), 4 + (rest & 7));
    else out.again(number(kind === 2 ? 2 : 4), 1 + rest);
  }
  if (out.bytes().length - before !== length) throw new Unpackable('not as long as it says');
};
