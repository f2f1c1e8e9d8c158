import type { States } from './states.ts';

/** Gives the states that are reached for free from some, and that take a byte or accept, in order. */
export const createReach = ({ all, accepting }: States): ((from: readonly number[]) => readonly number[]) => {
  const seen = new Int32Array(all.length);
  let round = 0;
  return (from) => {
    round += 1;
    const waiting = [...from];
    const reached: number[] = [];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      if (seen[one] === round) continue;
      seen[one] = round;
      const state = all[one];
      if (state?.set || one === accepting) reached.push(one);
      if (state) waiting.push(...state.free);
    }
    return reached.sort((a, b) => a - b);
  };
};
