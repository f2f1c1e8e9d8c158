import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKafkaTopic } from '../src/topic/kafka.ts';
import { createCluster } from '../src/topic/kafka-admin.ts';
import { readOffsets } from '../src/topic/kafka-offsets.ts';
import { readSpans } from '../src/topic/kafka-reader.ts';
import { eventually } from './support/eventually.ts';
import { type KafkaCluster, kafkaOrWhy, openKafka } from './support/kafka.ts';
import { kafkaGround } from './support/kafka-topic.ts';

const why = await kafkaOrWhy();
const suite = why ? describe.skip : describe;
let cluster: KafkaCluster;

if (why) process.stderr.write(`${why}\n`);
else {
  beforeAll(async () => {
    cluster = await openKafka();
  }, 300_000);
  afterAll(() => cluster?.stop(), 60_000);
}

suite('the topic of incidents', () => {
  type Ground = ReturnType<typeof kafkaGround>;
  const onGround = async (tell: (ground: Ground) => Promise<void>): Promise<void> => {
    const ground = kafkaGround(cluster.bootstrap);
    await tell(ground).finally(ground.destroy);
  };
  /** The topic as the brokers have it; undefined: there is none. */
  const found = async ({ client, prefix }: Ground) => {
    const name = `${prefix}.incidents`;
    const admin = client.admin();
    await admin.connect();
    try {
      if (!(await admin.listTopics()).includes(name)) return undefined;
      const asked = { type: 2, name, configNames: ['cleanup.policy'] };
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [asked] });
      const partitions = (await admin.fetchTopicOffsets(name)).length;
      return { partitions, policy: resources[0]?.configEntries[0]?.configValue };
    } finally {
      await admin.disconnect();
    }
  };
  /** Keys and values, once there are so many: a broker that has just begun lets no group join for a while. */
  const readAll = ({ client, prefix: group, needs: { clock } }: Ground, wanted: number) => {
    const topic = `${group}.incidents`;
    const cluster = createCluster(client);
    const read = async () => {
      const ends = await readOffsets(cluster, topic);
      const spans = ends.map(({ partition, low, high }) => ({ topic, partition, from: low, to: high }));
      const records = await readSpans({ client, cluster, clock, group }, spans);
      return records.length >= wanted && records.map(({ key, value }) => [key, Buffer.from(value ?? '').toString()]);
    };
    return eventually('all of them', () => read().catch(() => false as const), 90_000).finally(cluster.close);
  };

  test(
    'is made at the first of them, compacted and of one partition, and has each under its key',
    () =>
      onGround(async (ground) => {
        const topic = await createKafkaTopic(ground.needs);
        try {
          expect(await found(ground)).toBeUndefined();
          const told = Array.from({ length: 20 }, (_, n) => [`fingerprint ${n}`, `{"n":${n}}`] as const);
          await Promise.all(told.map(([key, value]) => topic.announce?.(key, value)));
          expect(await found(ground)).toEqual({ partitions: 1, policy: 'compact' });
          expect((await readAll(ground, told.length)).toSorted()).toEqual(told.toSorted());
        } finally {
          await topic.close();
        }
        await expect(topic.announce?.('late', '{}')).rejects.toMatchObject({ code: 'topic.unreachable' });
      }),
    120_000,
  );

  test(
    'that may not be made keeps nobody from work, and is found once somebody makes it',
    () =>
      onGround(async (ground) => {
        await (await createKafkaTopic(ground.needs)).close();
        const topic = await createKafkaTopic({ ...ground.needs, createTopics: false });
        try {
          await expect(topic.announce?.('a', '{}')).rejects.toMatchObject({ code: 'topic.misconfigured' });
          await topic.publish([{ key: 'k', value: Buffer.from('v') }]);
          const admin = ground.client.admin();
          await admin.connect();
          await admin.createTopics({ topics: [{ topic: `${ground.prefix}.incidents`, numPartitions: 2 }] });
          await admin.disconnect();
          await eventually('it to be found', () =>
            topic.announce?.('a', '{}').then(
              () => true,
              () => false,
            ),
          );
          expect(await readAll(ground, 1)).toEqual([['a', '{}']]);
        } finally {
          await topic.close();
        }
      }),
    120_000,
  );
});
