import { lastNext } from '../place/next-record.ts';
import { release } from '../release.ts';

/** Bytes that are scanned at once: large enough that what is paid for each counts for little. */
export const PIECE = 256 * 1024;

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts what comes into pieces of at most `PIECE`, at the end of a line or of a record where there is one. Two buffers take
 * turns: a piece stays as it is until the next but one is asked for. `owned`: nobody else has the chunks.
 */
export const createPieces = ({ owned }: { readonly owned: boolean }) => {
  let filling: Buffer | undefined;
  let other: Buffer | undefined;
  /** Of the buffer that is filled; so many bytes of it were given before it was full. */
  let [size, given] = [0, 0];
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
      const cut = cutOf(full);
      const end = cut > given ? cut : PIECE;
      yield full.subarray(given, end);
      [filling, other, size, given] = [other, full, 0, 0];
      if (end < PIECE) fill(full.subarray(end));
    }
  }

  const rest = (): Buffer => filling?.subarray(given, size) ?? NOTHING;
  const first = (): Uint8Array => {
    const chunk = only ?? NOTHING;
    only = undefined;
    return chunk;
  };

  return {
    *add(chunk: Uint8Array): Generator<Buffer> {
      if (!only && size === 0 && !other && chunk.length < PIECE) {
        only = chunk;
        return;
      }
      yield* pour(first());
      yield* pour(chunk);
    },
    /** All that came and was not given, wherever it ends. What comes then stands behind it in memory, as long as there is room. */
    now(): Buffer {
      fill(first()); // There is room: it is less than a piece.
      const bytes = rest();
      given = size;
      return bytes;
    },
    rest: (): Buffer => (only ? viewOf(only) : rest()),
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
