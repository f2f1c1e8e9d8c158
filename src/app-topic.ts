import type { Settings } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { Store } from './core/store.ts';
import { createEmbeddedTopic } from './topic/embedded.ts';
import { createKafkaTopic } from './topic/kafka.ts';
import type { Note } from './topic/kafka-client.ts';
import { defaultRetryPlan, type Topic } from './topic/topic.ts';

const HALT_PAUSE_MS = 30_000;
const POLL_MS = 1_000;
/** GitHub hangs up after 10 s: a sender must hear of a broker that is away before that. */
const PUBLISH_DEADLINE_MS = 6_000;

/** The topic that the settings name: Kafka when there are brokers, else the embedded one. */
export const openTopic = async (
  { topic }: Settings,
  { store, clock, record }: { store: Store; clock: Clock; record: RecordFact },
): Promise<Topic> => {
  if (topic.brokers.length === 0)
    return createEmbeddedTopic({
      store,
      clock,
      retryPlan: defaultRetryPlan,
      haltPauseMs: HALT_PAUSE_MS,
      pollMs: POLL_MS,
    });
  const { brokers, clientId, group, prefix, createTopics, partitions, replication, tls } = topic;
  return createKafkaTopic({
    ...{ brokers, clientId, group, prefix, createTopics, partitions, replicationFactor: replication },
    ...{ haltPauseMs: HALT_PAUSE_MS, publishDeadlineMs: PUBLISH_DEADLINE_MS, ssl: tls, clock },
    ...signIn(topic),
    note: noting(record),
  });
};

type SignIn = Pick<Settings['topic'], 'saslMechanism' | 'saslUsername' | 'saslPassword'>;

/** What kafkajs takes for it; nothing when nobody signs in. */
export const signIn = ({ saslMechanism, saslUsername = '', saslPassword }: SignIn) => {
  const who = { username: saslUsername, password: saslPassword?.expose() ?? '' };
  return saslMechanism && { sasl: { mechanism: saslMechanism as 'plain', ...who } };
};

/** Facts of what a client of Kafka notes. */
export const noting =
  (record: RecordFact): Note =>
  ({ kind, detail = '' }) =>
    void record({ type: 'topic.noted', kind: kindOf(kind), detail });

const kinds = ['crash', 'rebuild', 'rebalance', 'stalled'] as const;
const kindOf = (text: string) => kinds.find((kind) => text.includes(kind)) ?? 'other';
