import { childrenOf, type Node, type Pattern, reversed } from './node.ts';
import { afterChoice, afterRepeat } from './repeat-work.ts';
import { BEYOND, END, type Rest, setBefore } from './rest.ts';

/** Steps of V8 for one try beyond which its speed is lost. */
const MOST_STEPS = 20_000;
/** Repetitions in each other beyond which the proof itself would take long. */
const MOST_NESTED = 4;

/**
 * Is it proved that V8, which tries one way after the other, takes time linear in the bytes behind a place to try the
 * pattern there? "No" only means that this proof does not show it.
 */
export const isLinear = (pattern: Pattern): boolean => {
  const { steps, loops } = workOf(pattern);
  return loops <= 1 && steps <= MOST_STEPS;
};

/**
 * The most that V8 does to try a pattern at one place. From right to left, each part adds to what is left to do behind
 * it. Where the next byte decides between two ways, only one of them is ever gone beyond that byte; elsewhere all that
 * follows may be done once for each way.
 */
export const workOf = ({ root }: Pattern): Rest => (depthOf(root) > MOST_NESTED ? BEYOND : before(root, END));

/** How many repetitions stand in each other. */
const depthOf = (node: Node): number => {
  const below = childrenOf(node).reduce((deepest, child) => Math.max(deepest, depthOf(child)), 0);
  return node.kind === 'repeat' ? below + 1 : below;
};

/** What is to be done from before the node on, when `rest` is to be done behind it. */
const before = (node: Node, rest: Rest): Rest => {
  switch (node.kind) {
    case 'set':
      return setBefore(node.set, rest);
    case 'group':
      return before(node.part, rest);
    case 'sequence':
      return node.parts.reduceRight((after, part) => before(part, after), rest);
    case 'choice':
      return afterChoice(node.options.map((option) => before(option, rest)));
    case 'repeat':
      return afterRepeat(node, rest, before);
    case 'place':
      return { ...rest, steps: rest.steps + 1, idle: rest.idle + 1 };
    case 'look': {
      const inner = before(node.behind ? reversed(node.part) : node.part, END);
      return {
        ...rest,
        steps: rest.steps + inner.steps,
        loops: Math.max(rest.loops, inner.loops),
        idle: rest.idle + inner.steps,
        idleLoops: Math.max(rest.idleLoops, inner.loops),
      };
    }
  }
};
