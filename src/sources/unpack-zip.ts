import { Unzip, type UnzipFile, UnzipInflate } from 'fflate';
import { PACKED_PIECE } from './unpack-budget.ts';
import type { ArchiveEvent } from './unpack-members.ts';

/** Reads a zip from its first byte to its last, without its directory: one that was cut off gives what it has. */
export async function* readZip(bytes: AsyncIterable<Buffer>): AsyncGenerator<ArchiveEvent> {
  const events: ArchiveEvent[] = [];
  const unzip = new Unzip((file) => readMember(file, (event) => events.push(event)));
  unzip.register(UnzipInflate);
  const push = (piece: Uint8Array, last: boolean): void => {
    try {
      unzip.push(piece, last);
    } catch {
      events.push({ say: 'damaged', why: 'damaged or cut off zip' });
    }
  };
  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; at += PACKED_PIECE) {
      push(piece.subarray(at, at + PACKED_PIECE), false);
      yield* events.splice(0);
    }
  }
  push(new Uint8Array(), true);
  yield* events.splice(0);
}

const readMember = (file: UnzipFile, say: (event: ArchiveEvent) => void): void => {
  if (file.name.endsWith('/')) return;
  let damaged = false;
  say({ say: 'member', name: file.name });
  file.ondata = (error, piece) => {
    if (damaged) return;
    damaged = error !== null;
    if (error) say({ say: 'damaged', why: 'encrypted or damaged zip' });
    else if (piece.length > 0)
      say({ say: 'bytes', bytes: Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) });
  };
  try {
    file.start();
  } catch {
    damaged = true;
    say({ say: 'damaged', why: `zip method ${file.compression} is not known` });
  }
};
