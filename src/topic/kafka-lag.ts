import { type Bounds, readCommitted, readOffsets } from './kafka-offsets.ts';
import { type ReaderNeeds, readSpans, type Span } from './kafka-reader.ts';
import { readDue } from './kafka-record.ts';
import { type Place, placeOf } from './kafka-seat.ts';
import type { TopicNames } from './kafka-topics.ts';
import type { Lag } from './topic.ts';

export interface LagNeeds extends ReaderNeeds {
  readonly names: TopicNames;
  /** When the oldest message of a place that a subscription of this process holds was published. */
  held(place: Place): number | undefined;
}

/** What waits on the topic, as the cluster has it: exact to the last commit of each consumer. */
export const createLag = (needs: LagNeeds) => {
  const { names } = needs;
  const peek = createPeek(needs);
  const oldestOf = async (spans: readonly Span[]): Promise<number | undefined> => {
    const held = spans.map((span) => ({ span, time: needs.held(placeOf(span.topic, span.partition)) }));
    const others = await peek(held.filter(({ time }) => time === undefined).map(({ span }) => span));
    const times = [...held.flatMap(({ time }) => time ?? []), ...others];
    return times.length === 0 ? undefined : Math.min(...times);
  };
  return {
    /** How many messages nobody has committed, by place. */
    async backlog(): Promise<ReadonlyMap<Place, number>> {
      const { spans } = await readBacklog(needs);
      return new Map(spans.map(({ topic, partition, from, to }) => [placeOf(topic, partition), to - from]));
    },
    async lag(parked: number): Promise<Lag> {
      const { spans, ends } = await readBacklog(needs);
      const oldest = await oldestOf(spans);
      return {
        waiting: sum(spans),
        retrying: sum(spans.filter(({ topic }) => topic !== names.candidates)),
        parked,
        published: ends.reduce((total, { topic, high }) => total + (topic === names.candidates ? high : 0), 0),
        ...(oldest === undefined ? {} : { oldest }),
      };
    },
  };
};

const sum = (spans: readonly Span[]): number => spans.reduce((total, { from, to }) => total + to - from, 0);

/** What nobody has committed, one span per place that has any; and the bounds of every place. */
const readBacklog = async (needs: LagNeeds): Promise<{ spans: readonly Span[]; ends: readonly Bounds[] }> => {
  const { cluster, group, names } = needs;
  // Commits before ends: what is published in between counts as waiting, never as less than nothing.
  const committed = await readCommitted(cluster, group, names.consumed);
  const ends = (await Promise.all(names.consumed.map((topic) => readOffsets(cluster, topic)))).flat();
  const spans = ends.map(({ topic, partition, low, high }): Span => {
    const from = Math.max(committed.get(placeOf(topic, partition)) ?? low, low);
    return { topic, partition, from, to: Math.max(from, high) };
  });
  return { spans: spans.filter(({ from, to }) => from < to), ends };
};

/** When the first records of spans were published. A head that was looked at is not read again until it moves. */
const createPeek = (needs: ReaderNeeds) => {
  let known = new Map<string, number>();
  const nameOf = ({ topic, partition, from }: Span): string => `${placeOf(topic, partition)} ${from}`;
  return async (spans: readonly Span[]): Promise<readonly number[]> => {
    const heads = spans.map((span) => ({ ...span, to: span.from + 1 }));
    const fresh = heads.filter((head) => !known.has(nameOf(head)));
    const times = new Map(heads.flatMap((head) => [[nameOf(head), known.get(nameOf(head))] as const]));
    for (const record of await readSpans(needs, fresh)) {
      times.set(nameOf({ ...record, from: record.offset, to: 0 }), readDue(record).publishedAt);
    }
    known = new Map([...times].flatMap(([name, time]) => (time === undefined ? [] : [[name, time] as const])));
    return [...known.values()];
  };
};
