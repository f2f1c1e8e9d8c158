import { createTarDecoder } from 'modern-tar';
import type { ArchiveEvent } from './unpack-members.ts';

/** Files of a tar; a file that ends before its size is damaged. */
export async function* readTar(bytes: AsyncIterable<Buffer>): AsyncGenerator<ArchiveEvent> {
  const entries = ReadableStream.from<Uint8Array>(bytes).pipeThrough(createTarDecoder());
  for await (const { header, body } of entries) {
    if (header.size > 0) yield { say: 'member', name: header.name };
    let left = header.size;
    for await (const { buffer, byteOffset, byteLength } of body) {
      left -= byteLength;
      yield { say: 'bytes', bytes: Buffer.from(buffer, byteOffset, byteLength) };
    }
    if (left > 0) yield { say: 'damaged', why: 'tar is cut off' };
  }
}
