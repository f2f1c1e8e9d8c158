import { lastNext } from '../place/next-record.ts';
import { release } from '../release.ts';

/** Bytes that are scanned at once: large enough that what is paid for each counts for little. */
export const PIECE = 256 * 1024;

const NEWLINE = 0x0a;

/**
 * Cuts what comes into pieces of at most `PIECE`, at the end of a line or of a record where there is one. Two buffers take
 * turns: a piece stays as it is until the next but one is asked for. `owned`: nobody else has the chunks.
 */
export const createPieces = ({ owned }: { readonly owned: boolean }) => {
  let filling: Buffer | undefined;
  let other: Buffer | undefined;
  let size = 0;
  /** The first chunk stays where it is: most bodies have no other. */
  let only: Uint8Array | undefined;

  const fill = (chunk: Uint8Array): number => {
    filling ??= Buffer.allocUnsafeSlow(PIECE);
    const part = chunk.subarray(0, PIECE - size);
    filling.set(part, size);
    size += part.length;
    return part.length;
  };
  function* pour(chunk: Uint8Array): Generator<Buffer> {
    const { length } = chunk;
    for (let at = 0; at < length; ) {
      at += fill(chunk.subarray(at));
      if (owned && at === length) release(chunk);
      if (!filling || size < PIECE) continue;
      const full = filling;
      const end = cutOf(full);
      yield full.subarray(0, end);
      filling = other;
      other = full;
      size = 0;
      if (end < PIECE) fill(full.subarray(end));
    }
  }

  return {
    *add(chunk: Uint8Array): Generator<Buffer> {
      if (!only && size === 0 && !other && chunk.length < PIECE) {
        only = chunk;
        return;
      }
      const first = only;
      only = undefined;
      if (first) yield* pour(first);
      yield* pour(chunk);
    },
    rest: (): Buffer => (only ? viewOf(only) : (filling?.subarray(0, size) ?? Buffer.alloc(0))),
  };
};

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the last whole line of a piece ends, else where the last record of a long line begins (HEC, arrays of JSON). */
const cutOf = (piece: Buffer): number => {
  const line = piece.lastIndexOf(NEWLINE) + 1;
  if (line > 0) return line;
  const record = lastNext(piece);
  return record > 0 ? record : PIECE;
};
