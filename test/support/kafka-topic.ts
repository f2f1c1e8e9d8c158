import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/core/clock.ts';
import type { KafkaNeeds } from '../../src/topic/kafka.ts';
import { createKafkaClient } from '../../src/topic/kafka-client.ts';

/** What a topic of the tests noted. */
export interface Notes {
  readonly all: { readonly kind: string; readonly detail?: string }[];
  /** How many of this kind. */
  of(kind: string): number;
}

/** Settings of a topic with names of its own, quick to commit; and what it notes. */
export const kafkaGround = (brokers: readonly string[], given: Partial<KafkaNeeds> = {}) => {
  const prefix = `test-${randomUUID()}`;
  const all: { readonly kind: string; readonly detail?: string }[] = [];
  const notes: Notes = { all, of: (wanted) => all.filter(({ kind }) => kind === wanted).length };
  const needs: KafkaNeeds = {
    brokers,
    clientId: 'keyfuse-test',
    group: prefix,
    prefix,
    createTopics: true,
    partitions: 3,
    replicationFactor: 1,
    retryPlan: { delays: [100, 200] },
    commitEveryMs: 200,
    clock: systemClock,
    note: (event) => void all.push(event),
    ...given,
  };
  const connection = { brokers, clientId: 'keyfuse-test', requestTimeoutMs: 10_000, sessionTimeoutMs: 10_000 };
  const client = createKafkaClient(connection, () => undefined);
  return {
    needs,
    notes,
    prefix,
    client,
    /** Removes the topics of this ground, so that a cluster that is not ours stays as it was. */
    async destroy(): Promise<void> {
      const admin = client.admin();
      await admin.connect();
      const topics = (await admin.listTopics()).filter((name) => name.startsWith(`${prefix}.`));
      await admin.deleteTopics({ topics }).catch(() => undefined);
      await admin.disconnect();
    },
  };
};
