import type { ByteSet } from './anchor.ts';
import { meets, none } from './byte-set.ts';

/** What is left to do of a pattern from one place on, at most. */
export interface Rest {
  /** Bytes that it may begin with. */
  readonly first: ByteSet;
  /** Sets that its first bytes are of, as far as they are the same for each of its matches. */
  readonly word: readonly ByteSet[];
  /** It may match without a byte. */
  readonly empty: boolean;
  /** Steps, when each loop without end is gone through once. */
  readonly steps: number;
  /** How often the length of the text multiplies them: 1 is linear, 2 is quadratic. */
  readonly loops: number;
  /** Steps and loops that are done before it fails at a byte that it does not begin with. */
  readonly idle: number;
  readonly idleLoops: number;
  /** Wherever there were two ways to go, the next byte decided. */
  readonly decided: boolean;
}

/** Nothing is left: a match. */
export const END: Rest = {
  first: none,
  word: [],
  empty: true,
  steps: 1,
  loops: 0,
  idle: 1,
  idleLoops: 0,
  decided: true,
};

/** More than can be told. */
export const BEYOND: Rest = { ...END, steps: Number.POSITIVE_INFINITY, loops: 2, decided: false };

const LONGEST_WORD = 8;

/** A set before what is left. */
export const setBefore = (set: ByteSet, rest: Rest): Rest => ({
  ...rest,
  first: set,
  word: [set, ...rest.word.slice(0, LONGEST_WORD - 1)],
  empty: false,
  steps: rest.steps + 1,
  idle: 1,
  idleLoops: 0,
});

/** Two places where the word stands are so far from each other, at least. */
export const periodOf = (word: readonly ByteSet[]): number => {
  for (let shift = 1; shift < word.length; shift += 1) {
    if (word.slice(shift).every((set, at) => meets(set, word[at] ?? none))) return shift;
  }
  return Math.max(1, word.length);
};
