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
/** How long a broker may wait for its replicas. */
const MOST_ACK_MS = 10_000;

const bytesOf = ({ key, value }: Outgoing): number => key.length + (value?.length ?? 0) + 200;

const unreachable = (detail: string, cause?: unknown): Fault => new Fault('topic.unreachable', detail, cause);

/** What waits for one partition. */
interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly queue: Waiting[];
  sending: boolean;
}

interface State {
  readonly needs: PublisherNeeds;
  readonly lanes: Map<string, Lane>;
  readonly calls: Set<Call>;
  /** Why the last request failed: the cause of a missed deadline. */
  lastError: unknown;
  closed: boolean;
  sweeping: boolean;
  idle: () => void;
}

/**
 * The producer is connected, and closed with the publisher. One request is under way for a partition: that keeps the
 * order, makes each acknowledgement say exactly what is durable, and lets a silent broker hold up only its own partitions.
 */
export const createPublisher = (needs: PublisherNeeds): Publisher => {
  const it: State = {
    needs,
    lanes: new Map(),
    calls: new Set(),
    lastError: undefined,
    closed: false,
    sweeping: false,
    idle: () => undefined,
  };
  return {
    async publish(records) {
      if (it.closed) throw unreachable('the topic is closed');
      if (records.length === 0) return;
      await new Promise<void>((resolve, reject) => {
        const deadline = needs.clock.monotonic() + needs.deadlineMs;
        const call: Call = { left: records.length, deadline, resolve, reject };
        it.calls.add(call);
        const lanes = new Set(records.map((record) => enqueue(it, { record, call })));
        for (const lane of lanes) if (!lane.sending) void drain(it, lane);
        void sweep(it);
      });
    },
    async close() {
      if (it.closed) return;
      it.closed = true;
      const idle = new Promise<void>((resolve) => {
        it.idle = resolve;
      });
      if (it.calls.size > 0) await idle;
      await needs.producer.disconnect().catch(() => undefined);
    },
  };
};

const enqueue = (it: State, waiting: Waiting): Lane => {
  const { topic, key } = waiting.record;
  const partition = partitionOf(key, it.needs.partitionsOf.get(topic) ?? 1);
  const name = `${topic} ${partition}`;
  const lane = it.lanes.get(name) ?? { topic, partition, queue: [], sending: false };
  it.lanes.set(name, lane);
  lane.queue.push(waiting);
  return lane;
};

const drain = async (it: State, lane: Lane): Promise<void> => {
  lane.sending = true;
  while (lane.queue.length > 0) {
    // What is published in the same turn goes with the same request.
    await Promise.resolve();
    await sendChunk(it, lane, nextChunk(lane));
  }
  lane.sending = false;
};

const nextChunk = ({ queue }: Lane): readonly Waiting[] => {
  let bytes = 0;
  let count = 0;
  for (const { record } of queue) {
    bytes += bytesOf(record);
    if (count > 0 && (bytes > REQUEST_BYTES || count >= REQUEST_RECORDS)) break;
    count += 1;
  }
  return queue.splice(0, count);
};

/** Tries until it is acknowledged or nobody waits for it any more. */
const sendChunk = async (it: State, lane: Lane, chunk: readonly Waiting[]): Promise<void> => {
  for (let backOffMs = 100; ; backOffMs = Math.min(2 * backOffMs, 2_000)) {
    const wanted = chunk.filter(({ call }) => it.calls.has(call));
    if (wanted.length === 0) return;
    try {
      await send(it.needs, lane, wanted);
      for (const { call } of wanted) acknowledge(it, call);
      return;
    } catch (error) {
      it.lastError = error;
      if (!isPassing(error)) for (const { call } of wanted) end(it, call, unreachable(describeError(error), error));
    }
    await it.needs.clock.sleep(backOffMs);
  }
};

/** One attempt. Rejects unless the partition is among the acknowledged. */
const send = async ({ producer, deadlineMs }: PublisherNeeds, lane: Lane, chunk: readonly Waiting[]): Promise<void> => {
  const { topic, partition } = lane;
  const messages = chunk.map(({ record: { key, value, timestamp, headers } }) => ({
    key,
    value: value && Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    timestamp: String(timestamp),
    headers: { ...headers },
    partition,
  }));
  const timeout = Math.min(deadlineMs, MOST_ACK_MS);
  const acknowledged = await producer.send({ topic, messages, acks: -1, timeout });
  if (!acknowledged.some((it) => it.partition === partition && it.errorCode === 0)) {
    throw Object.assign(new Error(`no answer for ${topic} ${partition}`), { retriable: true });
  }
};

const acknowledge = (it: State, call: Call): void => {
  call.left -= 1;
  if (call.left === 0) end(it, call);
};

const end = (it: State, call: Call, fault?: Fault): void => {
  if (!it.calls.delete(call)) return;
  if (fault) call.reject(fault);
  else call.resolve();
  if (it.calls.size === 0) it.idle();
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
