import type { ByteSet } from './anchor.ts';
import { sameSet, sizeOf, union } from './byte-set.ts';
import { isLetter } from './letters.ts';
import type { Node, Repeat } from './node.ts';

/** Sets of consecutive bytes. */
export type Word = readonly ByteSet[];

/** Most words that one place of a pattern is written out as, and most sets of one. */
export const MOST_WORDS = 40;
export const LONGEST_WORD = 16;
const MOST_COPIES = 8;

/** All that the node can match, written out; undefined when that is too much. What has no width is the empty word. */
export const wordsOf = (node: Node): readonly Word[] | undefined => {
  switch (node.kind) {
    case 'set':
      return [[node.set]];
    case 'group':
      return wordsOf(node.part);
    case 'sequence':
      return inOrder(node.parts);
    case 'choice':
      return inTurn(node.options.map(wordsOf));
    case 'repeat':
      return node.most > MOST_COPIES ? undefined : copiesOf(wordsOf(node.part), node);
    default:
      return [[]];
  }
};

/** Every word of the one before every word of the other; undefined when that is too much. */
export const product = (heads: readonly Word[], tails: readonly Word[]): readonly Word[] | undefined => {
  if (heads.length * tails.length > MOST_WORDS) return undefined;
  if (longest(heads) + longest(tails) > LONGEST_WORD) return undefined;
  return heads.flatMap((head) => tails.map((tail) => [...head, ...tail]));
};

export const longest = (words: readonly Word[]): number => {
  let most = 0;
  for (const { length } of words) if (length > most) most = length;
  return most;
};

const inOrder = (nodes: readonly Node[]): readonly Word[] | undefined => {
  let all: readonly Word[] | undefined = [[]];
  for (const node of nodes) {
    const words = wordsOf(node);
    all = words && product(all, words);
    if (!all) return undefined;
  }
  return all;
};

/** The words of a part, so often one after the other. */
const copiesOf = (words: readonly Word[] | undefined, { least, most }: Repeat): readonly Word[] | undefined => {
  const lists: (readonly Word[])[] = [];
  let copies: readonly Word[] | undefined = [[]];
  for (let count = 0; count <= most; count += 1) {
    if (!copies) return undefined;
    if (count >= least) lists.push(copies);
    if (count < most) copies = words && product(copies, words);
  }
  return inTurn(lists);
};

const inTurn = (lists: readonly (readonly Word[] | undefined)[]): readonly Word[] | undefined => {
  const all: Word[] = [];
  for (const words of lists) {
    if (!words || all.length + words.length > MOST_WORDS) return undefined;
    all.push(...words);
  }
  return all;
};

/** Most bytes that a set may have to stand for several words; it must leave so many letters beside it. */
const MOST_MERGED = 8;
const LETTERS_LEFT = 3;

/** Fewer words that match the same: two that differ in one place are one with both sets there (`AKIA`, `ASIA`). */
export const merged = (words: readonly Word[]): readonly Word[] => {
  if (words.length < 2) return words;
  const left: Word[] = [];
  for (const word of words) {
    const at = left.findIndex((other) => mergedPair(other, word) !== undefined);
    const both = at < 0 ? undefined : mergedPair(left[at] ?? [], word);
    if (both) left[at] = both;
    else left.push(word);
  }
  return left.length < words.length ? merged(left) : left;
};

const mergedPair = (a: Word, b: Word): Word | undefined => {
  if (a.length !== b.length) return undefined;
  const differs = (set: ByteSet, at: number): boolean => !sameSet(set, b[at] ?? set);
  const at = a.findIndex(differs);
  if (at !== a.findLastIndex(differs)) return undefined;
  if (at < 0) return a;
  const set = union([a[at], b[at]].filter((one) => one !== undefined));
  const word = a.with(at, set);
  return sizeOf(set) <= MOST_MERGED && lettersIn(word) >= LETTERS_LEFT ? word : undefined;
};

export const lettersIn = (word: Word): number => word.reduce((sum, set) => (isLetter(set) ? sum + 1 : sum), 0);
