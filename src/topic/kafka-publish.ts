import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import { describeError, isPassing, type Producer } from './kafka-client.ts';
import { partitionOf } from './kafka-partition.ts';
import type { Outgoing } from './kafka-record.ts';

/** Many small publishes become few requests: what arrives while a request is under way goes with the next. */
export interface Publisher {
  /** Resolves when every record is acknowledged by all in-sync replicas; Fault `topic.unreachable` after the deadline. */
  publish(records: readonly Outgoing[]): Promise<void>;
  /** Waits for what is under way, then disconnects. */
  close(): Promise<void>;
}

export interface PublisherNeeds {
  readonly producer: Producer;
  readonly partitionsOf: ReadonlyMap<string, number>;
  readonly clock: Clock;
  readonly deadlineMs: number;
}

interface Call {
  /** Records not yet acknowledged; 0 ends the call. */
  left: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

interface Waiting {
  readonly record: Outgoing;
  readonly call: Call;
}

/** kafkajs makes one batch of all records for a partition; a broker takes at most 1 MiB of it. */
const REQUEST_BYTES = 700_000;
const REQUEST_RECORDS = 2_000;
const SWEEP_MS = 200;

const bytesOf = ({ key, value }: Outgoing): number => key.length + (value?.length ?? 0) + 200;

const unreachable = (detail: string, cause?: unknown): Fault => new Fault('topic.unreachable', detail, cause);

/** One attempt. Rejects unless each partition that was written is among the acknowledged. */
const send = async (needs: PublisherNeeds, records: readonly Outgoing[], timeout: number): Promise<void> => {
  const placed = records.map(({ topic, key, value, timestamp, headers }) => ({
    topic,
    message: {
      key,
      value: value && Buffer.from(value.buffer, value.byteOffset, value.byteLength),
      timestamp: String(timestamp),
      headers: { ...headers },
      partition: partitionOf(key, needs.partitionsOf.get(topic) ?? 1),
    },
  }));
  const byTopic = Map.groupBy(placed, ({ topic }) => topic);
  const topicMessages = [...byTopic].map(([topic, all]) => ({ topic, messages: all.map(({ message }) => message) }));
  const acknowledged = await needs.producer.sendBatch({ topicMessages, acks: -1, timeout });
  const places = new Set(acknowledged.map(({ topicName, partition }) => `${topicName} ${partition}`));
  const silent = placed.find(({ topic, message }) => !places.has(`${topic} ${message.partition}`));
  if (silent) throw Object.assign(new Error(`no answer for ${silent.topic}`), { retriable: true });
};

/** The producer is connected, and closed with the publisher. One request is under way at a time: that keeps the order. */
export const createPublisher = (needs: PublisherNeeds): Publisher => {
  const { clock } = needs;
  const queue: Waiting[] = [];
  const calls = new Set<Call>();
  let lastError: unknown;
  let closed = false;
  let sending: Promise<void> | undefined;
  let sweeping: Promise<void> | undefined;

  const end = (call: Call, fault?: Fault): void => {
    if (!calls.delete(call)) return;
    if (fault) call.reject(fault);
    else call.resolve();
  };

  const sweep = async (): Promise<void> => {
    while (calls.size > 0) {
      await clock.sleep(SWEEP_MS);
      for (const call of calls) {
        if (clock.monotonic() < call.deadline) continue;
        end(call, unreachable(`not acknowledged within ${needs.deadlineMs} ms`, lastError));
      }
    }
  };

  const nextChunk = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    for (const { record } of queue) {
      bytes += bytesOf(record);
      if (count > 0 && (bytes > REQUEST_BYTES || count >= REQUEST_RECORDS)) break;
      count += 1;
    }
    return queue.splice(0, count);
  };

  const acknowledge = (chunk: readonly Waiting[]): void => {
    for (const { call } of chunk) {
      call.left -= 1;
      if (call.left === 0) end(call);
    }
  };

  /** Tries until it is acknowledged or nobody waits for it any more. */
  const sendChunk = async (first: readonly Waiting[]): Promise<void> => {
    let chunk = first;
    for (let backOffMs = 100; chunk.length > 0; backOffMs = Math.min(2 * backOffMs, 2_000)) {
      try {
        const records = chunk.map(({ record }) => record);
        await send(needs, records, Math.min(needs.deadlineMs, 10_000));
        acknowledge(chunk);
        return;
      } catch (error) {
        lastError = error;
        if (!isPassing(error)) for (const { call } of chunk) end(call, unreachable(describeError(error), error));
      }
      await clock.sleep(backOffMs);
      chunk = chunk.filter(({ call }) => calls.has(call));
    }
  };

  const drain = async (): Promise<void> => {
    while (queue.length > 0) await sendChunk(nextChunk().filter(({ call }) => calls.has(call)));
  };

  const wake = (): void => {
    sending ??= drain().finally(() => {
      sending = undefined;
      if (queue.length > 0) wake();
    });
  };

  return {
    async publish(records) {
      if (closed) throw unreachable('the topic is closed');
      if (records.length === 0) return;
      await new Promise<void>((resolve, reject) => {
        const deadline = clock.monotonic() + needs.deadlineMs;
        const call: Call = { left: records.length, deadline, resolve, reject };
        calls.add(call);
        sweeping ??= sweep().finally(() => {
          sweeping = undefined;
        });
        for (const record of records) queue.push({ record, call });
        wake();
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      await sending;
      await needs.producer.disconnect().catch(() => undefined);
    },
  };
};
