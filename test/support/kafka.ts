import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Broker, type Place, type SecureDoor, startBroker } from './kafka/broker.ts';
import { kafkaJars, missingForKafka } from './kafka/jars.ts';

/** A real Apache Kafka in KRaft mode on loopback. Its processes end with this one, however this one ends. */
export interface KafkaCluster {
  readonly bootstrap: readonly string[];
  readonly brokers: readonly Broker[];
  /** `host:port` of the secure door, if one was asked for and the cluster is ours. */
  readonly secure?: string | undefined;
  stop(): Promise<void>;
}

const bindable = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });

/** A free port below the range the kernel lends to clients, so that a restart finds it still free. */
const freePort = async (host: string): Promise<number> => {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    if (await bindable(host, port)) return port;
  }
  throw new Error(`no free port on ${host}`);
};

const choosePlaces = async (count: number): Promise<Place[]> => {
  const places: Place[] = [];
  for (let node = 1; node <= count; node += 1) {
    // Other systems than Linux have only one loopback address.
    const host = process.platform === 'linux' ? `127.0.0.${node}` : '127.0.0.1';
    places.push({ node, host, port: await freePort(host), controllerPort: await freePort(host) });
  }
  return places;
};

type Door = Omit<SecureDoor, 'port'>;

interface Wanted {
  readonly brokers: 1 | 3;
  /** For one broker only. */
  readonly door?: Door;
}

/** Starts one broker, or three that replicate (RF 3, min ISR 2). Resolves when all accept connections. */
export const startKafka = async (wanted: Wanted): Promise<KafkaCluster> => {
  await kafkaJars();
  // A port can be taken between being found free and being bound: once more, with others.
  return startOnce(wanted).catch((first: unknown) => {
    process.stderr.write(`Kafka did not start at first: ${String(first)}\n`);
    return startOnce(wanted);
  });
};

const startOnce = async ({ brokers, door: wanted }: Wanted): Promise<KafkaCluster> => {
  const folder = await mkdtemp(join(tmpdir(), 'keyfuse-kafka-'));
  const places = await choosePlaces(brokers);
  const door = wanted && { ...wanted, port: await freePort('127.0.0.1') };
  const cluster = { id: randomBytes(16).toString('base64url'), places, folder, ...(door && { door }) };
  const started = await Promise.allSettled(places.map((place) => startBroker(place, cluster)));
  const running = started.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((broker) => broker.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  const failed = started.find((it) => it.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const secure = door && `127.0.0.1:${door.port}`;
  return { bootstrap: running.map(({ address }) => address), brokers: running, secure, stop };
};

/** The cluster that `KAFKA_BROKERS` names (host:port, host:port, …), else one broker of our own. */
export const openKafka = async (door?: Door): Promise<KafkaCluster> => {
  const given = process.env['KAFKA_BROKERS'];
  if (!given) return startKafka({ brokers: 1, ...(door && { door }) });
  return { bootstrap: given.split(',').map((it) => it.trim()), brokers: [], stop: async () => undefined };
};

/**
 * The line that says why Kafka cannot be tested here; undefined when it can. With `CI` set a missing Kafka is a failure:
 * it throws.
 */
export const kafkaOrWhy = async (): Promise<string | undefined> => {
  if (process.env['KAFKA_BROKERS']) return undefined;
  return ownKafkaOrWhy();
};

/** The same for suites that need brokers they may kill. */
export const ownKafkaOrWhy = async (): Promise<string | undefined> => {
  const why = await missingForKafka();
  if (why && process.env['CI']) throw new Error(why);
  return why;
};
