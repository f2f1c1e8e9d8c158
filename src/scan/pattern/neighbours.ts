import type { ByteSet } from './anchor.ts';
import { none, union } from './byte-set.ts';
import type { Node, Repeat } from './node.ts';

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
