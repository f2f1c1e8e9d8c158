import type { ByteSet } from './anchor.ts';

/** Bytes that no set of a pattern tells apart are one class. */
export interface Partition {
  /** Class of each byte. */
  readonly classes: Readonly<Uint8Array>;
  /** One byte of each class. */
  readonly examples: readonly number[];
}

export const partitionOf = (sets: Iterable<ByteSet>): Partition => {
  const classes = new Uint8Array(256);
  let count = 1;
  for (const set of new Set(sets)) {
    const split = new Map<number, number>();
    for (let byte = 0; byte < 256; byte += 1) {
      const key = (classes[byte] ?? 0) * 2 + (set[byte] ?? 0);
      split.set(key, split.get(key) ?? split.size);
      classes[byte] = split.get(key) ?? 0;
    }
    count = split.size;
  }
  return { classes, examples: Array.from({ length: count }, (_, one) => classes.indexOf(one)) };
};
