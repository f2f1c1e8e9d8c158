import { createMemory, DEAD, UNKNOWN } from './memory.ts';
import type { Pattern } from './node.ts';
import { type Partition, partitionOf } from './partition.ts';
import { createReach } from './reach.ts';
import { type States, statesOf } from './states.ts';

/**
 * Tries a pattern at one place, in time linear in the bytes it reads, whatever the pattern. What only looks around is
 * taken to be fulfilled and large counts to be endless: a "no" is final, a "yes" tells how far a match reaches at most.
 */
export interface Automaton {
  /** The furthest end of a match that begins at `from` and is over by `to`; -1 when there is none. */
  run(bytes: Uint8Array, from: number, to: number): number;
  /** Did the last run come to `to`, and would more bytes have been taken? */
  readonly open: boolean;
}

/** An automaton for a pattern. Its states are made when they are first needed. */
export const createAutomaton = ({ root }: Pattern): Automaton => {
  let walker: Walker | undefined;
  let open = false;
  return {
    run(bytes, from, to) {
      walker ??= createWalker(statesOf(root));
      const { classes } = walker;
      let state = walker.start();
      let end = walker.accepts(state) ? from : -1;
      for (let at = from; at < to; at += 1) {
        state = walker.step(state, classes[bytes[at] ?? 0] ?? 0);
        if (state === DEAD) {
          open = false;
          return end;
        }
        if (walker.accepts(state)) end = at + 1;
      }
      open = walker.goesOn(state);
      return end;
    },
    get open() {
      return open;
    },
  };
};

/** Goes from state to state of the deterministic automaton, which are numbers. */
interface Walker {
  readonly classes: Partition['classes'];
  start(): number;
  /** The state after a byte of a class. Only the last state that this gave, or the start, may be asked for. */
  step(state: number, byteClass: number): number;
  accepts(state: number): boolean;
  /** Is there a byte that it takes? */
  goesOn(state: number): boolean;
}

const createWalker = (states: States): Walker => {
  const { classes, examples } = partitionOf(states.all.flatMap(({ set }) => set ?? []));
  const reach = createReach(states);
  const first = reach([states.start]);
  const memory = createMemory(examples.length, states.accepting);

  const explore = (state: number, byteClass: number): number => {
    const byte = examples[byteClass] ?? 0;
    const from = memory.membersOf(state).map((one) => states.all[one]);
    const { age } = memory;
    const next = memory.stateOf(reach(from.flatMap((one) => (one?.set?.[byte] === 1 ? one.next : []))));
    // When all states were forgotten, this one was too.
    if (memory.age === age) memory.learn(state, byteClass, next);
    return next;
  };

  return {
    classes,
    start: () => memory.stateOf(first),
    step(state, byteClass) {
      const next = memory.after(state, byteClass);
      return next === UNKNOWN ? explore(state, byteClass) : next;
    },
    accepts: memory.accepts,
    goesOn: (state) => memory.membersOf(state).some((one) => one !== states.accepting),
  };
};
