/** Bytes that are made fit to be scanned, and scanned, in one go. */
const SLICE = 256 * 1024;
/** Longer than any head of a field or a value. */
const LONGEST_HEAD = 32;

/**
 * Goes over a body in order, and blanks in `text` what is structure and begins before `limit`; the first byte of `text` is that
 * at `base` of the body. Gives where the last of it ends, at least `base`; -1: the body is malformed.
 */
export type Blank = (text: Buffer, base: number, limit: number) => number;

/** A body that is text as it is. */
export function* slicesOf(body: Buffer): Generator<Buffer> {
  for (let from = 0; from < body.length; from += SLICE) yield body.subarray(from, from + SLICE);
}

/** Copies of the body, slice after slice in the same memory, blanked. Undefined, and nothing more: it is malformed. */
export function* blankedSlices(body: Buffer, blank: Blank, slice = SLICE): Generator<Buffer | undefined> {
  const text = Buffer.allocUnsafe(Math.min(body.length, slice + LONGEST_HEAD));
  for (let from = 0; from < body.length; ) {
    const limit = Math.min(body.length, from + slice);
    body.copy(text, 0, from, from + text.length);
    const end = blank(text, from, limit);
    if (end < 0) return yield undefined;
    const to = Math.max(limit, end);
    yield text.subarray(0, to - from);
    from = to;
  }
}
