import kafkajs, { type Admin, type Consumer, type KafkaConfig, type Producer } from 'kafkajs';
import { publicText } from '../core/origin.ts';
import { evenAssigner, togetherAssigner } from './kafka-client-assigners.ts';
import { mendKafkajs } from './kafka-client-mends.ts';

export type { Admin, Batch, Consumer, EachBatchPayload, Producer } from 'kafkajs';

/** Something the client wants known: a crash, a rebuild, a rebalance. The app makes facts of it; never message contents. */
export type Note = (event: { readonly kind: string; readonly detail?: string }) => void;

/** How to reach the cluster. `ssl` and `sasl` are kafkajs' own options (https://kafka.js.org/docs/configuration). */
export interface KafkaConnection {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** A silent broker is given up after this. */
  readonly requestTimeoutMs: number;
  readonly sessionTimeoutMs: number;
}

/** The one door to kafkajs. Every call makes a part of its own: parts share no connection and no offsets. */
export interface KafkaClient {
  producer(): Producer;
  consumer(group: string): Consumer;
  /** One for topics of others: larger answers, and what is in a transaction that has no end yet is read as well. */
  logConsumer(group: string): Consumer;
  admin(): Admin;
}

/** A silent leader does not make kafkajs ask who leads now: only the age of what it knows does. */
const LEADERS_AGE_MS = 5_000;

/** A frozen broker takes connections and never answers, and kafkajs asks no other: each part begins with the next one. */
const createTurns = (brokers: readonly string[]) => {
  let parts = 0;
  return (): string[] => {
    const first = parts % brokers.length;
    parts += 1;
    return [...brokers.slice(first), ...brokers.slice(0, first)];
  };
};

/** A part that is connected; the next broker is tried where the first is silent. */
export const connected = async <T extends Pick<Admin, 'connect' | 'disconnect'>>(make: () => T): Promise<T> => {
  const part = make();
  try {
    await part.connect();
    return part;
  } catch {
    await part.disconnect().catch(() => undefined);
  }
  const other = make();
  await other.connect();
  return other;
};

const consumerOf = ({ sessionTimeoutMs }: KafkaConnection, groupId: string) => ({
  groupId,
  sessionTimeout: sessionTimeoutMs,
  // A join that a frozen coordinator never answers is given up five seconds after this.
  rebalanceTimeout: sessionTimeoutMs,
  heartbeatInterval: Math.min(3_000, sessionTimeoutMs / 4),
  metadataMaxAge: LEADERS_AGE_MS,
  maxWaitTimeInMs: 250,
  allowAutoTopicCreation: false,
  // Every crash ends the consumer: the one who builds it knows when to build the next.
  retry: { retries: 5, restartOnFailure: async () => false },
});

/** Opens nothing yet: the parts connect themselves. kafkajs' log goes to `note`, warnings and errors only. */
export const createKafkaClient = (connection: KafkaConnection, note: Note): KafkaClient => {
  mendKafkajs();
  const { brokers, clientId, ssl, sasl, requestTimeoutMs } = connection;
  const inTurn = createTurns(brokers);
  const kafka = () =>
    new kafkajs.Kafka({
      brokers: inTurn(),
      clientId,
      ...(ssl === undefined ? {} : { ssl }),
      ...(sasl === undefined ? {} : { sasl }),
      connectionTimeout: Math.min(3_000, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      // All given: the defaults of kafkajs differ when NODE_ENV is `test`.
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, factor: 0.2, multiplier: 2, retries: 5 },
      logLevel: kafkajs.logLevel.WARN,
      logCreator:
        () =>
        ({ namespace, log }) =>
          note({ kind: 'kafka.log', detail: publicText(`${namespace}: ${log.message}`) }),
    });
  return {
    producer: () =>
      // A second attempt inside kafkajs can take the first one's answer of a broker for an answer to all: a partition
      // whose leader moved there in between would count as acknowledged without being sent. So every attempt is ours.
      kafka().producer({
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
        metadataMaxAge: LEADERS_AGE_MS,
        retry: { retries: 0 },
      }),
    consumer: (groupId) =>
      kafka().consumer({
        ...consumerOf(connection, groupId),
        partitionAssigners: [togetherAssigner],
        maxBytesPerPartition: 262_144,
      }),
    logConsumer: (groupId) =>
      kafka().consumer({
        ...consumerOf(connection, groupId),
        partitionAssigners: [evenAssigner],
        readUncommitted: true,
        // The largest batch that a broker takes by default: a smaller share would never give it, behind a busy partition.
        maxBytesPerPartition: 1_100_000,
        maxBytes: 4 * 1024 * 1024,
      }),
    admin: () => kafka().admin(),
  };
};

/** What kafkajs makes of a broker that took the connection and did not answer. */
const SILENT = 'Broker not connected';

const origin = (error: unknown): unknown => (error instanceof Error && error.cause ? origin(error.cause) : error);

/** Whether the same may work later, as kafkajs sees it: a lost connection, a moved leader; not a refused credential. */
export const isPassing = (error: unknown): boolean => {
  if (error instanceof Error && error.name === 'KafkaJSNumberOfRetriesExceeded') return true;
  const first = origin(error);
  if (first instanceof Error && first.message === SILENT) return true;
  return typeof first === 'object' && first !== null && 'retriable' in first && first.retriable === true;
};

const typeOf = (error: unknown): unknown => {
  const first = origin(error);
  return first instanceof Error && 'type' in first ? first.type : undefined;
};

/** Whether a topic may not be read. */
export const isDenied = (error: unknown): boolean => typeOf(error) === 'TOPIC_AUTHORIZATION_FAILED';

const moves = new Set<unknown>(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']);

/** Whether the group is being shared out anew: not a word of ours counts until we have joined again. */
export const isMoving = (error: unknown): boolean => moves.has(typeOf(error));

/** One plain line for a note or a fault. */
export const describeError = (error: unknown): string =>
  publicText(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
