import type { Cluster } from './kafka-admin.ts';
import { type Place, placeOf } from './kafka-seat.ts';

/** The first offset still there and the next one to be written. */
export interface Bounds {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

export const readOffsets = async (cluster: Cluster, topic: string): Promise<readonly Bounds[]> => {
  const all = await cluster.ask((admin) => admin.fetchTopicOffsets(topic));
  return all.map(({ partition, low, high }) => ({ topic, partition, low: Number(low), high: Number(high) }));
};

const NONE = -1;

/**
 * What the group has committed: the next offset to read, by place. Places without a commit are left out; -2, which kafkajs
 * commits where it begins anew, stands for the first one that is there.
 */
export const readCommitted = async (
  cluster: Cluster,
  groupId: string,
  topics: readonly string[],
): Promise<ReadonlyMap<Place, number>> => {
  const all = await cluster.ask((admin) => admin.fetchOffsets({ groupId, topics: [...topics] }));
  const places = all.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }): [Place, number] => [placeOf(topic, partition), Number(offset)]),
  );
  return new Map(places.filter(([, offset]) => offset !== NONE));
};
