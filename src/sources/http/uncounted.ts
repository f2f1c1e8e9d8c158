import { createFrames } from '../syslog/frames.ts';

/** Two: a key may go over one. */
const LINE_ENDS = Buffer.from('\n\n');

/** Syslog whose messages are counted, as it comes over TCP. Where no count stands that should, it goes on by lines. */
export async function* uncounted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let frames = createFrames();
  /** A message ended before it. */
  const rest = (): Buffer => Buffer.concat([LINE_ENDS, frames.rest()]);
  for await (const { buffer, byteOffset, length } of chunks) {
    const { bytes, malformed } = frames.take(Buffer.from(buffer, byteOffset, length));
    yield bytes;
    if (!malformed) continue;
    const other = rest();
    frames = createFrames();
    yield frames.take(other).bytes;
  }
  yield rest();
}
