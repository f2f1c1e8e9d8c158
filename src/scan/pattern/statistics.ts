import type { ByteSet } from './anchor.ts';
import { CLASSES, classOf, sizeOf } from './byte-classes.ts';
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

/** A capital A is no surprise; a letter further is half a bit. */
const probabilityOf = (level: number): number => 2 ** (-(level - (level > 0x60 ? 0x47 : 0x41)) / 2);

const decoded = (letters: string): Float64Array =>
  Float64Array.from({ length: letters.length }, (_, at) => probabilityOf(letters.charCodeAt(at)));

export const createStatistics = (): Statistics => {
  const alone = decoded(table.alone);
  const pairs = decoded(table.pairs.join(''));
  const byIdentity = new WeakMap<ByteSet, Profile>();
  const byContent = new Map<string, Profile>();
  const known = new Map<number, number>();

  const profileOf = (set: ByteSet): Profile => {
    const found = byIdentity.get(set);
    if (found) return found;
    const content = Buffer.from(set.buffer, set.byteOffset, set.length).toString('latin1');
    const profile = byContent.get(content) ?? profiled(set, byContent.size, alone);
    byContent.set(content, profile);
    byIdentity.set(set, profile);
    return profile;
  };

  return {
    shareOf: (set) => profileOf(set).share,
    shareAfter(before, set) {
      const [a, b] = [profileOf(before), profileOf(set)];
      const key = a.id * 0x10000 + b.id;
      const share = known.get(key) ?? shareOfPair(a, b, { alone, pairs });
      known.set(key, share);
      return share;
    },
  };
};

const profiled = (set: ByteSet, id: number, alone: Float64Array): Profile => {
  const counts = new Map<number, number>();
  for (const byte of membersOf(set)) counts.set(classOf(byte), (counts.get(classOf(byte)) ?? 0) + 1);
  const classes = [...counts.keys()];
  const parts = classes.map((one) => (counts.get(one) ?? 0) / sizeOf(one));
  const share = classes.reduce((sum, one, at) => sum + (alone[one] ?? 0) * (parts[at] ?? 0), 0);
  return { id, classes, parts, share };
};

const shareOfPair = (
  a: Profile,
  b: Profile,
  { alone, pairs }: { alone: Float64Array; pairs: Float64Array },
): number => {
  let sum = 0;
  for (const [at, first] of a.classes.entries()) {
    let after = 0;
    const row = first * CLASSES;
    for (let k = 0; k < b.classes.length; k += 1) after += (pairs[row + (b.classes[k] ?? 0)] ?? 0) * (b.parts[k] ?? 0);
    sum += after * (alone[first] ?? 0) * (a.parts[at] ?? 0);
  }
  return a.share > 0 ? Math.min(1, sum / a.share) : 0;
};
