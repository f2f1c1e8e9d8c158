import { createFrames } from '../syslog/frames.ts';
import type { Frames } from './dialect.ts';

/** Two: a key may go over one. */
const LINE_ENDS = Buffer.from('\n\n');

/** Syslog whose messages are counted, as it comes over TCP. Where no count stands that should, it goes on by lines. */
export const createUncounted = (): Frames => {
  let frames = createFrames();
  /** A message ended before it. */
  const rest = (): Buffer => Buffer.concat([LINE_ENDS, frames.rest()]);
  return {
    take({ buffer, byteOffset, length }) {
      const { bytes, malformed } = frames.take(Buffer.from(buffer, byteOffset, length));
      if (!malformed) return bytes;
      const other = rest();
      frames = createFrames();
      return Buffer.concat([bytes, frames.take(other).bytes]);
    },
    rest,
  };
};
