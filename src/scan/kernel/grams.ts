import type { ByteSet } from '../pattern/anchor.ts';
import { WINDOW } from './sets.ts';

/** One bit per piece of a sample text. */
export type Bits = Uint32Array;

/** What the masks see of a window, position by position: lower nibbles, then upper. */
export interface Masked {
  /** The nibbles that each half allows, 16 bits. */
  readonly nibbles: readonly number[];
  /** Per half the pieces that have such nibbles. */
  readonly pieces: readonly Bits[];
  /** How many pieces it lets through by itself. */
  readonly alone: number;
}

/** Bits that are set in a word. */
export const ones = (word: number): number => {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/** Pieces that all rows have. */
const commonTo = (rows: readonly Bits[], words: number): number => {
  let common = 0;
  for (let word = 0; word < words; word += 1) {
    let left = -1;
    for (const row of rows) left &= row[word] ?? 0;
    if (left !== 0) common += ones(left);
  }
  return common;
};

/** Pieces of text, WINDOW bytes each, by the nibbles that stand in their last `positions` bytes. */
export interface Grams {
  readonly count: number;
  /** Words of 32 bits in a row of bits. */
  readonly words: number;
  /** Halves of all positions. */
  readonly halves: number;
  /** The pieces that have this nibble in this half. */
  row(half: number, nibble: number): Bits;
  maskedOf(window: readonly ByteSet[]): Masked;
}

const nibblesOf = (set: ByteSet): readonly [low: number, high: number] => {
  let low = 0;
  let high = 0;
  for (let byte = 0; byte < 256; byte += 1) {
    if (set[byte] !== 1) continue;
    low |= 1 << (byte & 15);
    high |= 1 << (byte >> 4);
  }
  return [low, high];
};

/** Per half and nibble the pieces of the text that have it. */
const rowsOf = (text: Uint8Array, count: number, skipped: number): readonly Bits[] => {
  const rows = Array.from({ length: 2 * WINDOW * 16 }, () => new Uint32Array(Math.ceil(count / 32)));
  const mark = (row: number, piece: number): void => {
    const bits = rows[row];
    if (bits !== undefined) bits[piece >> 5] = (bits[piece >> 5] ?? 0) | (1 << (piece & 31));
  };
  for (let at = 0; at < count * WINDOW; at += 1) {
    const half = 2 * ((at % WINDOW) - skipped);
    if (half < 0) continue;
    const byte = text[at] ?? 0;
    mark(half * 16 + (byte & 15), Math.floor(at / WINDOW));
    mark((half + 1) * 16 + (byte >> 4), Math.floor(at / WINDOW));
  }
  return rows;
};

export const createGrams = (text: Uint8Array, positions: number): Grams => {
  const count = Math.floor(text.length / WINDOW);
  const words = Math.ceil(count / 32);
  const halves = 2 * positions;
  const rows = rowsOf(text, count, WINDOW - positions);
  const row = (half: number, nibble: number): Bits => rows[half * 16 + nibble] ?? new Uint32Array(words);
  const known = new Map<number, Bits>();
  const sets = new Map<ByteSet, readonly [number, number]>();
  /** The pieces that have one of these nibbles in this half. */
  const piecesOf = (half: number, nibbles: number): Bits => {
    const key = (half << 16) | nibbles;
    const before = known.get(key);
    if (before !== undefined) return before;
    const pieces = new Uint32Array(words);
    known.set(key, pieces);
    for (let nibble = 0; nibble < 16; nibble += 1) {
      if (((nibbles >> nibble) & 1) === 0) continue;
      const bits = row(half, nibble);
      for (let word = 0; word < words; word += 1) pieces[word] = (pieces[word] ?? 0) | (bits[word] ?? 0);
    }
    return pieces;
  };
  return {
    count,
    words,
    halves,
    row,
    maskedOf(window) {
      const nibbles = window.slice(WINDOW - positions).flatMap((set) => {
        const nibbles = sets.get(set) ?? nibblesOf(set);
        sets.set(set, nibbles);
        return nibbles;
      });
      const pieces = nibbles.map((allowed, half) => piecesOf(half, allowed));
      return { nibbles, pieces, alone: commonTo(pieces, words) };
    },
  };
};
