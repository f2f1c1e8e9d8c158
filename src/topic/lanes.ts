/** A message by name only: the value stays on the disk until it is dealt with, so that a million may wait. */
export interface Claim {
  readonly id: number;
  readonly key: string;
}

/**
 * Who is next: one lane per key, first come first served within a key, the keys by turns. A key under way has no turn, and
 * a hot key has one turn like any other. Every step takes the same time however many wait.
 */
export interface Lanes {
  add(claim: Claim): void;
  /** The next claim; its key is under way until `free` or `putBack`. */
  take(): Claim | undefined;
  free(key: string): void;
  /** The same claim comes again, before all others. */
  putBack(claim: Claim): void;
  /** Keys that have a turn. */
  ready(): number;
}

export const createLanes = (): Lanes => {
  const lanes = new Map<string, Queue<number>>();
  const busy = new Set<string>();
  const turns = createQueue<string>();
  const laneOf = (key: string): Queue<number> => {
    const lane = lanes.get(key) ?? createQueue<number>();
    lanes.set(key, lane);
    return lane;
  };
  return {
    add({ id, key }) {
      const lane = laneOf(key);
      if (lane.size() === 0 && !busy.has(key)) turns.push(key);
      lane.push(id);
    },
    take() {
      const key = turns.shift();
      const id = key === undefined ? undefined : laneOf(key).shift();
      if (key === undefined || id === undefined) return undefined;
      busy.add(key);
      return { id, key };
    },
    free(key) {
      busy.delete(key);
      if (laneOf(key).size() === 0) lanes.delete(key);
      else turns.push(key);
    },
    putBack({ id, key }) {
      busy.delete(key);
      laneOf(key).unshift(id);
      turns.unshift(key);
    },
    ready: () => turns.size(),
  };
};

interface Queue<T> {
  push(item: T): void;
  unshift(item: T): void;
  shift(): T | undefined;
  size(): number;
}

/** An array with a moving head; `Array.shift` alone would copy the rest each time. */
const createQueue = <T>(): Queue<T> => {
  let items: T[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
    unshift(item) {
      if (head === 0) items.unshift(item);
      else items[--head] = item;
    },
    shift() {
      if (head === items.length) return undefined;
      const item = items[head];
      head += 1;
      if (head > 1_000 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    size: () => items.length - head,
  };
};
