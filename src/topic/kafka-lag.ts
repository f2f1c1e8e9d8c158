import { type Place, placeOf } from './kafka-member.ts';
import { type Bounds, readCommitted, readOffsets } from './kafka-offsets.ts';
import { type ReaderNeeds, readSpans, type Span } from './kafka-reader.ts';
import { readDue } from './kafka-record.ts';
import type { TopicNames } from './kafka-topics.ts';
import type { Lag } from './topic.ts';

export interface LagNeeds extends ReaderNeeds {
  readonly names: TopicNames;
  /** When the oldest message of a place that a subscription of this process holds was published. */
  held(place: Place): number | undefined;
}

/** What waits on the topic, as the cluster has it: exact to the last commit of each consumer. */
export const createLag = (needs: LagNeeds) => {
  const { admin, names } = needs;
  /** Publication times of the heads that were looked at, by place; forgotten when the head moves. */
  let peeked = new Map<Place, { readonly offset: number; readonly publishedAt: number }>();

  /** The next records that nobody has committed, one span per place that has any. */
  const backlog = async (): Promise<{ spans: readonly Span[]; ends: readonly Bounds[] }> => {
    const committed = await readCommitted(admin, needs.group, names.consumed);
    const ends = (await Promise.all(names.consumed.map((topic) => readOffsets(admin, topic)))).flat();
    const spans = ends.map(({ topic, partition, low, high }): Span => {
      const from = Math.max(committed.get(placeOf(topic, partition)) ?? low, low);
      return { topic, partition, from, to: Math.max(from, high) };
    });
    return { spans: spans.filter(({ from, to }) => from < to), ends };
  };

  const peek = async (heads: readonly Span[]): Promise<void> => {
    const known = heads.filter(({ topic, partition, from }) => peeked.get(placeOf(topic, partition))?.offset === from);
    const next = new Map(
      known.flatMap(({ topic, partition }) => {
        const place = placeOf(topic, partition);
        const head = peeked.get(place);
        return head ? [[place, head] as const] : [];
      }),
    );
    const unknown = heads.filter((head) => !known.includes(head)).map((head) => ({ ...head, to: head.from + 1 }));
    for (const record of await readSpans(needs, unknown)) {
      const place = placeOf(record.topic, record.partition);
      next.set(place, { offset: record.offset, publishedAt: readDue(record).publishedAt });
    }
    peeked = next;
  };

  const oldestOf = async (spans: readonly Span[]): Promise<number | undefined> => {
    const places = spans.map((span) => ({ span, held: needs.held(placeOf(span.topic, span.partition)) }));
    await peek(places.filter(({ held }) => held === undefined).map(({ span }) => span));
    const times = [...places.flatMap(({ held }) => held ?? []), ...[...peeked.values()].map((it) => it.publishedAt)];
    return times.length === 0 ? undefined : Math.min(...times);
  };

  const sum = (spans: readonly Span[]): number => spans.reduce((total, { from, to }) => total + to - from, 0);

  return {
    waiting: async (): Promise<number> => sum((await backlog()).spans),
    async lag(parked: number): Promise<Lag> {
      const { spans, ends } = await backlog();
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
