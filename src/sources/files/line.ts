import type { Place } from '../../core/fragment.ts';

/** Reads so many bytes from there, at once; fewer where there are no more. */
export type ReadNow = (from: number, length: number) => Uint8Array;

export interface Line {
  /** Where it stands; of a longer line, what was read of it. */
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** Bytes that are looked at on either side: few lines are longer than the first; one longer than the last says what stands near. */
const REACHES = [4 * 1024, 64 * 1024];
const LONGEST_HIT = 64 * 1024;

/** The line that a place of a file stands in; `end` ends a line, or an entry of many lines. */
export const lineAround = (read: ReadNow, place: Place, end = '\n'): Line => {
  const [near = 0, far = 0] = REACHES;
  const { isWhole, line } = lineWithin(read, place, { end, reach: near });
  return isWhole ? line : lineWithin(read, place, { end, reach: far }).line;
};

const lineWithin = (
  read: ReadNow,
  { offset, length }: Place,
  { end, reach }: { readonly end: string; readonly reach: number },
) => {
  const base = Math.max(0, offset - reach);
  const hit = Math.min(length, LONGEST_HIT);
  const asked = offset - base + hit + reach;
  const bytes = Buffer.from(read(base, asked));
  const before = offset > base ? bytes.lastIndexOf(end, offset - base - 1) : -1;
  const after = bytes.indexOf(end, offset - base + hit);
  const [from, to] = [before < 0 ? 0 : before + end.length, after < 0 ? bytes.length : after];
  const isWhole = (before >= 0 || base === 0) && (after >= 0 || bytes.length < asked);
  return { isWhole, line: { from: base + from, to: base + to, bytes: bytes.subarray(from, to) } };
};
