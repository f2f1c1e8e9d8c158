import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import { createCluster } from './kafka-admin.ts';
import { connected, createKafkaClient, describeError, type KafkaConnection, type Note } from './kafka-client.ts';
import { type Consumption, startConsumption } from './kafka-consume.ts';
import { createIncidents } from './kafka-incidents.ts';
import { createLag, type LagNeeds } from './kafka-lag.ts';
import { createParked } from './kafka-parked.ts';
import { createPublisher } from './kafka-publish.ts';
import { candidateRecord } from './kafka-record.ts';
import { createSettle } from './kafka-settle.ts';
import { findTopics, nameTopics } from './kafka-topics.ts';
import { defaultRetryPlan, type RetryPlan, type Topic } from './topic.ts';

/** What its maker decides; docs/kafka.md says what each is for, and which are settings. */
export interface KafkaSettings extends Omit<KafkaConnection, 'requestTimeoutMs' | 'sessionTimeoutMs'> {
  readonly group: string;
  /** `keyfuse` gives `keyfuse.candidates`, `keyfuse.retries.*`, `keyfuse.parked`, `keyfuse.incidents`. */
  readonly prefix?: string;
  /** Whether missing topics may be created; partitions and replicationFactor are for these. */
  readonly createTopics: boolean;
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly retryPlan?: RetryPlan;
  readonly haltPauseMs?: number;
  /** A publish that is not acknowledged after this rejects. */
  readonly publishDeadlineMs?: number;
  readonly requestTimeoutMs?: number;
  readonly sessionTimeoutMs?: number;
  readonly commitEveryMs?: number;
  readonly mostRebuilds?: number;
}

export interface KafkaNeeds extends KafkaSettings {
  readonly clock: Clock;
  readonly note: Note;
}

const defaults = {
  prefix: 'keyfuse',
  partitions: 12,
  replicationFactor: 3,
  retryPlan: defaultRetryPlan,
  haltPauseMs: 30_000,
  publishDeadlineMs: 30_000,
  sessionTimeoutMs: 30_000,
  commitEveryMs: 1_000,
  mostRebuilds: 10,
};

/**
 * The topic on Apache Kafka. Resolves when the cluster answers and every topic is there; Fault `topic.unreachable` or
 * `topic.misconfigured`. Publishing rejects with `topic.unreachable` when all in-sync replicas do not have it in time.
 */
export const createKafkaTopic = async (given: KafkaNeeds): Promise<Topic> => {
  const set = { ...defaults, ...given };
  const { clock, group, note } = set;
  const requestTimeoutMs = given.requestTimeoutMs ?? Math.min(10_000, Math.ceil(set.publishDeadlineMs / 3));
  const client = createKafkaClient({ ...set, requestTimeoutMs }, note);
  const names = nameTopics(set.prefix, set.retryPlan);
  const cluster = createCluster(client);
  const producing = connected(client.producer);
  const disconnect = () => Promise.allSettled([cluster.close(), producing.then((producer) => producer.disconnect())]);

  const shape = set.createTopics ? set : undefined;
  const found = Promise.all([cluster.ask((admin) => findTopics(admin, names, { clock, shape })), producing]);
  const [partitionsOf, producer] = await found.catch(async (error: unknown) => {
    await disconnect();
    throw error instanceof Fault ? error : new Fault('topic.unreachable', describeError(error), error);
  });

  const publisher = createPublisher({ producer, partitionsOf, clock, deadlineMs: set.publishDeadlineMs });
  const consumptions: Consumption[] = [];
  const reading = { client, cluster, clock, group, names };
  const parked = createParked({ ...reading, publisher });
  const incidents = createIncidents({ ...reading, shape, deadlineMs: set.publishDeadlineMs });
  const settle = createSettle({ publisher, names, plan: set.retryPlan, clock });
  const held: LagNeeds['held'] = (place) => consumptions.map((it) => it.oldest(place)).find((at) => at !== undefined);
  const { lag, backlog } = createLag({ ...reading, held });
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    for (const consumption of consumptions) await consumption.stop(0);
    await Promise.all([publisher.close(), incidents.close()]);
    await disconnect();
  };

  return {
    publish: (batch) => publisher.publish(batch.map((it) => candidateRecord(names.candidates, it, clock.now()))),
    async consume(deal, { concurrency }) {
      if (closing) throw new Fault('topic.unreachable', 'the topic is closed');
      const needs = { ...set, client, topics: names.consumed, concurrency, deal, settle, backlog };
      const consumption = await startConsumption(needs);
      consumptions.push(consumption);
      return consumption;
    },
    announce: incidents.announce,
    lag: async () => lag(await parked.count()),
    parked: { list: parked.list, redrive: parked.redrive, discard: parked.discard },
    async close() {
      closing ??= close();
      await closing;
    },
  };
};
