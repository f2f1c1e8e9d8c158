import type { ByteSet, Range } from './anchor.ts';
import { none, sameSet, union } from './byte-set.ts';
import type { Node, Repeat } from './node.ts';
import { plus, widthOf } from './width.ts';

/** Nodes beside a place in a pattern, nearest first, and which way they go. */
export interface Side {
  readonly items: readonly Node[];
  readonly backwards: boolean;
}

/** Sets that bytes must be of, nearest first. `whole`: the node has these bytes and no more. */
interface Certain {
  readonly sets: readonly ByteSet[];
  readonly whole: boolean;
}

/** The sets that the next bytes of every match are of: as many as are certain, up to `count`. */
export const certainSets = ({ items, backwards }: Side, count: number): readonly ByteSet[] =>
  inOrder(items, { backwards, count }).sets;

interface Want {
  readonly backwards: boolean;
  readonly count: number;
}

const inOrder = (nodes: Iterable<Node>, { backwards, count }: Want): Certain => {
  const sets: ByteSet[] = [];
  for (const node of nodes) {
    if (sets.length >= count) return { sets, whole: false };
    const next = certain(node, { backwards, count: count - sets.length });
    sets.push(...next.sets);
    if (!next.whole) return { sets, whole: false };
  }
  return { sets, whole: true };
};

const certain = (node: Node, want: Want): Certain => {
  switch (node.kind) {
    case 'set':
      return { sets: [node.set], whole: true };
    case 'group':
      return certain(node.part, want);
    case 'sequence':
      return inOrder(want.backwards ? node.parts.toReversed() : node.parts, want);
    case 'choice':
      return inCommon(node.options.map((option) => certain(option, want)));
    case 'repeat':
      return ofRepeat(node, want);
    default:
      return { sets: [], whole: true };
  }
};

/** Whichever option it is: a byte is of the set of one of them. */
const inCommon = (options: readonly Certain[]): Certain => {
  const lengths = options.map(({ sets }) => sets.length);
  const length = Math.min(...lengths);
  const sets = Array.from({ length }, (_, at) => union(options.map((option) => option.sets[at] ?? none)));
  return { sets, whole: options.every(({ whole }) => whole) && length === Math.max(...lengths) };
};

const ofRepeat = ({ part, least, most }: Repeat, want: Want): Certain => {
  const times = Math.min(least, want.count);
  const { sets, whole } = inOrder(Array<Node>(times).fill(part), want);
  return { sets, whole: whole && least === most && times === least };
};

/** Bytes of one set, so many at least and at most. */
export interface Stretch extends Range {
  readonly set: ByteSet;
}

/** A side as stretches: what is not one set over and over is one of all the bytes it may hold. */
export const stretchesOf = ({ items, backwards }: Side, count: number): readonly Stretch[] => {
  const found: Stretch[] = [];
  for (const item of items) {
    if (found.length >= count) break;
    for (const stretch of stretches(item, backwards)) {
      const last = found.at(-1);
      if (last && sameSet(last.set, stretch.set)) found[found.length - 1] = { set: last.set, ...plus(last, stretch) };
      else found.push(stretch);
    }
  }
  return found;
};

const stretches = (node: Node, backwards: boolean): readonly Stretch[] => {
  if (node.kind === 'group') return stretches(node.part, backwards);
  if (node.kind === 'sequence') {
    const parts = backwards ? node.parts.toReversed() : node.parts;
    return parts.flatMap((part) => stretches(part, backwards));
  }
  const width = widthOf(node);
  return width.most === 0 ? [] : [{ set: alphabetOf(node), ...width }];
};

/** Every byte that a match of the node may hold. */
const alphabetOf = (node: Node): ByteSet => {
  switch (node.kind) {
    case 'set':
      return node.set;
    case 'group':
      return alphabetOf(node.part);
    case 'repeat':
      return node.most === 0 ? none : alphabetOf(node.part);
    case 'sequence':
      return union(node.parts.map(alphabetOf));
    case 'choice':
      return union(node.options.map(alphabetOf));
    default:
      return none;
  }
};
