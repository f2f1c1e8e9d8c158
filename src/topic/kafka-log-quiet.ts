import type { Place } from './kafka-seat.ts';

interface Quiet {
  /** How far the place reached when nothing came any more. */
  readonly end: number;
  /** Since when it reaches further (monotonic ms). */
  readonly since?: number;
}

/**
 * Finds places that stand still: more was written to them, and for `patienceMs` nothing of it came. Ends are compared with
 * ends, not with what came: the last offset of a place may be one that nobody is given, as the end of a transaction is.
 */
export const createQuietWatch = (patienceMs: number) => {
  const quiet = new Map<Place, Quiet>();
  const underway = new Set<object>();
  let before: ReadonlySet<object> = new Set();
  return {
    /** Something of this place is being taken, until what is given here is called. */
    taking(place: Place): () => void {
      const one = {};
      quiet.delete(place);
      underway.add(one);
      return () => underway.delete(one);
    },
    /** Nothing of before counts. */
    renew: () => quiet.clear(),
    /** To be asked now and then; `ends`: the next offset to be written, by place. */
    stands(ends: ReadonlyMap<Place, number>, now: number): boolean {
      // kafkajs fetches no more while one is taken: all others wait as well, with good reason.
      const waits = [...underway].some((one) => before.has(one));
      before = new Set(underway);
      if (waits) quiet.clear();
      for (const place of quiet.keys()) if (!ends.has(place)) quiet.delete(place);
      for (const [place, end] of ends) {
        const known = quiet.get(place) ?? { end };
        quiet.set(place, known.since === undefined && end > known.end ? { ...known, since: now } : known);
      }
      return [...quiet.values()].some(({ since }) => since !== undefined && now - since > patienceMs);
    },
  };
};
