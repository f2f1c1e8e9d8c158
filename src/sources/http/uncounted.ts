import { createFrames } from '../syslog/frames.ts';
import { LINE_END } from '../syslog/passage.ts';

/** Longer than any word that a count could end. */
const MOST_BEFORE = 16 * 1024;

/** Syslog whose messages are counted, as it comes over TCP. Where no count stands that should, it goes on by lines. */
export async function* uncounted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let sent: Buffer = Buffer.alloc(0);
  const begin = () => createFrames((most) => sent.subarray(-most));
  let frames = begin();

  function* pass(chunk: Buffer): Generator<Buffer> {
    for (const { bytes, malformed } of frames.take(chunk)) {
      yield bytes;
      sent = Buffer.concat([sent.subarray(-MOST_BEFORE), bytes.subarray(-MOST_BEFORE)]);
      if (!malformed) continue;
      const other = Buffer.concat([LINE_END, frames.rest().bytes]);
      frames = begin();
      yield* pass(other);
      return;
    }
  }
  for await (const { buffer, byteOffset, length } of chunks) yield* pass(Buffer.from(buffer, byteOffset, length));
  yield Buffer.concat([LINE_END, frames.rest().bytes]);
}
