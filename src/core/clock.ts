import { setTimeout as delay } from 'node:timers/promises';

/** Time, passed in so that tests own it. */
export interface Clock {
  /** Milliseconds since 1970; may step. For records and deadlines across processes. */
  now(): number;
  /** Milliseconds since some start; never steps. For durations. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `stop` fires; never rejects. */
  sleep(ms: number, stop?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, stop) {
    await delay(ms, undefined, stop ? { signal: stop } : {}).catch(() => undefined);
  },
};
