import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../core/errors.ts';
import { type Admin, describeError } from './kafka-client.ts';
import { type Place, placeOf } from './kafka-seat.ts';

/** The first offset still there and the next one to be written. */
export interface Bounds {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

const TRIES = 20;
const BETWEEN_MS = 250;

/**
 * Asks the cluster, again while it says that it will know later (a partition that was just made has no leader yet);
 * Fault `topic.unreachable` when it does not say within about 5 s.
 */
const ask = async <T>(question: () => Promise<T>): Promise<T> => {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await question();
    } catch (error) {
      const { retriable } = error as { retriable?: boolean };
      if (!retriable || left === 0) throw new Fault('topic.unreachable', describeError(error), error);
      await pause(BETWEEN_MS);
    }
  }
};

export const readOffsets = async (admin: Admin, topic: string): Promise<readonly Bounds[]> => {
  const all = await ask(() => admin.fetchTopicOffsets(topic));
  return all.map(({ partition, low, high }) => ({ topic, partition, low: Number(low), high: Number(high) }));
};

/** What the group has committed: the next offset to read, by place. Places without a commit are left out. */
export const readCommitted = async (
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<ReadonlyMap<Place, number>> => {
  const all = await ask(() => admin.fetchOffsets({ groupId, topics: [...topics] }));
  return new Map(
    all
      .flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }): [Place, number] => [placeOf(topic, partition), Number(offset)]),
      )
      .filter(([, offset]) => offset >= 0),
  );
};
