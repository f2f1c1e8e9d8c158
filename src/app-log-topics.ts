import { noting, signIn } from './app-topic.ts';
import type { Settings } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { LogTopics } from './core/log-topics.ts';
import { createLogTopics } from './topic/kafka-log-topics.ts';

/** The log topics that the settings name: on brokers of their own, or on those that carry the candidates. */
export const logTopics = (
  { logs, topic }: Settings,
  { clock, record }: { clock: Clock; record: RecordFact },
): LogTopics => {
  const { topics, group } = logs.kafka;
  const at = logs.kafka.brokers.length > 0 ? logs.kafka : topic;
  return createLogTopics({
    ...{ brokers: at.brokers, clientId: topic.clientId, ssl: at.tls, ...signIn(at) },
    ...{ topics: [...new Set(topics)], group, fromStart: logs.fromStart, clock },
    note: noting(record),
    raise: (detail) => void record({ type: 'fault.raised', code: 'source.unreadable', detail }).catch(() => undefined),
  });
};
