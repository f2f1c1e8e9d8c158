import { closeSync, constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';

/** Reads a FIFO until its last writer closes it; one that nobody writes to is empty, and not waited for. */
export async function* readFifo(path: string, stop: AbortSignal): AsyncGenerator<Buffer> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const first = firstPiece(fd);
  if (first?.length === 0) return closeSync(fd);
  if (first) yield first;
  const socket = new Socket({ fd, readable: true, writable: false });
  stop.addEventListener('abort', () => socket.destroy(), { once: true });
  yield* socket;
}

/** What stands in it already: nothing when it has no writer, undefined when its writer has not written yet. */
const firstPiece = (fd: number): Buffer | undefined => {
  try {
    const buffer = Buffer.alloc(65_536);
    return buffer.subarray(0, readSync(fd, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
};
