import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Cluster } from './kafka-admin.ts';
import { isDenied, isMoving, isPassing, type KafkaClient } from './kafka-client.ts';
import { type Bounds, readCommitted, readOffsets } from './kafka-offsets.ts';
import { placeOf } from './kafka-seat.ts';

interface SightNeeds {
  readonly client: KafkaClient;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly group: string;
}

const PATIENCE_MS = 30_000;
const LOOK_MS = 250;

/**
 * Has the group begin at the end of topics that it never read, by committing where that is now. Left to the consumer's own
 * `latest`, a position that retention overtook would jump to the end as well, and a partition that is added later would
 * begin behind its first messages; so a consumer always reads from the start of what nobody committed.
 */
export const beginAtEnd = async (needs: SightNeeds, topics: readonly string[]): Promise<void> => {
  const { clock } = needs;
  const deadline = clock.monotonic() + PATIENCE_MS;
  while (clock.monotonic() < deadline) {
    const begun = await begin(needs, topics).catch((error: unknown) => {
      if (!isPassing(error) && !isMoving(error)) throw error;
      return false;
    });
    if (begun) return;
    await clock.sleep(LOOK_MS);
  }
};

/** Whether the group has begun everywhere where it may. */
const begin = async (needs: SightNeeds, topics: readonly string[]): Promise<boolean> => {
  const committed = await readCommitted(needs.cluster, needs.group, topics);
  const unread = topics.filter((topic) => ![...committed.keys()].some((place) => topicOf(place) === topic));
  if (unread.length === 0) return true;
  // Another member may be doing the same just now, and nothing can be committed beside a group at work.
  return (await isEmpty(needs)) && (await commitEnds(needs, unread));
};

const topicOf = (place: string): string => place.slice(0, place.lastIndexOf(' '));

const isEmpty = async ({ cluster, group }: SightNeeds): Promise<boolean> => {
  const { groups } = await cluster.ask((admin) => admin.describeGroups([group]));
  return (groups[0]?.members.length ?? 0) === 0;
};

/** Whether brokers took all that they may take from us. */
const commitEnds = async (needs: SightNeeds, topics: readonly string[]): Promise<boolean> => {
  const { client, cluster, group } = needs;
  const ends = (await Promise.all(topics.map((topic) => readOffsets(cluster, topic)))).flat();
  const consumer = client.logConsumer(group);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
    consumer.pause(topics.map((topic) => ({ topic })));
    // All in one: those that may not be read are refused, and the others taken.
    await consumer.commitOffsets(ends.map(({ high, ...place }) => ({ ...place, offset: String(high) })));
    return await areCommitted(needs, ends);
  } catch (error) {
    if (isDenied(error)) return true;
    throw error instanceof Fault ? error : new Fault('topic.unreachable', 'the group could not be begun', error);
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
};

/** kafkajs says nothing of a commit when it is no member any more. */
const areCommitted = async ({ cluster, group }: SightNeeds, ends: readonly Bounds[]): Promise<boolean> => {
  const committed = await readCommitted(cluster, group, [...new Set(ends.map(({ topic }) => topic))]);
  return ends.every(({ topic, partition }) => committed.has(placeOf(topic, partition)));
};
