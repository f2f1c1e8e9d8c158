import { type Bits, type Grams, type Masked, ones } from './grams.ts';

/** Which pieces of a sample text some bucket lets through, kept up to date while windows join and leave buckets. */
export interface Board {
  /** Pieces that are let through now. */
  survivors(): number;
  join(window: Masked, bucket: number): void;
  leave(window: Masked, bucket: number): void;
  /** Pieces that would be let through beside those of now; counted up to about `most`. */
  cost(window: Masked, bucket: number, most?: number): number;
}

/**
 * One bucket: how many of its windows need a nibble, which pieces its tables let through (for each word of bits, one
 * word of each half), and which all of them together do.
 */
const createBucket = ({ halves, words }: Grams) => ({
  needed: new Uint16Array(halves * 16),
  pieces: new Uint32Array(halves * words),
  alive: new Uint32Array(words),
});
type Bucket = ReturnType<typeof createBucket>;

/** Counts by how many buckets each piece is let through. */
const createCover = (words: number) => {
  const times = new Uint8Array(words * 32);
  const covered = new Uint32Array(words);
  let survivors = 0;
  const count = (piece: number, more: boolean): void => {
    const before = times[piece] ?? 0;
    times[piece] = more ? before + 1 : before - 1;
    if (before > (more ? 0 : 1)) return;
    covered[piece >> 5] = (covered[piece >> 5] ?? 0) ^ (1 << (piece & 31));
    survivors += more ? 1 : -1;
  };
  return {
    covered,
    survivors: () => survivors,
    /** A bucket lets through these pieces of a word, and did those. */
    change(word: number, now: number, before: number): void {
      for (let changed = now ^ before; changed !== 0; changed &= changed - 1) {
        const bit = 31 - Math.clz32(changed & -changed);
        count(word * 32 + bit, ((now >>> bit) & 1) === 1);
      }
    },
  };
};

/** Counts a window in or out; gives each half of which a nibble is needed no more. */
const count = ({ needed }: Bucket, { nibbles }: Masked, step: 1 | -1): ReadonlySet<number> => {
  const gone = new Set<number>();
  for (let place = 0; place < needed.length; place += 1) {
    if ((((nibbles[place >> 4] ?? 0) >> (place & 15)) & 1) === 0) continue;
    const now = (needed[place] ?? 0) + step;
    needed[place] = now;
    if (now === 0) gone.add(place >> 4);
  }
  return gone;
};

/** Takes up anew what the tables of one half let through. */
const renew = ({ needed, pieces }: Bucket, half: number, { halves, words, row }: Grams): void => {
  const rows: Bits[] = [];
  for (let nibble = 0; nibble < 16; nibble += 1)
    if ((needed[half * 16 + nibble] ?? 0) > 0) rows.push(row(half, nibble));
  for (let word = 0; word < words; word += 1) {
    let bits = 0;
    for (const one of rows) bits |= one[word] ?? 0;
    pieces[word * halves + half] = bits;
  }
};

/** The halves of windows as a bucket has them: for each word of bits, one word of each half. */
const createLoom = ({ words, halves }: Grams): ((window: Masked) => Bits) => {
  const known = new Map<Masked, Bits>();
  return (window) => {
    const before = known.get(window);
    if (before !== undefined) return before;
    const pieces = new Uint32Array(words * halves);
    window.pieces.forEach((bits, half) => {
      for (let word = 0; word < words; word += 1) pieces[word * halves + half] = bits[word] ?? 0;
    });
    known.set(window, pieces);
    return pieces;
  };
};

/** Pieces that a bucket, with another window or without, lets through in all halves of a word, of those in `among`. */
const meet = (pieces: Bits, other: Bits, { word, halves, among }: { word: number; halves: number; among: number }) => {
  let left = among;
  const end = (word + 1) * halves;
  for (let place = word * halves; place < end && left !== 0; place += 1) {
    left &= (pieces[place] ?? 0) | (other[place] ?? 0);
  }
  return left;
};

/** A board with this many buckets. */
export const createBoard = (grams: Grams, buckets: number): Board => {
  const { words, halves } = grams;
  const all = Array.from({ length: buckets }, () => createBucket(grams));
  const none = createBucket(grams);
  const cover = createCover(words);
  const woven = createLoom(grams);
  const bucketAt = (bucket: number): Bucket => all[bucket] ?? none;
  const settle = ({ pieces, alive }: Bucket): void => {
    for (let word = 0; word < words; word += 1) {
      const now = meet(pieces, pieces, { word, halves, among: -1 });
      const before = (alive[word] ?? 0) | 0;
      if (now === before) continue;
      cover.change(word, now, before);
      alive[word] = now;
    }
  };
  return {
    survivors: cover.survivors,
    join(window, at) {
      const bucket = bucketAt(at);
      count(bucket, window, 1);
      woven(window).forEach((bits, place) => {
        bucket.pieces[place] = (bucket.pieces[place] ?? 0) | bits;
      });
      settle(bucket);
    },
    leave(window, at) {
      const bucket = bucketAt(at);
      for (const half of count(bucket, window, -1)) renew(bucket, half, grams);
      settle(bucket);
    },
    cost(window, at, most = Number.POSITIVE_INFINITY) {
      const { pieces } = bucketAt(at);
      const own = woven(window);
      let more = 0;
      for (let word = 0; word < words && more <= most; word += 1) {
        more += ones(meet(pieces, own, { word, halves, among: ~(cover.covered[word] ?? 0) }));
      }
      return more;
    },
  };
};
