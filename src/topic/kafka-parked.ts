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
  const fold = createFold(needs);
  const takeOff = (standing: readonly ParkedRecord[]): Promise<void> =>
    publisher.publish(standing.map((message) => tombstone(names.parked, message, clock.now())));
  return {
    count: async () => newestById(await fold()).size,
    async list() {
      const all = [...newestById(await fold()).values()].sort((a, b) => a.parkedAt - b.parkedAt);
      return all.map(({ recordKey: _, redrives: __, ...message }): Parked => message);
    },
    async redrive(id) {
      const standing = (await fold()).filter((message) => message.id === id);
      const found = newestById(standing).get(id);
      if (!found) return false;
      const { key, value, publishedAt, redrives } = found;
      const now = clock.now();
      const due = { id, key, value, publishedAt, attempt: 1, notBefore: now, redrives: redrives + 1 };
      // To a retry topic without a wait, not to the candidates: their end offsets go on counting what was ever published.
      await publisher.publish([retryRecord(tierFor(names, 0), due, now)]);
      await takeOff(standing);
      return true;
    },
    async discard(id) {
      const standing = (await fold()).filter((message) => message.id === id);
      await takeOff(standing);
      return standing.length > 0;
    },
  };
};

/** One message may stand twice, when a redrive was cut short: its newest parking counts. */
const newestById = (parked: readonly ParkedRecord[]): ReadonlyMap<string, ParkedRecord> =>
  new Map([...parked].sort((a, b) => a.redrives - b.redrives).map((message) => [message.id, message]));

/** Gives what stands on the topic now; one reading at a time. */
const createFold = (needs: ParkedNeeds): (() => Promise<readonly ParkedRecord[]>) => {
  const topic = needs.names.parked;
  const standing = new Map<string, ParkedRecord>();
  const positions = new Map<number, number>();
  let reading: Promise<void> = Promise.resolve();
  const catchUp = async (): Promise<void> => {
    const ends = await readOffsets(needs.cluster, topic);
    const spans = ends.map(({ partition, low, high }): Span => {
      return { topic, partition, from: Math.max(positions.get(partition) ?? 0, low), to: high };
    });
    for (const record of await readSpans(needs, spans)) {
      const message = readParked(record);
      if (message) standing.set(record.key, message);
      else standing.delete(record.key);
    }
    for (const { partition, to } of spans) positions.set(partition, to);
  };
  return async () => {
    reading = reading.catch(() => undefined).then(catchUp);
    await reading;
    return [...standing.values()];
  };
};
