import type { ByteSet } from './anchor.ts';
import { classOf, sizeOf } from './byte-classes.ts';
import { spansOf } from './byte-set.ts';
import * as table from './byte-table.ts';

/** How common bytes and pairs of bytes are in sources, changes and logs. */
export interface Statistics {
  profileOf(set: ByteSet): Profile;
  /** Share of the bytes after one of the first set that are of the second. */
  shareAfter(before: Profile, set: Profile): number;
}

/** What is known of a set. */
export interface Profile {
  readonly id: number;
  readonly spans: readonly (readonly [from: number, to: number])[];
  /** Its bytes. */
  readonly size: number;
  /** Share of a text's bytes that are of it. */
  readonly share: number;
}

/** What the letters of the table stand for, by their codes: A is certain, and each letter further is half a bit. */
const probabilities: readonly number[] = Array.from({ length: 0x7b }, (_, code) =>
  code < 0x41 ? 0 : 2 ** (-(code - (code > 0x60 ? 0x47 : 0x41)) / 2),
);

/** The chance of one byte, by the letters of the table for all classes. */
const chanceOf = (letters: string, byte: number): number => {
  const byteClass = classOf(byte);
  return (probabilities[letters.charCodeAt(byteClass)] ?? 0) / sizeOf(byteClass);
};

/** Sets of more bytes than this follow whatever goes before, and go before whatever follows. */
const MOST_PAIRED = 100;
/** So many bytes of the first set speak for all of it. */
const SPOKESMEN = 8;

export const createStatistics = (): Statistics => {
  const byIdentity = new WeakMap<ByteSet, Profile>();
  const byContent = new Map<string, Profile>();
  const known = new Map<number, number>();
  /** Share of the bytes below each. */
  const below = new Float64Array(257);
  for (let byte = 0; byte < 256; byte += 1) below[byte + 1] = (below[byte] ?? 0) + chanceOf(table.alone, byte);

  const profiled = (set: ByteSet): Profile => {
    const spans = spansOf(set);
    const key = spans.join();
    const found = byContent.get(key);
    if (found) return found;
    const size = spans.reduce((sum, [from, to]) => sum + to + 1 - from, 0);
    const share = spans.reduce((sum, [from, to]) => sum + (below[to + 1] ?? 0) - (below[from] ?? 0), 0);
    const profile = { id: byContent.size, spans, size, share };
    byContent.set(key, profile);
    return profile;
  };

  return {
    profileOf(set) {
      const found = byIdentity.get(set);
      if (found) return found;
      const profile = profiled(set);
      byIdentity.set(set, profile);
      return profile;
    },
    shareAfter(before, set) {
      if (before.size > MOST_PAIRED || set.size > MOST_PAIRED) return set.share;
      const key = before.id * 0x10000 + set.id;
      const found = known.get(key);
      if (found !== undefined) return found;
      const share = shareOfPair(before, set);
      known.set(key, share);
      return share;
    },
  };
};

const shareOfPair = (before: Profile, set: Profile): number => {
  const stride = Math.ceil(before.size / SPOKESMEN);
  let [sum, all, at] = [0, 0, 0];
  for (const [from, to] of before.spans) {
    for (let byte = from; byte <= to; byte += 1, at += 1) {
      if (at % stride !== 0) continue;
      const chance = chanceOf(table.alone, byte);
      all += chance;
      sum += chance * shareInRow(table.pairs[classOf(byte)] ?? '', set);
    }
  }
  return all > 0 ? Math.min(1, sum / all) : 0;
};

const shareInRow = (row: string, { spans }: Profile): number => {
  let sum = 0;
  for (const [from, to] of spans) for (let byte = from; byte <= to; byte += 1) sum += chanceOf(row, byte);
  return sum;
};
