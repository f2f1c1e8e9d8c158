import { createProgress, type Mark, type Progress } from './kafka-progress.ts';
import { type Due, type KafkaRecord, readDue } from './kafka-record.ts';
import type { Place } from './kafka-seat.ts';

/** One message that we hold: of this place, in this generation of the group. */
export interface Holding {
  readonly id: number;
  readonly place: Place;
  readonly progress: Progress;
  readonly due: Due;
  readonly mark: Mark;
}

/** What the group has given us and is not yet committed. */
export interface Holdings {
  /** A new generation: everything held is dropped; what comes must go on where we committed. */
  renew(places: readonly Place[]): void;
  /** The new ones of `records`; undefined when they do not follow on what we have (see Progress.admit). */
  admit(place: Place, records: readonly KafkaRecord[]): readonly Holding[] | undefined;
  /** Undefined when its generation is over. */
  get(id: number): Holding | undefined;
  /** Whether the place is ours and was since the message came: asked before each effect. */
  current(holding: Holding): boolean;
  done(holding: Holding): void;
  /** Messages of a place that hold its mark back. */
  size(place: Place): number;
  /** What may be committed and is not. */
  marks(): ReadonlyMap<Place, number>;
  committed(marks: ReadonlyMap<Place, number>): void;
  /** When the oldest of a place that is not done was published. */
  oldest(place: Place): number | undefined;
  places(): readonly Place[];
  /** The next offset to commit. */
  low(place: Place): number | undefined;
}

export const createHoldings = (): Holdings => {
  const held = new Map<number, Holding>();
  const committed = new Map<Place, number>();
  let places = new Map<Place, Progress>();
  let lastId = 0;
  const hold = (place: Place, progress: Progress, record: KafkaRecord): Holding => {
    const due = readDue(record);
    lastId += 1;
    const holding = { id: lastId, place, progress, due, mark: progress.begin(record.offset, due.publishedAt) };
    held.set(holding.id, holding);
    return holding;
  };
  const current = ({ place, progress }: Holding): boolean => places.get(place) === progress;
  return {
    renew(mine) {
      const from = (place: Place) => committed.get(place) ?? places.get(place)?.start();
      places = new Map(mine.map((place) => [place, createProgress(from(place))]));
      for (const place of committed.keys()) if (!places.has(place)) committed.delete(place);
      held.clear();
    },
    admit(place, records) {
      const progress = places.get(place);
      return progress?.admit(records)?.map((record) => hold(place, progress, record));
    },
    get: (id) => held.get(id),
    current,
    done(holding) {
      held.delete(holding.id);
      holding.progress.done(holding.mark);
    },
    size: (place) => places.get(place)?.size() ?? 0,
    marks() {
      const lows = [...places].flatMap(([place, progress]) => {
        const low = progress.low();
        return low === undefined || low === committed.get(place) ? [] : [[place, low] as const];
      });
      return new Map(lows);
    },
    committed(marks) {
      for (const [place, low] of marks) committed.set(place, low);
    },
    oldest: (place) => places.get(place)?.oldest(),
    places: () => [...places.keys()],
    low: (place) => places.get(place)?.low(),
  };
};
