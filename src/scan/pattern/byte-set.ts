import type { ByteSet } from './anchor.ts';

/** The bytes from one to another, both included. Each span is written as its two characters: `az`, `09`, `__`. */
export const spans = (...pairs: readonly string[]): ByteSet => {
  const set = new Uint8Array(256);
  for (const pair of pairs) set.fill(1, pair.charCodeAt(0), pair.charCodeAt(1) + 1);
  return set;
};

export const none: ByteSet = new Uint8Array(256);
export const every: ByteSet = new Uint8Array(256).fill(1);
/** Bytes of characters that ASCII does not have, in UTF-8. */
export const high: ByteSet = spans('\x80\xff');
export const digits: ByteSet = spans('09');
export const word: ByteSet = spans('09', 'AZ', '__', 'az');

const singles: readonly ByteSet[] = Array.from({ length: 256 }, (_, byte) =>
  new Uint8Array(256).fill(1, byte, byte + 1),
);

export const isByteSet = (value: unknown): value is ByteSet => value instanceof Uint8Array;

/** The set of one byte. */
export const single = (byte: number): ByteSet => singles[byte] ?? none;

/** A set as 64 words of four bytes: what is done to whole sets is done four bytes at a time. */
const wordsOf = (set: ByteSet): Uint32Array => new Uint32Array(set.buffer, set.byteOffset, 64);

export const negated = (set: ByteSet): ByteSet => {
  const rest = new Uint8Array(256);
  const [to, from] = [wordsOf(rest), wordsOf(set)];
  for (let at = 0; at < 64; at += 1) to[at] = (from[at] ?? 0) ^ 0x01010101;
  return rest;
};

export const union = (sets: readonly ByteSet[]): ByteSet => {
  const [first = none, ...others] = sets;
  if (others.every((set) => set === first)) return first;
  const all = new Uint8Array(first);
  const to = wordsOf(all);
  for (const set of others) {
    const from = wordsOf(set);
    for (let at = 0; at < 64; at += 1) to[at] = (to[at] ?? 0) | (from[at] ?? 0);
  }
  return all;
};

/** The bytes of a set, in order. */
export const membersOf = (set: ByteSet): readonly number[] => {
  const members: number[] = [];
  for (let byte = set.indexOf(1); byte >= 0; byte = set.indexOf(1, byte + 1)) members.push(byte);
  return members;
};

/** Is there a byte that is in both? */
export const meets = (a: ByteSet, b: ByteSet): boolean => {
  const [one, other] = [wordsOf(a), wordsOf(b)];
  for (let at = 0; at < 64; at += 1) if ((one[at] ?? 0) & (other[at] ?? 0)) return true;
  return false;
};

export const includes = (whole: ByteSet, part: ByteSet): boolean => {
  const [one, other] = [wordsOf(whole), wordsOf(part)];
  for (let at = 0; at < 64; at += 1) if ((other[at] ?? 0) & ~(one[at] ?? 0)) return false;
  return true;
};

export const sameSet = (a: ByteSet, b: ByteSet): boolean => {
  if (a === b) return true;
  const [one, other] = [wordsOf(a), wordsOf(b)];
  for (let at = 0; at < 64; at += 1) if (one[at] !== other[at]) return false;
  return true;
};

const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;

/** One byte, or one letter in either case. */
export const isLetter = (set: ByteSet): boolean => {
  const first = set.indexOf(1);
  if (first < 0) return false;
  const second = set.indexOf(1, first + 1);
  if (second < 0) return true;
  return isCapital(first) && second === first + 32 && set.indexOf(1, second + 1) < 0;
};
