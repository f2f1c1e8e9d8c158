import type { Place } from '../../core/fragment.ts';

/** Reads so many bytes from there, at once; fewer where there are no more. */
export type ReadNow = (from: number, length: number) => Uint8Array;

/** Bytes that are looked at on either side: a line that is longer says what stands near. */
const REACH = 64 * 1024;

/** The line that a place of a file stands in; `end` ends a line, or an entry of many lines. */
export const lineAround = (read: ReadNow, { offset, length }: Place, end = '\n'): Uint8Array => {
  const from = Math.max(0, offset - REACH);
  const bytes = Buffer.from(read(from, offset - from + Math.min(length, REACH) + REACH));
  const before = offset > from ? bytes.lastIndexOf(end, offset - from - 1) : -1;
  const after = bytes.indexOf(end, offset - from + Math.min(length, REACH));
  return bytes.subarray(before < 0 ? 0 : before + end.length, after < 0 ? bytes.length : after);
};
