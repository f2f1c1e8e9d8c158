import type { ByteSet } from './anchor.ts';
import { isLetter } from './letters.ts';
import { empty, type Node } from './node.ts';
import { LONGEST_WORD, lettersIn, longest, MOST_WORDS, type Word, wordsOf } from './words.ts';

/** Items from one to before another, with all they can match written out. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly words: readonly Word[];
  /** One word, all of it letters; or all of it classes. Undefined: several words, or one of both. */
  readonly sort: 'letters' | 'classes' | undefined;
}

/** Pieces that stand side by side, of items that can be written out. Letters are one piece, and so are classes. */
export const segmentsOf = (items: readonly Node[]): readonly (readonly Piece[])[] => {
  const segments: Piece[][] = [[]];
  for (let at = 0; at < items.length; ) {
    const piece = pieceAt(items, at);
    if (!piece) segments.push([]);
    // Two of a kind are two because they would be too long as one.
    else if (piece.sort && segments.at(-1)?.at(-1)?.sort === piece.sort) segments.push([piece]);
    else segments.at(-1)?.push(piece);
    at = piece?.to ?? at + 1;
  }
  return segments;
};

/** The items from `at` on that are one piece; undefined when the first cannot be written out. */
const pieceAt = (items: readonly Node[], at: number): Piece | undefined => {
  const words = wordsOf(items[at] ?? empty);
  const sort = words && sortOf(words);
  if (!words || !sort) return words && { from: at, to: at + 1, words, sort: undefined };
  const word = [...(words[0] ?? [])];
  let to = at + 1;
  for (; to < items.length && word.length < LONGEST_WORD; to += 1) {
    const next = items[to];
    // What has no width is part of any piece.
    if (next?.kind === 'place' || next?.kind === 'look') continue;
    if (next?.kind !== 'set' || sortOfSet(next.set) !== sort) break;
    word.push(next.set);
  }
  return { from: at, to, words: [word], sort };
};

const sortOfSet = (set: ByteSet): Piece['sort'] => (isLetter(set) ? 'letters' : 'classes');

/** Of one word that is all of a kind, the kind. A place that has no width is of none. */
const sortOf = ([word, ...more]: readonly Word[]): Piece['sort'] => {
  const [first, ...rest] = word ?? [];
  if (!first || more.length) return undefined;
  const sort = sortOfSet(first);
  return rest.every((set) => sortOfSet(set) === sort) ? sort : undefined;
};

const hasLetters = ({ words, sort }: Piece): boolean =>
  sort ? sort === 'letters' : words.some((word) => lettersIn(word) > 0);

const areShort = (pieces: readonly Piece[]): boolean =>
  pieces.reduce((all, { words }) => all * words.length, 1) <= MOST_WORDS &&
  pieces.reduce((all, { words }) => all + longest(words), 0) <= LONGEST_WORD;

/**
 * The stretches of a segment that may be worth something: they begin and end with letters, since classes at an end come
 * by themselves, and could not be longer without being of more words.
 */
export const stretchesOf = (segment: readonly Piece[]): readonly (readonly Piece[])[] => {
  const ends = segment.flatMap((piece, at) => (hasLetters(piece) ? at : []));
  const isSame = (a: number, b: number): boolean => segment.slice(a, b).every(({ words }) => words.length === 1);
  const isLongest = (first: number, last: number): boolean => {
    const before = ends[ends.indexOf(first) - 1];
    const after = ends[ends.indexOf(last) + 1];
    const canBegin = before !== undefined && isSame(before, first) && areShort(segment.slice(before, last + 1));
    const canEnd = after !== undefined && isSame(last + 1, after + 1) && areShort(segment.slice(first, after + 1));
    return !canBegin && !canEnd;
  };
  return ends.flatMap((first) =>
    ends
      .filter((last) => last >= first && areShort(segment.slice(first, last + 1)) && isLongest(first, last))
      .map((last) => segment.slice(first, last + 1)),
  );
};
