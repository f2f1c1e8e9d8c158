import type { Clock } from '../core/clock.ts';

/** One timer for many times: `ring` is called when the earliest has come; who listens sets the next. */
export const createAlarm = (clock: Clock, ring: () => void) => {
  let armed: { readonly at: number; readonly off: AbortController } | undefined;
  const off = (): void => {
    armed?.off.abort();
    armed = undefined;
  };
  return {
    /** `at`: epoch ms. */
    set(at: number): void {
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
