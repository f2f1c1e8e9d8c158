import { createMemory, DEAD, UNKNOWN } from './memory.ts';
import type { Pattern } from './node.ts';
import { partitionOf } from './partition.ts';
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
  let walk: Walk | undefined;
  let open = false;
  return {
    run(bytes, from, to) {
      walk ??= createWalk(statesOf(root));
      const walked = walk(bytes, from, to);
      open = walked.open;
      return walked.end;
    },
    get open() {
      return open;
    },
  };
};

type Walk = (bytes: Uint8Array, from: number, to: number) => { readonly end: number; readonly open: boolean };

const createWalk = (states: States): Walk => {
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

  let start = memory.stateOf(first);
  let born = memory.age;
  return (bytes, from, to) => {
    if (memory.age !== born) [start, born] = [memory.stateOf(first), memory.age];
    let state = start;
    // The loop reads the tables themselves: a call for each byte would cost more than all the rest.
    let { steps, accepting } = memory;
    let end = accepting[state] === 1 ? from : -1;
    for (let at = from; at < to; at += 1) {
      const byteClass = classes[bytes[at] as number] as number;
      let next = steps[state * examples.length + byteClass] as number;
      if (next === UNKNOWN) {
        next = explore(state, byteClass);
        ({ steps, accepting } = memory);
      }
      if (next === DEAD) return { end, open: false };
      state = next;
      if (accepting[state] === 1) end = at + 1;
    }
    return { end, open: memory.membersOf(state).some((one) => one !== states.accepting) };
  };
};
