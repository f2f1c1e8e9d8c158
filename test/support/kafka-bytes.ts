import { randomUUID } from 'node:crypto';
import { createKafkaClient } from '../../src/topic/kafka-client.ts';
import { eventually } from './eventually.ts';

/** Keys, values and headers of every message on the topics of a prefix, as the brokers hold them. */
export const bytesOnTopics = async (brokers: readonly string[], prefix: string): Promise<readonly Buffer[]> => {
  const client = createKafkaClient(
    { brokers, clientId: 'bytes', requestTimeoutMs: 10_000, sessionTimeoutMs: 10_000 },
    () => undefined,
  );
  const admin = client.admin();
  const consumer = client.consumer(`bytes-${randomUUID()}`);
  await Promise.all([admin.connect(), consumer.connect()]);
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
    const offsets = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
    const wanted = offsets.flat().reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
    const bytes: Buffer[] = [];
    let seen = 0;
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message: { key, value, headers } }) => {
        seen += 1;
        bytes.push(key ?? Buffer.alloc(0), value ?? Buffer.alloc(0), Buffer.from(JSON.stringify(headers)));
        for (const header of Object.values(headers ?? {})) bytes.push(Buffer.from(String(header)));
      },
    });
    await eventually('every message to be read', () => seen >= wanted, 60_000);
    return bytes;
  } finally {
    await consumer.disconnect();
    await admin.disconnect();
  }
};
