import type { ByteSet } from '../pattern/anchor.ts';

/** Any byte. */
export const ANY: ByteSet = new Uint8Array(256).fill(1);

/** Bytes that the kernel's masks and hash look at, per anchor. */
export const WINDOW = 4;

/** Anchors share most of their sets. */
const bytesOfSets = new WeakMap<ByteSet, readonly number[]>();

/** The bytes of a set. */
export const bytesOf = (set: ByteSet): readonly number[] => {
  const known = bytesOfSets.get(set);
  if (known) return known;
  const bytes: number[] = [];
  for (let byte = set.indexOf(1); byte >= 0; byte = set.indexOf(1, byte + 1)) bytes.push(byte);
  bytesOfSets.set(set, bytes);
  return bytes;
};

/** The sets of a window: from `offset` of an anchor on, any byte where that is before its first. */
export const windowAt = (sets: readonly ByteSet[], offset: number): readonly ByteSet[] =>
  Array.from({ length: WINDOW }, (_, at) => sets[offset + at] ?? ANY);

/** Where the windows of an anchor may begin: inside it, or before its first byte if it is short. */
export const offsetsOf = (sets: readonly ByteSet[]): readonly number[] =>
  sets.length < WINDOW
    ? [sets.length - WINDOW]
    : Array.from({ length: sets.length - WINDOW + 1 }, (_, offset) => offset);

/** Each set once. */
export const createSets = () => {
  const numbers = new Map<string, number>();
  const seen = new Map<ByteSet, number>();
  const all: ByteSet[] = [];
  const numberOf = (set: ByteSet): number => {
    const before = seen.get(set);
    if (before !== undefined) return before;
    const key = Buffer.from(set.buffer, set.byteOffset, set.length).toString('latin1');
    const number = numbers.get(key) ?? all.push(set) - 1;
    numbers.set(key, number);
    seen.set(set, number);
    return number;
  };
  return { all, numberOf, own: (set: ByteSet): ByteSet => all[numberOf(set)] ?? set };
};
