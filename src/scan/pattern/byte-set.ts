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

export const isByteSet = (value: unknown): value is ByteSet => value instanceof Uint8Array;

/** A set as 64 words of four bytes: what is done to whole sets is done four bytes at a time. */
const wordsOf = (set: ByteSet): Uint32Array => new Uint32Array(set.buffer, set.byteOffset, 64);

export const negated = (set: ByteSet): ByteSet => {
  const rest = new Uint8Array(256);
  const [to, from] = [wordsOf(rest), wordsOf(set)];
  for (let at = 0; at < 64; at += 1) to[at] = (from[at] ?? 0) ^ 0x01010101;
  return rest;
};

/** Puts all bytes of a set to those of another, which is still being made. */
export const addAll = (to: Uint8Array, set: ByteSet): void => {
  const [all, more] = [wordsOf(to), wordsOf(set)];
  for (let at = 0; at < 64; at += 1) all[at] = (all[at] ?? 0) | (more[at] ?? 0);
};

export const union = (sets: readonly ByteSet[]): ByteSet => {
  const [first = none, ...others] = sets;
  if (others.every((set) => set === first)) return first;
  const all = new Uint8Array(first);
  for (const set of others) addAll(all, set);
  return all;
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

/** How many bytes are in the set. */
export const sizeOf = (set: ByteSet): number => {
  let size = 0;
  // The four bytes of a word are 0 or 1 each; the product has their sum on top.
  for (const four of wordsOf(set)) size += Math.imul(four, 0x01010101) >>> 24;
  return size;
};

/** The bytes of a set that stand in all of the others too. */
export const commonTo = ([first = none, ...others]: readonly ByteSet[]): ByteSet => {
  const common = new Uint8Array(first);
  const to = wordsOf(common);
  for (const set of others) {
    const from = wordsOf(set);
    for (let at = 0; at < 64; at += 1) to[at] = (to[at] ?? 0) & (from[at] ?? 0);
  }
  return common;
};

/** The spans that a set is made of, each from its first byte to its last. */
export const spansOf = (set: ByteSet): readonly (readonly [from: number, to: number])[] => {
  const found: [number, number][] = [];
  for (let from = set.indexOf(1); from >= 0; ) {
    const end = set.indexOf(0, from);
    const to = end < 0 ? 256 : end;
    found.push([from, to - 1]);
    from = end < 0 ? -1 : set.indexOf(1, to);
  }
  return found;
};
