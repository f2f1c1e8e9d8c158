import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { constants, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

/** RFC 9659: in HTTP no zstd frame needs more than 8 MiB to be read. */
const ZSTD_WINDOW_LOG = 23;
const CHUNK = 64 * 1024;

type Unpack = () => Transform;

const unpacks: Readonly<Record<string, Unpack>> = {
  gzip: () => createGunzip({ chunkSize: CHUNK }),
  'x-gzip': () => createGunzip({ chunkSize: CHUNK }),
  deflate: () => createInflate({ chunkSize: CHUNK }),
  zstd: () => createZstdDecompress({ chunkSize: CHUNK, params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
};

/** How a content-encoding is undone: undefined when it is not known, `none` when there is nothing to undo. */
export const unpackOf = (encoding: string): Unpack | 'none' | undefined =>
  ['', 'identity'].includes(encoding) ? 'none' : Object.hasOwn(unpacks, encoding) ? unpacks[encoding] : undefined;

/** What undoing a content-encoding holds in memory beside the chunks: a few hundred bytes may ask for all of the window. */
export const heldBy = (encoding: string): number => (encoding === 'zstd' ? 2 ** ZSTD_WINDOW_LOG : 0);

/** The body is not what its content-encoding says. */
export class BadPacking extends Error {
  constructor(cause: unknown) {
    super('the body cannot be unpacked', { cause });
    this.name = 'BadPacking';
  }
}

/** What a packed body holds, no faster than it is read. Rejects as the body does, or with `BadPacking`. */
export async function* unpacked(body: AsyncIterable<Uint8Array>, unpack: Unpack): AsyncGenerator<Uint8Array> {
  const stream = unpack();
  let gone: unknown;
  // Not waited for: a sender that stalls must not hold back the answer that its body is broken.
  void feed(body, stream).catch((error: unknown) => {
    gone = error;
    stream.destroy(error as Error);
  });
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (error) {
    throw gone ?? new BadPacking(error);
  } finally {
    stream.destroy();
  }
}

const feed = async (body: AsyncIterable<Uint8Array>, stream: Transform): Promise<void> => {
  const closed = once(stream, 'close').catch(() => undefined);
  for await (const piece of body) {
    if (stream.destroyed) return;
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain').catch(() => undefined), closed]);
  }
  if (!stream.destroyed) stream.end();
};
