import type { Clock } from '../core/clock.ts';
import { readOffsets } from './kafka-offsets.ts';
import type { Publisher } from './kafka-publish.ts';
import { type ReaderNeeds, readSpans, type Span } from './kafka-reader.ts';
import { type ParkedRecord, readParked, retryRecord, tombstone } from './kafka-record.ts';
import { type TopicNames, tierFor } from './kafka-topics.ts';
import type { Parked, Topic } from './topic.ts';

export interface ParkedNeeds extends ReaderNeeds {
  readonly names: TopicNames;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

/** The parked messages, folded from the compacted topic; only what is new is read each time. */
export const createParked = (needs: ParkedNeeds): Topic['parked'] & { count(): Promise<number> } => {
  const { names, publisher, clock } = needs;
  const parked = new Map<string, ParkedRecord>();
  const positions = new Map<number, number>();
  let reading: Promise<void> = Promise.resolve();

  const catchUp = async (): Promise<void> => {
    const ends = await readOffsets(needs.admin, names.parked);
    const spans = ends.map(
      ({ partition, low, high }): Span => ({
        topic: names.parked,
        partition,
        from: Math.max(positions.get(partition) ?? 0, low),
        to: high,
      }),
    );
    for (const record of await readSpans(needs, spans)) {
      const message = readParked(record);
      if (message) parked.set(record.key, message);
      else parked.delete(record.key);
    }
    for (const { partition, to } of spans) positions.set(partition, to);
  };

  /** One message may stand twice if a redrive was cut short: the newest counts. */
  const fold = async (): Promise<ReadonlyMap<string, ParkedRecord>> => {
    reading = reading.catch(() => undefined).then(catchUp);
    await reading;
    const oldestFirst = [...parked.values()].sort((a, b) => a.redrives - b.redrives);
    return new Map(oldestFirst.map((message) => [message.id, message]));
  };

  const takeOff = async (id: string): Promise<void> => {
    const all = [...parked.values()].filter((message) => message.id === id);
    await publisher.publish(all.map((message) => tombstone(names.parked, message, clock.now())));
  };

  return {
    count: async () => (await fold()).size,
    async list() {
      const all = [...(await fold()).values()].sort((a, b) => a.parkedAt - b.parkedAt);
      return all.map(({ recordKey: _, redrives: __, ...message }): Parked => message);
    },
    async redrive(id) {
      const found = (await fold()).get(id);
      if (!found) return false;
      const { key, value, publishedAt, redrives } = found;
      const now = clock.now();
      const due = { id, key, value, publishedAt, attempt: 1, notBefore: now, redrives: redrives + 1 };
      // To a retry topic without a wait, not to the candidates: their end offsets go on counting what was ever published.
      await publisher.publish([retryRecord(tierFor(names, 0), due, now)]);
      await takeOff(id);
      return true;
    },
    async discard(id) {
      if (!(await fold()).has(id)) return false;
      await takeOff(id);
      return true;
    },
  };
};
