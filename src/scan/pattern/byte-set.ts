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

export const negated = (set: ByteSet): ByteSet => set.map((flag) => 1 - flag);

export const union = (sets: readonly ByteSet[]): ByteSet => {
  const [first = none] = sets;
  if (sets.length < 2) return first;
  const all = new Uint8Array(first);
  for (const set of sets) {
    for (let byte = set.indexOf(1); byte >= 0; byte = set.indexOf(1, byte + 1)) all[byte] = 1;
  }
  return all;
};

export const membersOf = (set: ByteSet): readonly number[] => {
  const members: number[] = [];
  for (let byte = set.indexOf(1); byte >= 0; byte = set.indexOf(1, byte + 1)) members.push(byte);
  return members;
};

export const meets = (a: ByteSet, b: ByteSet): boolean => {
  for (let byte = a.indexOf(1); byte >= 0; byte = a.indexOf(1, byte + 1)) if (b[byte] === 1) return true;
  return false;
};

export const includes = (whole: ByteSet, part: ByteSet): boolean => {
  for (let byte = part.indexOf(1); byte >= 0; byte = part.indexOf(1, byte + 1)) if (whole[byte] !== 1) return false;
  return true;
};

export const sameSet = (a: ByteSet, b: ByteSet): boolean =>
  a === b || Buffer.compare(a as Uint8Array, b as Uint8Array) === 0;

const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;

/** One byte, or one letter in either case. */
export const isLetter = (set: ByteSet): boolean => {
  const first = set.indexOf(1);
  if (first < 0) return false;
  const second = set.indexOf(1, first + 1);
  if (second < 0) return true;
  return isCapital(first) && second === first + 32 && set.indexOf(1, second + 1) < 0;
};
