import { setImmediate as breath } from 'node:timers/promises';
import { createOutput, type Output, Unpackable } from './codec-output.ts';

/*
 * LZ4 as Kafka's clients write it: frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md) of blocks
 * (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md). No checksum of it is compared: Kafka's own covers the batch,
 * and old clients wrote a wrong one over the header (KAFKA-3160).
 */
const MAGIC = 0x184d2204;
const END = 0;
const PLAIN = 0x80000000;
const MOST_OF_BLOCK = 4 * 1024 * 1024;
const SHORTEST_MATCH = 4;
const LONG = 15;

/** Flags of a frame's descriptor. */
const flags = {
  version: 0xc0,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  dictionary: 0x01,
} as const;
const VERSION = 0x40;

/** So long the event loop may be held; a block is at most 4 MiB. */
const BREATH_MS = 10;

/** Everything that all frames hold. Rejects with `Unpackable`. */
export const unpackLz4 = async (input: Buffer, most: number): Promise<Buffer> => {
  const out = createOutput(most, 4 * input.length);
  let at = 0;
  do at = await readFrame(input, at, out);
  while (at < input.length);
  return out.bytes();
};

/** Gives where the frame ends. */
const readFrame = async (input: Buffer, start: number, out: Output): Promise<number> => {
  if (wordAt(input, start) !== MAGIC) throw new Unpackable('no LZ4 frame');
  const flag = input[start + 4] ?? 0;
  if ((flag & flags.version) !== VERSION || (flag & flags.dictionary) !== 0)
    throw new Unpackable('LZ4 of another kind');
  const trailer = flag & flags.blockChecksum ? 4 : 0;
  let at = start + 7 + (flag & flags.contentSize ? 8 : 0);
  for (let since = performance.now(); ; ) {
    if (performance.now() - since > BREATH_MS) {
      await breath();
      since = performance.now();
    }
    const word = wordAt(input, at);
    at += 4;
    if (word === END) return at + (flag & flags.contentChecksum ? 4 : 0);
    const size = word % PLAIN;
    if (size > MOST_OF_BLOCK || at + size > input.length) throw new Unpackable('cut short');
    if (word >= PLAIN) out.literal(input, at, at + size);
    else readBlock(input, { at, end: at + size }, out);
    at += size + trailer;
  }
};

const wordAt = (input: Buffer, at: number): number => {
  if (at + 4 > input.length) throw new Unpackable('cut short');
  return input.readUInt32LE(at);
};

const readBlock = (
  input: Buffer,
  { at: start, end }: { readonly at: number; readonly end: number },
  out: Output,
): void => {
  let at = start;
  /** A length of 15 goes on in bytes, up to the first that is not 255. */
  const longer = (length: number): number => {
    if (length < LONG) return length;
    let [sum, byte] = [length, 255];
    while (byte === 255) {
      if (at >= end) throw new Unpackable('cut short');
      byte = input[at] ?? 0;
      at += 1;
      sum += byte;
    }
    return sum;
  };
  while (at < end) {
    const token = input[at] ?? 0;
    at += 1;
    const literals = longer(token >> 4);
    if (at + literals > end) throw new Unpackable('cut short');
    out.literal(input, at, at + literals);
    at += literals;
    // The last sequence of a block has no match.
    if (at === end) return;
    if (at + 2 > end) throw new Unpackable('cut short');
    const back = input.readUInt16LE(at);
    at += 2;
    out.again(back, longer(token & LONG) + SHORTEST_MATCH);
  }
};
