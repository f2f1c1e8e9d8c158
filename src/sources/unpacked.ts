import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { createGunzip, createInflate, createZstdDecompress, type ZstdOptions } from 'node:zlib';
import { createZstdCutter } from '../core/zstd-frames.ts';

/** What undoes a packing, and how what is packed has to be cut before it is put in. */
export interface Unpacking {
  readonly engine: Transform;
  cut(chunk: Buffer): readonly Buffer[];
}

const CHUNK = 64 * 1024;
/** An engine goes on when all that came of it was taken: what fails then throws away nothing that came before. */
const OPTIONS = { chunkSize: CHUNK, readableHighWaterMark: 1 };
const whole = (chunk: Buffer): readonly Buffer[] => [chunk];

export const gunzip = (): Unpacking => ({ engine: createGunzip(OPTIONS), cut: whole });
export const inflate = (): Unpacking => ({ engine: createInflate(OPTIONS), cut: whole });
/** `params`: as Node takes them. */
export const unzstd = ({ params }: Pick<ZstdOptions, 'params'> = {}): Unpacking => ({
  engine: createZstdDecompress({ ...OPTIONS, params }),
  cut: createZstdCutter(),
});

/** The bytes are not what they are said to be packed with. */
export class BadPacking extends Error {
  constructor(cause: unknown) {
    super('it cannot be unpacked', { cause });
    this.name = 'BadPacking';
  }
}

/** What is packed, no faster than it is read, in pieces of at most 64 KiB. Rejects as the bytes do, or with `BadPacking`. */
export async function* unpacked(bytes: AsyncIterable<Uint8Array>, { engine, cut }: Unpacking): AsyncGenerator<Buffer> {
  let gone: unknown;
  // Not waited for: a sender that stalls must not hold back the answer that its body is broken.
  void feed(bytes, { engine, cut }).catch((error: unknown) => {
    gone = error;
    engine.destroy(error as Error);
  });
  try {
    for await (const piece of engine) yield piece as Buffer;
  } catch (error) {
    throw gone ?? new BadPacking(error);
  } finally {
    engine.destroy();
  }
}

const feed = async (bytes: AsyncIterable<Uint8Array>, { engine, cut }: Unpacking): Promise<void> => {
  const closed = once(engine, 'close').catch(() => undefined);
  for await (const piece of bytes) {
    for (const part of cut(Buffer.from(piece.buffer, piece.byteOffset, piece.length))) {
      if (engine.destroyed) return;
      if (!engine.write(part)) await Promise.race([once(engine, 'drain').catch(() => undefined), closed]);
    }
  }
  if (!engine.destroyed) engine.end();
};
