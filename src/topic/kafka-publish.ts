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

interface State {
  readonly needs: PublisherNeeds;
  queue: Waiting[];
  readonly calls: Set<Call>;
  lastError: unknown;
  closed: boolean;
  sending?: Promise<void> | undefined;
  sweeping: boolean;
}

/** The producer is connected, and closed with the publisher. One request is under way at a time: that keeps the order. */
export const createPublisher = (needs: PublisherNeeds): Publisher => {
  const it: State = { needs, queue: [], calls: new Set(), lastError: undefined, closed: false, sweeping: false };
  return {
    async publish(records) {
      if (it.closed) throw unreachable('the topic is closed');
      if (records.length === 0) return;
      await new Promise<void>((resolve, reject) => {
        const deadline = needs.clock.monotonic() + needs.deadlineMs;
        const call: Call = { left: records.length, deadline, resolve, reject };
        it.calls.add(call);
        for (const record of records) it.queue.push({ record, call });
        void sweep(it);
        wake(it);
      });
    },
    async close() {
      if (it.closed) return;
      it.closed = true;
      await it.sending;
      await needs.producer.disconnect().catch(() => undefined);
    },
  };
};

const end = (it: State, call: Call, fault?: Fault): void => {
  if (!it.calls.delete(call)) return;
  if (fault) call.reject(fault);
  else call.resolve();
};

/** Ends the calls whose deadline has passed, also while a request hangs. */
const sweep = async (it: State): Promise<void> => {
  if (it.sweeping) return;
  it.sweeping = true;
  const { clock, deadlineMs } = it.needs;
  while (it.calls.size > 0) {
    await clock.sleep(SWEEP_MS);
    const now = clock.monotonic();
    for (const call of it.calls) {
      if (call.deadline <= now) end(it, call, unreachable(`not acknowledged within ${deadlineMs} ms`, it.lastError));
    }
  }
  it.sweeping = false;
};

const wake = (it: State): void => {
  it.sending ??= drain(it).finally(() => {
    it.sending = undefined;
    if (it.queue.length > 0) wake(it);
  });
};

const drain = async (it: State): Promise<void> => {
  while (it.queue.length > 0) await sendChunk(it, nextChunk(it));
};

const nextChunk = (it: State): readonly Waiting[] => {
  let bytes = 0;
  let count = 0;
  for (const { record } of it.queue) {
    bytes += bytesOf(record);
    if (count > 0 && (bytes > REQUEST_BYTES || count >= REQUEST_RECORDS)) break;
    count += 1;
  }
  return it.queue.splice(0, count);
};

/** Tries until it is acknowledged or nobody waits for it any more. */
const sendChunk = async (it: State, chunk: readonly Waiting[]): Promise<void> => {
  const { clock, deadlineMs } = it.needs;
  for (let backOffMs = 100; ; backOffMs = Math.min(2 * backOffMs, 2_000)) {
    const wanted = chunk.filter(({ call }) => it.calls.has(call));
    if (wanted.length === 0) return;
    try {
      const records = wanted.map(({ record }) => record);
      await send(it.needs, records, Math.min(deadlineMs, 10_000));
      acknowledge(it, wanted);
      return;
    } catch (error) {
      it.lastError = error;
      if (!isPassing(error)) for (const { call } of wanted) end(it, call, unreachable(describeError(error), error));
    }
    await clock.sleep(backOffMs);
  }
};

const acknowledge = (it: State, chunk: readonly Waiting[]): void => {
  for (const { call } of chunk) {
    call.left -= 1;
    if (call.left === 0) end(it, call);
  }
};
