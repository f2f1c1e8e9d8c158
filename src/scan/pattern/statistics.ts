import type { ByteSet } from './anchor.ts';
import { classOf, sizeOf } from './byte-classes.ts';
import { membersOf } from './byte-set.ts';
import * as table from './byte-table.ts';

/** How common bytes and pairs of bytes are in sources, changes and logs. */
export interface Statistics {
  /** Share of a text's bytes that are of the set. */
  shareOf(set: ByteSet): number;
  /** Share of the bytes after one of `before` that are of the set. */
  shareAfter(before: ByteSet, set: ByteSet): number;
}

/** A set by classes: which, and what part of the class's bytes. */
interface Profile {
  readonly id: number;
  readonly classes: readonly number[];
  readonly parts: readonly number[];
  readonly share: number;
}

/** What the letters of the table stand for, by their codes: A is certain, and each letter further is half a bit. */
const probabilities: readonly number[] = Array.from({ length: 0x7b }, (_, code) =>
  code < 0x41 ? 0 : 2 ** (-(code - (code > 0x60 ? 0x47 : 0x41)) / 2),
);
const chanceOf = (letters: string, at: number): number => probabilities[letters.charCodeAt(at)] ?? 0;

export const createStatistics = (): Statistics => {
  const byIdentity = new WeakMap<ByteSet, Profile>();
  const byContent = new Map<string, Profile>();
  const known = new Map<number, number>();

  const profileOf = (set: ByteSet): Profile => {
    const found = byIdentity.get(set);
    if (found) return found;
    const content = Buffer.from(set.buffer, set.byteOffset, set.length).toString('latin1');
    const profile = byContent.get(content) ?? profiled(set, byContent.size);
    byContent.set(content, profile);
    byIdentity.set(set, profile);
    return profile;
  };

  return {
    shareOf: (set) => profileOf(set).share,
    shareAfter(before, set) {
      const [a, b] = [profileOf(before), profileOf(set)];
      const key = a.id * 0x10000 + b.id;
      const share = known.get(key) ?? shareOfPair(a, b);
      known.set(key, share);
      return share;
    },
  };
};

const profiled = (set: ByteSet, id: number): Profile => {
  const counts = new Map<number, number>();
  for (const byte of membersOf(set)) counts.set(classOf(byte), (counts.get(classOf(byte)) ?? 0) + 1);
  const classes = [...counts.keys()];
  const parts = classes.map((one) => (counts.get(one) ?? 0) / sizeOf(one));
  const share = classes.reduce((sum, one, at) => sum + chanceOf(table.alone, one) * (parts[at] ?? 0), 0);
  return { id, classes, parts, share };
};

const shareOfPair = (a: Profile, b: Profile): number => {
  let sum = 0;
  for (let i = 0; i < a.classes.length; i += 1) {
    const first = a.classes[i] ?? 0;
    const row = table.pairs[first] ?? '';
    let after = 0;
    for (let k = 0; k < b.classes.length; k += 1) after += chanceOf(row, b.classes[k] ?? 0) * (b.parts[k] ?? 0);
    sum += after * chanceOf(table.alone, first) * (a.parts[i] ?? 0);
  }
  return a.share > 0 ? Math.min(1, sum / a.share) : 0;
};
