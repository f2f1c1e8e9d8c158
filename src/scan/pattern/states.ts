import type { ByteSet } from './anchor.ts';
import { childrenOf, type Node, type Repeat } from './node.ts';

/** A state of a non-deterministic automaton: it takes a byte of `set` and goes to `next`, or goes to `free` at once. */
export interface State {
  readonly set: ByteSet | undefined;
  readonly next: number;
  readonly free: readonly number[];
}

/** The states of a pattern. What only looks around is left out, so they take all that the pattern takes, or more. */
export interface States {
  readonly all: readonly State[];
  readonly start: number;
  readonly accepting: number;
}

/** Most copies of a part that are written out; more are taken to be without end, so that the states stay few. */
const MOST_COPIES = 300;
/** Most states of all copies together, and of a whole pattern before each part is only written out once. */
const MOST_STATES = 4000;
const MOST_IN_ALL = 20_000;

interface Draft {
  set: ByteSet | undefined;
  next: number;
  free: readonly number[];
}

export const statesOf = (root: Node): States => {
  const all: Draft[] = [];
  const add = (state: Partial<Draft>): number => all.push({ set: undefined, next: -1, free: [], ...state }) - 1;
  const accepting = add({});

  /** Writes a node out; gives the state it begins in. It ends in `out`. */
  const build = (node: Node, out: number): number => {
    switch (node.kind) {
      case 'set':
        return add({ set: node.set, next: out });
      case 'group':
        return build(node.part, out);
      case 'sequence':
        return node.parts.reduceRight((next, part) => build(part, next), out);
      case 'choice':
        return add({ free: node.options.map((option) => build(option, out)) });
      case 'repeat':
        return buildRepeat(node, out);
      default:
        return out;
    }
  };

  const buildRepeat = ({ part, least, most }: Repeat, out: number): number => {
    const copies = all.length > MOST_IN_ALL ? 1 : copiesOf(sizeOf(part));
    let at = out;
    if (most > copies) at = loop(part, out);
    else for (let n = least; n < most; n += 1) at = add({ free: [build(part, at), out] });
    for (let n = 0; n < Math.min(least, copies); n += 1) at = build(part, at);
    return at;
  };

  const loop = (part: Node, out: number): number => {
    const head = add({});
    all[head] = { set: undefined, next: -1, free: [build(part, head), out] };
    return head;
  };

  return { start: build(root, accepting), accepting, all };
};

const copiesOf = (size: number): number => Math.max(1, Math.min(MOST_COPIES, Math.floor(MOST_STATES / size)));

/** States that a node is written out as. */
const sizeOf = (node: Node): number => {
  const size = childrenOf(node).reduce((sum, child) => sum + sizeOf(child), 1);
  return node.kind === 'repeat' ? size * Math.min(node.most, copiesOf(size)) + 1 : size;
};
