import { createTarDecoder } from 'modern-tar';
import { type ArchiveEvent, createBeside } from './unpack-members.ts';

/** Files of a tar; a file that ends before its size is damaged. Then the names of all that is in it. */
export async function* readTar(bytes: AsyncIterable<Buffer>): AsyncGenerator<ArchiveEvent> {
  const entries = ReadableStream.from<Uint8Array>(bytes).pipeThrough(createTarDecoder());
  const names = createBeside();
  for await (const { header, body } of entries) {
    names.add(Buffer.from(`${header.name}\n${header.linkname ?? ''}\n`));
    if (names.isMuch()) yield* names.say();
    if (header.size > 0) yield { say: 'member', name: header.name };
    let left = header.size;
    for await (const { buffer, byteOffset, byteLength } of body) {
      left -= byteLength;
      yield { say: 'bytes', bytes: Buffer.from(buffer, byteOffset, byteLength) };
    }
    if (left > 0) yield { say: 'damaged', why: 'tar is cut off' };
  }
  yield* names.say();
}
