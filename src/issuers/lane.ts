import type { Clock } from '../core/clock.ts';

export interface LaneSettings {
  /** Calls begun per second, at most; our share of the issuer's limit. */
  readonly perSecond: number;
  /** Calls under way at once. */
  readonly concurrency: number;
  /** Longest wait for a place; beyond it the call is turned away. */
  readonly patienceMs: number;
}

/** `idle`: waits until nobody else wants to go. `spare`: the same, but does not wait. */
export type Haste = 'urgent' | 'usual' | 'spare' | 'idle';

/** So long until idle calls look again for a place. */
const FULL_MS = 5;

/** A place on the road, or how long to stay away. */
export type Place = { readonly leave: () => void } | { readonly awayMs: number };

/**
 * Paces the calls to one environment. Urgent calls (a live key waits to die) pass those that wait, but pay the same
 * budget; idle and spare ones go when no other has a turn to come. After `close(ms)` (a 429) nobody enters until the time is over.
 */
export const createLane = ({ perSecond, concurrency, patienceMs }: LaneSettings, clock: Clock) => {
  const spacing = 1000 / perSecond;
  const burst = Math.max(1, Math.floor(perSecond / 10)) * spacing;
  /** Idle calls find a place only while there are others: they never stand in the way of one who is in a hurry. */
  const idlePlaces = Math.max(1, Math.floor(concurrency / 4));
  const waiting: (() => void)[] = [];
  let nextFree = 0;
  let closedUntil = 0;
  let inside = 0;

  const leave = () => {
    // Urgent calls may have gone in above the limit; the first to leave give that up.
    const next = inside > concurrency ? undefined : waiting.shift();
    if (next) next();
    else inside -= 1;
  };
  const seat = async (urgent: boolean): Promise<void> => {
    if (inside < concurrency || urgent) {
      inside += 1;
      return;
    }
    await new Promise<void>((resume) => waiting.push(resume));
  };

  return {
    async enter(haste: Haste): Promise<Place> {
      const urgent = haste === 'urgent';
      const began = clock.monotonic();
      const givesWay = haste === 'idle' || haste === 'spare';
      const away = (): number => Math.max(closedUntil, givesWay ? nextFree : 0) - clock.monotonic();
      const isPatient = (): boolean => clock.monotonic() + away() - began <= patienceMs;
      const isFull = (): boolean => haste === 'idle' && inside >= idlePlaces;
      while (haste === 'idle' && (away() > 0 || isFull()) && isPatient())
        await clock.sleep(Math.max(away(), isFull() ? FULL_MS : 0));
      if (away() > 0) return { awayMs: away() };
      if (isFull()) return { awayMs: FULL_MS };
      if (haste === 'spare' && inside >= concurrency) return { awayMs: spacing };
      const now = clock.monotonic();
      const start = Math.max(nextFree, now - burst);
      if (!urgent && start - now > patienceMs) return { awayMs: start - now };
      nextFree = start + spacing;
      if (!urgent && start > now) await clock.sleep(start - now);
      await seat(urgent);
      return { leave: once(leave) };
    },
    close(ms: number): void {
      closedUntil = Math.max(closedUntil, clock.monotonic() + ms);
    },
  };
};

const once = (action: () => void) => {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
};
