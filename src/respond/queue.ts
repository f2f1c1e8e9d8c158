/** A little slower than the window allows: who comes late for a place must not make the next one come too early. */
const SLOWER = 1.05;
/** Who is this late does not come any more: the message was dealt with elsewhere, or discarded. */
const LAPSE_MS = 120_000;
/** Nobody is sent away for much longer than the window: the settings may be others by then. */
const BEYOND_MS = 60_000;
const LEAST_MS = 1_000;

export interface Taken {
  /** When the places that are taken now were taken (epoch ms), oldest first. */
  readonly taken: readonly number[];
  readonly now: number;
}

/**
 * Who waits for one of the brake's places, first come, first served. Each is told when a place will be free, one after the
 * other at even steps, so that those who were sent away together do not come back together.
 */
export const createQueue = ({ places, windowMs }: { readonly places: number; readonly windowMs: number }) => {
  /** When each is to come again (epoch ms), in the order of the queue. */
  const waiting = new Map<string, number>();
  const roundMs = windowMs * SLOWER;

  /** When the place for the one at `position` is free: after so many rounds it is that of one who waits now. */
  const freeAt = (position: number, { taken, now }: Taken): number => {
    const freed = (nth: number): number => (taken[taken.length + nth - places] ?? now - roundMs) + roundMs;
    const even = freed(0) + (position * roundMs) / places;
    return Math.max(even, freed(position % places) + Math.floor(position / places) * roundMs);
  };

  return {
    /** Ms until one is to come again; undefined: there is a place now. */
    wait(who: string, { taken, now }: Taken): number | undefined {
      const position = positionIn(waiting, who);
      if (taken.length + position < places) {
        waiting.delete(who);
        return undefined;
      }
      const ms = freeAt(position, { taken, now }) - now;
      const afterMs = Math.max(LEAST_MS, Math.ceil(ms / Math.ceil(ms / (windowMs + BEYOND_MS))));
      waiting.set(who, now + afterMs);
      return afterMs;
    },
    leave: (who: string): boolean => waiting.delete(who),
    /** Forgets those who do not come. */
    lapse(now: number): void {
      for (const [who, at] of waiting) if (at + LAPSE_MS < now) waiting.delete(who);
    },
    size: (): number => waiting.size,
  };
};

/** How many are before one: all, when that one is new. */
const positionIn = (waiting: ReadonlyMap<string, number>, who: string): number => {
  let position = 0;
  for (const one of waiting.keys()) {
    if (one === who) break;
    position += 1;
  }
  return position;
};
