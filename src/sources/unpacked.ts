import { once } from 'node:events';
import {
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  type Gunzip,
  type Inflate,
  type InflateRaw,
  type ZstdDecompress,
  type ZstdOptions,
} from 'node:zlib';
import { createZstdCutter } from '../core/zstd-frames.ts';

/** What undoes a packing, and how what is packed has to be cut before it is put in. */
export interface Unpacking {
  readonly engine: Gunzip | Inflate | InflateRaw | ZstdDecompress;
  cut(chunk: Buffer): readonly Buffer[];
}

const CHUNK = 64 * 1024;
/** An engine goes on when all that came of it was taken: what fails then throws away nothing that came before. */
const OPTIONS = { chunkSize: CHUNK, readableHighWaterMark: 1 };
const whole = (chunk: Buffer): readonly Buffer[] => [chunk];

export const gunzip = (): Unpacking => ({ engine: createGunzip(OPTIONS), cut: whole });
export const inflate = (): Unpacking => ({ engine: createInflate(OPTIONS), cut: whole });
/** Without the head and the sum of zlib. */
export const inflateRaw = (): Unpacking => ({ engine: createInflateRaw(OPTIONS), cut: whole });
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

/**
 * What is packed, no faster than it is read, in pieces of at most 64 KiB. Zeros may stand behind its end. Rejects as the
 * bytes do, or with `BadPacking`.
 */
export async function* unpacked(bytes: AsyncIterable<Uint8Array>, unpacking: Unpacking): AsyncGenerator<Buffer> {
  const { engine } = unpacking;
  let gone: unknown;
  // Not waited for where the engine fails: a sender that stalls must not hold back the answer that its body is broken.
  const fed = feed(bytes, unpacking).catch((error: unknown) => {
    gone = error;
    engine.destroy(error as Error);
  });
  try {
    for await (const piece of engine) yield piece as Buffer;
    await fed;
    if (gone) throw gone;
  } catch (error) {
    throw gone ?? new BadPacking(error);
  } finally {
    engine.destroy();
  }
}

const feed = async (bytes: AsyncIterable<Uint8Array>, { engine, cut }: Unpacking): Promise<void> => {
  const closed = once(engine, 'close').catch(() => undefined);
  let isOver = false;
  for await (const piece of bytes) {
    for (const part of cut(Buffer.from(piece.buffer, piece.byteOffset, piece.length))) {
      const before = engine.bytesWritten;
      if (!isOver) await Promise.race([new Promise((done) => engine.write(part, done)), closed]);
      if (engine.destroyed && !engine.readableEnded) return;
      // Behind the end it takes nothing more, and says nothing of it: what was meant there would be lost.
      const taken = engine.bytesWritten - before;
      isOver ||= taken < part.length;
      if (isOver && part.subarray(taken).some((byte) => byte !== 0)) throw new BadPacking('more stands behind its end');
    }
  }
  if (!engine.destroyed) engine.end();
};
