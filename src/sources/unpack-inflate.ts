import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { broken, PACKED_PIECE } from './unpack-budget.ts';

const engines = { gzip: createGunzip, zstd: createZstdDecompress } as const;
export type Packing = keyof typeof engines;

/**
 * Unpacks a stream. All that can be unpacked before the damage is given first: a stream that fails throws away what
 * nobody has taken yet, so little is put in at once and all is taken out before more.
 */
export async function* inflate(kind: Packing, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const engine: Transform = engines[kind]();
  const ready: Buffer[] = [];
  let failed = false;
  const over = new Promise<void>((resolve) => engine.once('end', resolve).once('close', resolve));
  engine
    .on('data', (piece: Buffer) => ready.push(piece))
    .on('error', () => {
      failed = true;
    });
  try {
    for await (const piece of bytes) {
      for (let at = 0; at < piece.length && !failed; at += PACKED_PIECE) {
        await put(engine, piece.subarray(at, at + PACKED_PIECE));
        yield* ready.splice(0);
      }
      if (failed) break;
    }
    engine.end();
    await over;
    yield* ready.splice(0);
  } finally {
    engine.destroy();
  }
  if (failed) throw broken(`damaged or cut off ${kind}`);
}

/** A write that fails in the middle is never called back: the end of the engine is waited for too. */
const put = (engine: Transform, piece: Buffer): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => resolve();
    if (engine.closed) return end();
    engine.once('close', end);
    engine.write(piece, () => {
      engine.off('close', end);
      end();
    });
  });
