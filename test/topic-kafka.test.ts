import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import { createKafkaTopic, type KafkaNeeds } from '../src/topic/kafka.ts';
import { startKafka, kafkaOrWhy, type KafkaCluster } from './support/kafka.ts';
import { topicContract } from './topic.contract.ts';

const why = await kafkaOrWhy();
let cluster: KafkaCluster;
if (!why) {
  beforeAll(async () => {
    cluster = await startKafka({ brokers: 1 });
  }, 120_000);
  afterAll(async () => {
    await cluster.stop();
  });
  const settings = (): KafkaNeeds => {
    const prefix = `t-${randomUUID()}`;
    return {
      brokers: cluster.bootstrap,
      clientId: 'test',
      group: prefix,
      prefix,
      createTopics: true,
      partitions: 3,
      replicationFactor: 1,
      clock: systemClock,
      note: (e) => process.env['NOTES'] && process.stderr.write(`${JSON.stringify(e)}\n`),
      commitEveryMs: 300,
    };
  };
  topicContract('kafka', async (contract) => {
    const same = settings();
    return { open: () => createKafkaTopic({ ...same, ...contract }), destroy: async () => undefined };
  });
} else test.skip(why, () => undefined);
