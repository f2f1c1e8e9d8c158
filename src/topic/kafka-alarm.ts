import type { Clock } from '../core/clock.ts';

/** One timer for many times. */
export interface Alarm {
  /** Rings at `at` (epoch ms), or earlier if an earlier time was set: who listens sets the next. */
  set(at: number): void;
  off(): void;
}

export const createAlarm = (clock: Clock, ring: () => void): Alarm => {
  let armed: { readonly at: number; readonly off: AbortController } | undefined;
  const off = (): void => {
    armed?.off.abort();
    armed = undefined;
  };
  return {
    set(at) {
      if (armed && armed.at <= at) return;
      off();
      const mine = { at, off: new AbortController() };
      armed = mine;
      void clock.sleep(Math.max(at - clock.now(), 5), mine.off.signal).then(() => {
        if (armed !== mine) return;
        armed = undefined;
        ring();
      });
    },
    off,
  };
};
