import type { Transform } from 'node:stream';
import { createGunzip, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { broken, isBroken, PACKED_PIECE } from './unpack-budget.ts';
import { createIntake, type Intake } from './unpack-intake.ts';
import { kindOf } from './unpack-kind.ts';

const engines = { gzip: createGunzip, zstd: createZstdDecompress, deflate: createInflateRaw } as const;
export type Packing = Exclude<keyof typeof engines, 'deflate'>;

/**
 * Unpacks a stream, and those that follow it, with zeros between them or none. What is damaged, or behind the last, is
 * given as it stands before it is told: text may hide there. Errors: `Broken`.
 */
export async function* inflate(kind: Packing, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const from = createIntake(bytes);
  try {
    do yield* inflateNext(kind, from);
    while (await isAnother(kind, from));
  } catch (error) {
    if (!isBroken(error)) throw error;
    yield NEWLINE;
    yield* from.rest();
    throw error;
  }
}

const NEWLINE = Buffer.from('\n');

/** Passes over zeros: tapes and disks are filled up with them. */
const isAnother = async (kind: Packing, from: Intake): Promise<boolean> => {
  let next = await from.ahead(4);
  for (; next[0] === 0; next = await from.ahead(4)) {
    const text = next.findIndex((byte) => byte !== 0);
    from.take(text < 0 ? next.length : text);
  }
  if (next.length === 0) return false;
  if (kindOf(next) !== kind) throw broken(`bytes behind the end of a ${kind}`);
  return true;
};

/**
 * Unpacks one stream; what is behind it stays. All that can be unpacked before the damage is given first: a stream that
 * fails throws away what nobody has taken yet, so little is put in at once and all is taken out before more. The piece
 * that it fails at stays too. `most`: packed bytes. Errors: `Broken`.
 */
export async function* inflateNext(
  kind: keyof typeof engines,
  from: Intake,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  const engine = engines[kind]();
  const ready: Buffer[] = [];
  let failed = false;
  const over = new Promise<void>((resolve) => engine.once('end', resolve).once('close', resolve));
  engine
    .on('data', (piece: Buffer) => ready.push(piece))
    .on('error', () => {
      failed = true;
    });
  try {
    for (let left = most; left > 0 && !failed; ) {
      const piece = (await from.ahead(1)).subarray(0, Math.min(PACKED_PIECE, left));
      if (piece.length === 0) break;
      const before = engine.bytesWritten;
      await put(engine, piece);
      yield* ready.splice(0);
      if (failed) break;
      const used = engine.bytesWritten - before;
      from.take(used);
      left -= used;
      if (used < piece.length) return;
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
