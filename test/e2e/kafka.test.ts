import { randomUUID } from 'node:crypto';
import { afterAll, test } from '@jest/globals';
import { type KafkaCluster, kafkaOrWhy, openKafka } from '../support/kafka.ts';
import { bytesOnTopics } from '../support/kafka-bytes.ts';
import { pipeline } from './pipeline.ts';

const why = await kafkaOrWhy();

if (why) {
  test.skip(why, () => undefined);
} else {
  let cluster: KafkaCluster;
  afterAll(() => cluster?.stop(), 60_000);

  pipeline('Apache Kafka', async () => {
    cluster = await openKafka();
    const prefix = `e2e-${randomUUID()}`;
    const env = {
      ...{ KAFKA_BROKERS: cluster.bootstrap.join(','), KAFKA_PREFIX: prefix, KAFKA_GROUP: prefix },
      ...{ KAFKA_PARTITIONS: '3', KAFKA_REPLICATION: '1' },
    };
    return { env, topicBytes: () => bytesOnTopics(cluster.bootstrap, prefix) };
  });
}
