import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { systemClock as clock } from '../../src/core/clock.ts';
import type { RecordFact } from '../../src/core/facts.ts';
import { kafkaLogs } from '../../src/sources/index.ts';
import { createKafkaClient } from '../../src/topic/kafka-client.ts';
import type { LogTopicsNeeds } from '../../src/topic/kafka-log-reading.ts';
import { createLogTopics } from '../../src/topic/kafka-log-topics.ts';
import type { Bench, Subject } from '../source.contract.ts';
import { eventually } from './eventually.ts';

export interface Written {
  readonly key?: string;
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly partition?: number;
}

/** Log topics of one test on a real cluster, somebody who writes to them, and who reads them. */
export const openLogs = async (brokers: readonly string[]) => {
  const connection = { brokers, clientId: 'keyfuse-test', requestTimeoutMs: 10_000, sessionTimeoutMs: 6_000 };
  const client = createKafkaClient(connection, () => undefined);
  const [admin, producer] = [client.admin(), client.producer()];
  await Promise.all([admin.connect(), producer.connect()]);
  const group = `logs-${randomUUID()}`;
  const made: string[] = [];
  const raised: string[] = [];
  const notes: string[] = [];

  return {
    group,
    admin,
    /** What was told of trouble, and what the client noted. */
    raised,
    notes,
    name: (of: string): string => `${group}.${of}`,
    async create(topic: string, set: { readonly partitions?: number; readonly packed?: string } = {}): Promise<string> {
      // Packed anew by the broker, in Java: nothing of it is ours.
      const configs = { 'compression.type': set.packed ?? 'producer', 'max.message.bytes': `${16 * 1024 * 1024}` };
      const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
      // kafkajs' own waiting takes a topic that is not known everywhere yet for an error.
      await admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic, numPartitions: set.partitions ?? 1, replicationFactor: 1, configEntries }],
      });
      made.push(topic);
      await eventually('its leaders', () =>
        admin.fetchTopicOffsets(topic).then(
          () => true,
          () => false,
        ),
      );
      return topic;
    },
    /** From now on this topic may be written and seen, and not read; gives what ends that. */
    async deny(topic: string): Promise<() => Promise<void>> {
      const { DESCRIBE, WRITE, DELETE } = kafkajs.AclOperationTypes;
      const acl = [DESCRIBE, WRITE, DELETE].map((operation) => ({
        ...{
          resourceType: kafkajs.AclResourceTypes.TOPIC,
          resourceName: topic,
          principal: 'User:*',
          host: '*',
          operation,
        },
        ...{ resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL },
        permissionType: kafkajs.AclPermissionTypes.ALLOW,
      }));
      await admin.createAcls({ acl });
      return async () => void (await admin.deleteAcls({ filters: acl }));
    },
    async write(topic: string, messages: readonly Written[], compression = 0): Promise<void> {
      // A topic just made may have no leader yet.
      const send = () => producer.send({ topic, messages: [...messages], compression, acks: -1 });
      await eventually('written', () =>
        send().then(
          () => true,
          () => false,
        ),
      );
    },
    source: (topics: readonly string[], record: RecordFact, more: Partial<LogTopicsNeeds> = {}) =>
      kafkaLogs({
        topics: createLogTopics({
          ...{ brokers, clientId: 'keyfuse-test', topics, group, fromStart: true, clock },
          ...{ commitEveryMs: 100, lookEveryMs: 300, sessionTimeoutMs: 6_000 },
          note: ({ kind }) => void notes.push(kind),
          raise: (detail) => void raised.push(detail),
          ...more,
        }),
        clock,
        record,
      }),
    /** How many share the partitions; none, while they are being shared out. */
    async members(): Promise<number> {
      const [told] = await admin.describeGroups([group]).then(
        ({ groups }) => groups,
        () => [],
      );
      return told?.state === 'Stable' ? told.members.length : 0;
    },
    /** The sum of what the group committed. */
    async committed(topics: readonly string[]): Promise<number> {
      // The coordinator may just be starting.
      const all = await admin.fetchOffsets({ groupId: group, topics: [...topics] }).catch(() => []);
      const offsets = all.flatMap(({ partitions }) => partitions.map(({ offset }) => Math.max(0, Number(offset))));
      return offsets.reduce((sum, offset) => sum + offset, 0);
    },
    async close(): Promise<void> {
      await admin.deleteTopics({ topics: made }).catch(() => undefined);
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
};

export const kafkaLogsSubject = (brokers: () => readonly string[]): Subject => ({
  name: 'kafka-logs',
  replayable: true,
  async start({ record }): Promise<Bench> {
    const logs = await openLogs(brokers());
    const topic = await logs.create(logs.name('app'));
    let written = Promise.resolve();
    let committed = 0;
    const write = (value: string | Buffer | null): Promise<void> => {
      written = written.then(() => logs.write(topic, [{ key: '', value }]));
      return written;
    };
    const watching = setInterval(() => {
      void logs
        .committed([topic])
        .catch(() => 0)
        .then((sum) => {
          committed = sum;
        });
    }, 100);
    return {
      source: logs.source([topic], record),
      say: (text) => void write(text),
      async garble() {
        await write(null);
        await write(Buffer.from([0, 0xff, 0xfe, 0xc3, 0x0a, 0, 0xd8]));
      },
      acknowledged: () => committed,
      async close() {
        clearInterval(watching);
        await written;
        await logs.close();
      },
    };
  },
});
