import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Cluster } from './kafka-admin.ts';
import type { Consumer, EachBatchPayload, KafkaClient } from './kafka-client.ts';
import { type KafkaRecord, readRecord } from './kafka-record.ts';
import { type Place, placeOf } from './kafka-seat.ts';

/** What to read of one partition: offsets `from` up to, not including, `to`. */
export interface Span {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

export interface ReaderNeeds {
  readonly client: KafkaClient;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly group: string;
}

const DEADLINE_MS = 30_000;
/** Compaction may have taken the last records of a span: when brokers answer and nothing comes for this long, it is read. */
const QUIET_MS = 5_000;

/**
 * Reads records outside the consumer group, with a throw-away group of its own (kafkajs reads in no other way), named
 * `<group>.reader.<uuid>`. Fault `topic.unreachable` when the spans were not read in time.
 */
export const readSpans = async (needs: ReaderNeeds, spans: readonly Span[]): Promise<readonly KafkaRecord[]> => {
  const { clock } = needs;
  const wanted = spans.filter(({ from, to }) => from < to);
  if (wanted.length === 0) return [];
  const positions = new Map<Place, { at: number; readonly to: number }>(
    wanted.map(({ topic, partition, from, to }) => [placeOf(topic, partition), { at: from, to }]),
  );
  const found: KafkaRecord[] = [];
  const group = `${needs.group}.reader.${randomUUID()}`;
  const consumer = needs.client.consumer(group);
  let heard = clock.monotonic();
  let answered = false;

  const take = async ({ batch, resolveOffset }: EachBatchPayload): Promise<void> => {
    const position = positions.get(placeOf(batch.topic, batch.partition));
    for (const message of batch.messages) {
      resolveOffset(message.offset);
      const record = readRecord(batch.topic, batch.partition, message);
      if (!position || record.offset < position.at) continue;
      if (record.offset < position.to) found.push(record);
      position.at = record.offset + 1;
      heard = clock.monotonic();
      answered = false;
    }
  };

  const wait = async (): Promise<void> => {
    const deadline = clock.monotonic() + DEADLINE_MS;
    while ([...positions.values()].some(({ at, to }) => at < to)) {
      await clock.sleep(20);
      const now = clock.monotonic();
      if (answered && now - heard > QUIET_MS) return;
      if (now > deadline) throw new Fault('topic.unreachable', `not read within ${DEADLINE_MS} ms`);
    }
  };

  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...new Set(wanted.map(({ topic }) => topic))], fromBeginning: true });
    consumer.on(consumer.events.FETCH, () => {
      answered = true;
    });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: take });
    for (const { topic, partition, from } of wanted) consumer.seek({ topic, partition, offset: String(from) });
    await wait();
  } catch (error) {
    throw error instanceof Fault ? error : new Fault('topic.unreachable', 'could not be read', error);
  } finally {
    await discard(needs.cluster, consumer, group);
  }
  return found;
};

const discard = async (cluster: Cluster, consumer: Consumer, group: string): Promise<void> => {
  await consumer.disconnect().catch(() => undefined);
  // An empty group that stays is removed by the broker in time (offsets.retention.minutes).
  await cluster.ask((admin) => admin.deleteGroups([group])).catch(() => undefined);
};
