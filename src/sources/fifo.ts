import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** Reads a FIFO until its last writer closes it; one that nobody writes to is empty, and not waited for. */
export const readFifo = (path: string): AsyncIterable<Buffer> =>
  new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
