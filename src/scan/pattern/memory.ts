/** Nothing more can match; not known yet. */
export const DEAD = -1;
export const UNKNOWN = -2;

/** When there are more states than this, all are forgotten. */
const MOST_STATES = 2000;
const FIRST_STATES = 16;

/** The states of a deterministic automaton that were met so far. Each is a set of states of another. */
export interface Memory {
  /** Changes when all is forgotten. */
  readonly age: number;
  /** The number of the state that has these members, which are in order. */
  stateOf(members: readonly number[]): number;
  membersOf(state: number): readonly number[];
  /** The state after each state and class of bytes, in rows; which states accept. Other arrays after `stateOf`. */
  readonly steps: Int32Array;
  readonly accepting: Uint8Array;
  learn(state: number, byteClass: number, next: number): void;
}

export const createMemory = (width: number, acceptingMember: number): Memory => {
  let age = 0;
  let steps = new Int32Array(FIRST_STATES * width).fill(UNKNOWN);
  let all: (readonly number[])[] = [];
  let accepting = new Uint8Array(FIRST_STATES);
  const known = new Map<string, number>();

  const forget = (): void => {
    age += 1;
    steps.fill(UNKNOWN);
    accepting.fill(0);
    all = [];
    known.clear();
  };

  const grow = (): void => {
    const more = new Int32Array(steps.length * 2).fill(UNKNOWN);
    more.set(steps);
    steps = more;
    const flags = new Uint8Array(accepting.length * 2);
    flags.set(accepting);
    accepting = flags;
  };

  return {
    get age() {
      return age;
    },
    stateOf(members) {
      if (members.length === 0) return DEAD;
      const key = Buffer.from(Int32Array.from(members).buffer).toString('latin1');
      const found = known.get(key);
      if (found !== undefined) return found;
      if (all.length >= MOST_STATES) forget();
      const state = all.push(members) - 1;
      known.set(key, state);
      if (state >= accepting.length) grow();
      accepting[state] = members.includes(acceptingMember) ? 1 : 0;
      return state;
    },
    membersOf: (state) => all[state] ?? [],
    get steps() {
      return steps;
    },
    get accepting() {
      return accepting;
    },
    learn(state, byteClass, next) {
      steps[state * width + byteClass] = next;
    },
  };
};
