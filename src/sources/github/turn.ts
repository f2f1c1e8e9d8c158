import type { Clock } from '../../core/clock.ts';
import type { Store } from '../../core/store.ts';

/** One process at a time works the list of a data directory off: a daemon, or a backfill, which makes way for a daemon. */
export interface Turn {
  /** Waits for it; gives what ends it, or undefined when `stop` fires first. */
  wait(stop: AbortSignal): Promise<(() => void) | undefined>;
  /** Undefined when another has it. */
  ask(): (() => void) | undefined;
  /** Does anybody wait for it? */
  isWanted(): boolean;
}

const WORKING = 'github-work';
const WAITING = 'github-work-next';
const LOOK_MS = 500;

export const createTurn = (store: Store, clock: Clock): Turn => {
  // Where no lock can be had (a full disk), another may have it.
  const lock = (name: string): (() => void) | undefined => {
    try {
      return store.lock(name);
    } catch {
      return undefined;
    }
  };
  return {
    async wait(stop) {
      let place: (() => void) | undefined;
      try {
        while (!stop.aborted) {
          const end = lock(WORKING);
          if (end) return end;
          place ??= lock(WAITING);
          await clock.sleep(LOOK_MS, stop);
        }
        return undefined;
      } finally {
        place?.();
      }
    },
    ask: () => lock(WORKING),
    isWanted() {
      const place = lock(WAITING);
      place?.();
      return place === undefined;
    },
  };
};
