export const DIGITS = '0123456789';
export const LOWER = 'abcdefghijklmnopqrstuvwxyz';
export const UPPER = LOWER.toUpperCase();
export const ALNUM = UPPER + LOWER + DIGITS;
export const HEX = `${DIGITS}abcdef`;
export const BASE64 = `${ALNUM}+/`;
export const BASE64URL = `${ALNUM}-_`;

/** Chance that can be had again: the same seed, the same corpus. */
export interface Random {
  /** A whole number from 0 to below `below`. */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
  text(alphabet: string, length: number): string;
  bytes(length: number): Buffer;
}

/** Mulberry32: small, quick, and even enough for a corpus. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const int = (below: number): number => Math.floor((next() / 2 ** 32) * below);
  return {
    int,
    pick(from) {
      const one = from[int(from.length)];
      if (one === undefined) throw new Error('pick: nothing to pick from');
      return one;
    },
    text: (alphabet, length) => Array.from({ length }, () => alphabet[int(alphabet.length)]).join(''),
    bytes: (length) => Buffer.from(Array.from({ length }, () => int(256))),
  };
};
