import type { Holdings } from './kafka-holdings.ts';
import type { Place } from './kafka-seat.ts';

interface Sight {
  readonly low: number | undefined;
  /** Monotonic ms. */
  readonly since: number;
}

/**
 * Tells a place that stands still from one that only waits: records are there that were not given to us, and nothing of it
 * was committed for `patienceMs`.
 */
export const createStuckWatch = (holdings: Holdings, patienceMs: number) => {
  let seen = new Map<Place, Sight>();
  /** `backlog`: records that are not committed, by place; `paused`: places we do not want read. */
  return (backlog: ReadonlyMap<Place, number>, paused: ReadonlySet<Place>, now: number): boolean => {
    const behind = holdings.places().filter((place) => {
      return !paused.has(place) && (backlog.get(place) ?? 0) > holdings.size(place);
    });
    const sight = (place: Place): Sight => {
      const before = seen.get(place);
      const low = holdings.low(place);
      return before && before.low === low ? before : { low, since: now };
    };
    seen = new Map(behind.map((place) => [place, sight(place)]));
    return [...seen.values()].some(({ since }) => now - since > patienceMs);
  };
};
