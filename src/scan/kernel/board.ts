import type { ByteSet } from '../pattern/anchor.ts';
import { WINDOW } from './sets.ts';

/** Per position of a window the nibbles that its set allows, lower then upper: 16 bits each. */
export type Nibbles = Uint16Array;

/** The nibbles of the last `positions` sets of a window. */
export const nibblesOf = (window: readonly ByteSet[], positions: number): Nibbles => {
  const nibbles = new Uint16Array(2 * positions);
  window.slice(WINDOW - positions).forEach((set, at) => {
    for (let byte = 0; byte < 256; byte += 1) {
      if (set[byte] !== 1) continue;
      nibbles[2 * at] = (nibbles[2 * at] ?? 0) | (1 << (byte & 15));
      nibbles[2 * at + 1] = (nibbles[2 * at + 1] ?? 0) | (1 << (byte >> 4));
    }
  });
  return nibbles;
};

/** Which pieces of a sample text some bucket lets through, kept up to date while windows join and leave buckets. */
export interface Board {
  /** Pieces that are let through now. */
  survivors(): number;
  join(nibbles: Nibbles, bucket: number): void;
  leave(nibbles: Nibbles, bucket: number): void;
  /** Pieces that would be let through beside those of now. */
  cost(nibbles: Nibbles, bucket: number): number;
}

interface Needs {
  /** Pieces of WINDOW bytes on end, as they stand in text. */
  readonly grams: Uint8Array;
  readonly positions: number;
  readonly buckets: number;
}

/** Per table (two a position) and nibble, one bit per piece: has it that nibble there? `words` of 32 bits each. */
const spread = ({ grams, positions }: Needs, words: number): Uint32Array => {
  const bits = new Uint32Array(2 * positions * 16 * words);
  const mark = (row: number, gram: number): void => {
    const at = row * words + (gram >> 5);
    bits[at] = (bits[at] ?? 0) | (1 << (gram & 31));
  };
  for (let gram = 0; gram * WINDOW + WINDOW <= grams.length; gram += 1) {
    for (let at = 0; at < positions; at += 1) {
      const byte = grams[gram * WINDOW + WINDOW - positions + at] ?? 0;
      mark(2 * at * 16 + (byte & 15), gram);
      mark((2 * at + 1) * 16 + (byte >> 4), gram);
    }
  }
  return bits;
};

const ones = (word: number): number => {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/** Lays a row of words over another. */
const lay = (onto: Uint32Array, from: Uint32Array, row: number): void => {
  const words = onto.length;
  for (let word = 0; word < words; word += 1) onto[word] = (onto[word] ?? 0) | (from[row * words + word] ?? 0);
};

/** One bucket: how many of its windows need a nibble, and what its tables let through. */
const createBucket = (tables: number, words: number) => ({
  needed: new Uint16Array(tables * 16),
  rows: Array.from({ length: tables }, () => new Uint32Array(words)),
  alive: new Uint32Array(words),
});
type Bucket = ReturnType<typeof createBucket>;

export const createBoard = (needs: Needs): Board => {
  const words = Math.ceil(needs.grams.length / WINDOW / 32);
  const tables = 2 * needs.positions;
  const bits = spread(needs, words);
  const all = Array.from({ length: needs.buckets }, () => createBucket(tables, words));
  const none = createBucket(tables, words);
  const bucketAt = (bucket: number): Bucket => all[bucket] ?? none;
  /** Buckets that let a piece through. */
  const cover = new Uint8Array(words * 32);
  const fresh = new Uint32Array(words);
  const rows = Array.from({ length: tables }, () => new Uint32Array(words));
  let count = 0;

  const meet = (from: readonly Uint32Array[]): void => {
    fresh.fill(0xffffffff);
    for (const row of from)
      for (let word = 0; word < words; word += 1) fresh[word] = (fresh[word] ?? 0) & (row[word] ?? 0);
  };
  const settle = (bucket: Bucket): void => {
    meet(bucket.rows);
    for (let word = 0; word < words; word += 1) {
      const now = fresh[word] ?? 0;
      let changed = now ^ (bucket.alive[word] ?? 0);
      bucket.alive[word] = now;
      while (changed !== 0) {
        const bit = 31 - Math.clz32(changed & -changed);
        const at = word * 32 + bit;
        const before = cover[at] ?? 0;
        const after = (now >>> bit) & 1 ? before + 1 : before - 1;
        cover[at] = after;
        if (after === 0) count -= 1;
        else if (before === 0) count += 1;
        changed &= changed - 1;
      }
    }
  };
  const join = (nibbles: Nibbles, at: number): void => {
    const bucket = bucketAt(at);
    bucket.rows.forEach((row, table) => {
      for (let nibble = 0; nibble < 16; nibble += 1) {
        if ((((nibbles[table] ?? 0) >> nibble) & 1) === 0) continue;
        const place = table * 16 + nibble;
        const needed = bucket.needed[place] ?? 0;
        bucket.needed[place] = needed + 1;
        if (needed === 0) lay(row, bits, place);
      }
    });
    settle(bucket);
  };
  const leave = (nibbles: Nibbles, at: number): void => {
    const bucket = bucketAt(at);
    bucket.rows.forEach((row, table) => {
      let gone = false;
      for (let nibble = 0; nibble < 16; nibble += 1) {
        if ((((nibbles[table] ?? 0) >> nibble) & 1) === 0) continue;
        const place = table * 16 + nibble;
        const needed = (bucket.needed[place] ?? 0) - 1;
        bucket.needed[place] = needed;
        if (needed === 0) gone = true;
      }
      if (!gone) return;
      row.fill(0);
      for (let nibble = 0; nibble < 16; nibble += 1) {
        if ((bucket.needed[table * 16 + nibble] ?? 0) > 0) lay(row, bits, table * 16 + nibble);
      }
    });
    settle(bucket);
  };
  const cost = (nibbles: Nibbles, at: number): number => {
    const bucket = bucketAt(at);
    rows.forEach((row, table) => {
      row.set(bucket.rows[table] ?? row);
      for (let nibble = 0; nibble < 16; nibble += 1) {
        const place = table * 16 + nibble;
        if ((((nibbles[table] ?? 0) >> nibble) & 1) === 1 && bucket.needed[place] === 0) lay(row, bits, place);
      }
    });
    meet(rows);
    let more = 0;
    for (let word = 0; word < words; word += 1) {
      let added = (fresh[word] ?? 0) & ~(bucket.alive[word] ?? 0);
      while (added !== 0) {
        if (cover[word * 32 + 31 - Math.clz32(added & -added)] === 0) more += 1;
        added &= added - 1;
      }
    }
    return more;
  };
  return { survivors: () => count, join, leave, cost };
};
