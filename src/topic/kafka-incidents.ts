import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Cluster } from './kafka-admin.ts';
import { connected, describeError, type KafkaClient } from './kafka-client.ts';
import { createPublisher, type Publisher } from './kafka-publish.ts';
import { ensureTopics, type TopicNames, type TopicShape } from './kafka-topics.ts';

export interface IncidentsNeeds {
  readonly client: KafkaClient;
  readonly cluster: Cluster;
  readonly names: TopicNames;
  readonly shape: TopicShape | undefined;
  readonly clock: Clock;
  readonly deadlineMs: number;
}

/**
 * The topic that tells other programs of keys that are dead. It is looked for, and made, at the first of them: what only
 * tells others must not keep us from starting. Faults: those of topics.
 */
export const createIncidents = ({ client, cluster, names, shape, clock, deadlineMs }: IncidentsNeeds) => {
  const topic = names.incidents;
  let publisher: Promise<Publisher> | undefined;

  const open = async (): Promise<Publisher> => {
    const partitionsOf = await cluster.ask((admin) => ensureTopics(admin, [topic], { names, clock, shape }));
    const producer = await connected(client.producer).catch((error: unknown) => {
      throw new Fault('topic.unreachable', describeError(error), error);
    });
    return createPublisher({ producer, partitionsOf, clock, deadlineMs });
  };

  return {
    /** Resolves when it is durable. The last value of a key stays. */
    async announce(key: string, value: string): Promise<void> {
      publisher ??= open().catch((error: unknown) => {
        publisher = undefined;
        throw error;
      });
      const record = { topic, key, value: Buffer.from(value), timestamp: clock.now(), headers: {} };
      await (await publisher).publish([record]);
    },
    async close(): Promise<void> {
      await (await publisher?.catch(() => undefined))?.close();
    },
  };
};
