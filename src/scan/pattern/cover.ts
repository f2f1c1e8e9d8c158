import type { Range } from './anchor.ts';
import { sizeOf } from './byte-set.ts';
import { costOf } from './cost.ts';
import { isLetter } from './letters.ts';
import { certainSets } from './neighbours.ts';
import type { Node, Repeat } from './node.ts';
import { type Piece, segmentsOf, stretchesOf } from './segments.ts';
import type { Statistics } from './statistics.ts';
import { nowhere, plus, widthOf } from './width.ts';
import { LONGEST_WORD, lettersIn, merged, product, type Word, wordsOf } from './words.ts';

/** What stands around a place in a pattern; the nodes are nearest first. */
export interface Around {
  readonly before: Range;
  readonly after: Range;
  readonly left: readonly Node[];
  readonly right: readonly Node[];
}

/** Sets, and what stands around them. */
export interface Draft extends Around {
  readonly sets: Word;
  /** How many of the sets are of the nodes to the left, and to the right. */
  readonly taken: { readonly left: number; readonly right: number };
}

/** Drafts of which every match has one. */
export interface Cover {
  readonly drafts: readonly Draft[];
  readonly cost: number;
}

const LEFT_SETS = 3;
const RIGHT_SETS = 4;
const MOST_SETS = 20;
const MOST_BYTES = 128;
/** As the contract has it: fewer would be hit all the time. */
const LEAST_LETTERS = 2;

/** The cheapest cover of a pattern; undefined when it has none. */
export const cheapestCover = (root: Node, statistics: Statistics): Cover | undefined =>
  best([root], { before: nowhere, after: nowhere, left: [], right: [] }, statistics);

/** A part of a pattern as a list of items: what stands in it one after the other. */
interface Line {
  readonly items: readonly Node[];
  readonly around: Around;
  /** Width of the items before each, and of those from each on. */
  readonly until: readonly Range[];
  readonly since: readonly Range[];
}

const sums = (widths: readonly Range[]): Range[] => {
  const all = [nowhere];
  for (const width of widths) all.push(plus(all.at(-1) ?? nowhere, width));
  return all;
};

const best = (nodes: readonly Node[], around: Around, statistics: Statistics): Cover | undefined => {
  const items = nodes.flatMap(flat);
  const widths = items.map(widthOf);
  const line: Line = { items, around, until: sums(widths), since: sums(widths.toReversed()).reverse() };
  let found: Cover | undefined;
  for (const cover of coversOf(line, statistics)) if (!found || cover.cost < found.cost) found = cover;
  return found;
};

/** Items of a node; of a repetition, what comes at least once comes by itself. */
const flat = (node: Node): readonly Node[] => {
  if (node.kind === 'sequence') return node.parts.flatMap(flat);
  if (node.kind === 'group') return flat(node.part);
  if (node.kind === 'repeat' && node.least > 0 && node.part.kind !== 'set')
    return [...flat(node.part), ...less(node, 1)];
  if (node.kind === 'repeat' && node.least > 0 && node.part.kind === 'set' && isLetter(node.part.set)) {
    const times = Math.min(node.least, LONGEST_WORD);
    return [...Array<Node>(times).fill(node.part), ...less(node, times)];
  }
  return [node];
};

const less = (node: Repeat, times: number): readonly Node[] =>
  node.most === times ? [] : [{ ...node, least: node.least - times, most: node.most - times }];

/** What stands around the items from one to before another. */
const aroundOf = ({ items, around, until, since }: Line, from: number, to: number): Around => {
  const right = items.slice(to);
  return {
    before: plus(around.before, until[from] ?? nowhere),
    after: plus(since[to] ?? nowhere, around.after),
    left: [...items.slice(0, from).reverse(), ...around.left],
    right: [...right, ...around.right],
  };
};

const coversOf = function* (line: Line, statistics: Statistics): Generator<Cover> {
  for (const pieces of segmentsOf(line.items).flatMap(stretchesOf)) {
    const cover = covered(pieces, line, statistics);
    if (cover) yield cover;
  }
  for (const [at, item] of line.items.entries()) {
    // A choice that can be written out stands in a segment.
    if (item.kind !== 'choice' || wordsOf(item)) continue;
    const cover = eachOption(item, aroundOf(line, at, at + 1), statistics);
    if (cover) yield cover;
  }
};

/** Every option by the cheapest cover of its own. */
const eachOption = (
  { options }: Node & { kind: 'choice' },
  around: Around,
  statistics: Statistics,
): Cover | undefined => {
  const drafts: Draft[] = [];
  let cost = 0;
  for (const option of options) {
    const cover = best([option], around, statistics);
    if (!cover) return undefined;
    drafts.push(...cover.drafts);
    cost += cover.cost;
  }
  return { drafts, cost };
};

/** Pieces as a cover; undefined when they are too much, or too little. */
const covered = (pieces: readonly Piece[], line: Line, statistics: Statistics): Cover | undefined => {
  let words: readonly Word[] | undefined = [[]];
  for (const piece of pieces) words = words && product(words, piece.words);
  if (!words || words.some(({ length }) => length === 0)) return undefined;
  const around = aroundOf(line, pieces.at(0)?.from ?? 0, pieces.at(-1)?.to ?? 0);
  const drafts = merged(words).map((sets) => extended(sets, around));
  if (drafts.some(({ sets }) => lettersIn(sets) < LEAST_LETTERS)) return undefined;
  return { drafts, cost: drafts.reduce((sum, { sets, before }) => sum + costOf(sets, before, statistics), 0) };
};

/** With the sets that are certain to stand right before and after. */
const extended = (sets: Word, around: Around): Draft => {
  const right = useful(
    certainSets({ items: around.right, backwards: false }, Math.min(RIGHT_SETS, MOST_SETS - sets.length)),
  );
  const room = Math.min(LEFT_SETS, MOST_SETS - sets.length - right.length);
  const left = useful(certainSets({ items: around.left, backwards: true }, room)).toReversed();
  return {
    ...around,
    sets: [...left, ...sets, ...right],
    taken: { left: left.length, right: right.length },
    before: shorter(around.before, left.length),
    after: shorter(around.after, right.length),
  };
};

/** Up to the first that is nearly anything. */
const useful = (sets: Word): Word => {
  const end = sets.findIndex((set) => sizeOf(set) > MOST_BYTES);
  return end < 0 ? sets : sets.slice(0, end);
};

const shorter = ({ least, most }: Range, by: number): Range => ({ least: least - by, most: most - by });
