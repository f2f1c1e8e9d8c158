import type { ByteSet } from './anchor.ts';
import { none } from './byte-set.ts';

const CASES_APART = 0x20;
const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;

const singles: readonly ByteSet[] = Array.from({ length: 256 }, (_, byte) =>
  new Uint8Array(256).fill(1, byte, byte + 1),
);

/** Of each ASCII letter, the set of its two cases; of all else, of itself. */
const cases: readonly ByteSet[] = singles.map((set, byte) => {
  if (!isCapital(byte)) return set;
  const both = new Uint8Array(set);
  both[byte + CASES_APART] = 1;
  return both;
});

const letters: ReadonlySet<ByteSet> = new Set([...singles, ...cases]);

/** The set of one byte. */
export const single = (byte: number): ByteSet => singles[byte] ?? none;

/** The set of an ASCII letter in either case; of one byte when it is no letter. */
export const bothCases = (byte: number): ByteSet => {
  const capital = byte - CASES_APART;
  return (isCapital(capital) ? cases[capital] : cases[byte]) ?? none;
};

/** The same set, and if it is one of a single letter, the one that `isLetter` knows. */
export const recognised = (set: ByteSet): ByteSet => {
  const first = set.indexOf(1);
  const second = first < 0 ? first : set.indexOf(1, first + 1);
  if (second < 0) return first < 0 ? set : single(first);
  const isPair = isCapital(first) && second === first + CASES_APART && set.indexOf(1, second + 1) < 0;
  return isPair ? bothCases(first) : set;
};

/** Is it one byte, or one letter in either case? Sets of patterns are recognised when they are read. */
export const isLetter = (set: ByteSet): boolean => letters.has(set);
