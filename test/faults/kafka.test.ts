import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKafkaTopic } from '../../src/topic/kafka.ts';
import type { Topic } from '../../src/topic/topic.ts';
import { eventually } from '../support/eventually.ts';
import { type KafkaCluster, ownKafkaOrWhy, startKafka } from '../support/kafka.ts';
import { openLogs } from '../support/kafka-logs.ts';
import { kafkaGround } from '../support/kafka-topic.ts';
import { createFacts, createSink } from '../support/sink.ts';

const why = await ownKafkaOrWhy();
const suite = why ? describe.skip : describe;
if (why) process.stderr.write(`${why}\n`);

const settings = {
  partitions: 6,
  replicationFactor: 3,
  publishDeadlineMs: 6_000,
  requestTimeoutMs: 3_000,
  sessionTimeoutMs: 6_000,
};

suite('faults: three brokers, RF 3, min ISR 2', () => {
  let cluster: KafkaCluster;
  let ground: ReturnType<typeof kafkaGround>;
  let topic: Topic;
  /** Reads the same topic as one that carries logs. */
  let reader: Awaited<ReturnType<typeof readAsLogs>>;
  const acknowledged = new Set<string>();
  const dealt = new Set<string>();
  const refused: unknown[] = [];
  let running = true;
  let traffic: Promise<void>;

  /** Publishes a few messages at a time, for ever; a key counts only when its publish resolved. */
  const publishAll = async (): Promise<void> => {
    for (let n = 0; running; n += 5) {
      const keys = Array.from({ length: 5 }, (_, i) => `key-${n + i}`);
      await topic.publish(keys.map((key) => ({ key, value: Buffer.from(key) }))).then(
        () => {
          for (const key of keys) acknowledged.add(key);
        },
        (error: unknown) => void refused.push(error),
      );
      await pause(10);
    }
  };

  const moreAcknowledged = (what: string, count = 50): Promise<unknown> => {
    const goal = acknowledged.size + count;
    return eventually(what, () => acknowledged.size >= goal, 60_000);
  };

  /** Every key whose publish resolved is dealt with, and was read as a log. */
  const nothingLost = async (): Promise<void> => {
    const told = [...acknowledged];
    const missing = (): string[] => {
      const read = reader.lines();
      return told.filter((key) => !dealt.has(key) || !read.has(key));
    };
    await eventually('dealt with and read', () => missing().length === 0, 60_000).catch(() => undefined);
    expect(missing()).toEqual([]);
  };

  const readAsLogs = async () => {
    const logs = await openLogs(cluster.bootstrap);
    const [sink, stop] = [createSink(), new AbortController()];
    const more = { requestTimeoutMs: settings.requestTimeoutMs, sessionTimeoutMs: settings.sessionTimeoutMs };
    const running = logs
      .source([`${ground.prefix}.candidates`], createFacts().record, more)
      .run(sink.emit, stop.signal);
    return {
      lines: () => new Set(sink.texts().flatMap((text) => text.split('\n'))),
      /** Gives how long the end took. */
      async end(): Promise<number> {
        const begun = performance.now();
        stop.abort();
        await running;
        const took = performance.now() - begun;
        await logs.close();
        return took;
      },
    };
  };

  const leaderOf = async (partition: number): Promise<KafkaCluster['brokers'][number]> => {
    const admin = ground.client.admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [`${ground.prefix}.candidates`] });
    await admin.disconnect();
    const leader = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader ?? 1;
    const broker = cluster.brokers[leader - 1];
    if (!broker) throw new Error('no such leader');
    return broker;
  };

  beforeAll(async () => {
    cluster = await startKafka({ brokers: 3 });
    ground = kafkaGround(cluster.bootstrap, settings);
    topic = await createKafkaTopic(ground.needs);
    await topic.consume(
      async ({ key }) => {
        dealt.add(key);
        return { next: 'done' };
      },
      { concurrency: 4 },
    );
    traffic = publishAll();
    reader = await readAsLogs();
  }, 300_000);

  afterAll(async () => {
    running = false;
    await traffic;
    await topic?.close();
    await reader?.end();
    await cluster?.stop();
  }, 60_000);

  test('the leader of a partition is killed and comes back', async () => {
    await moreAcknowledged('traffic');
    const leader = await leaderOf(0);
    await leader.kill();
    await moreAcknowledged('traffic without it', 200);
    await nothingLost();
    await leader.restart();
    await moreAcknowledged('traffic with it');
    await nothingLost();
  }, 150_000);

  test('the leader of a partition freezes: alive for the kernel, silent for all', async () => {
    const leader = await leaderOf(1);
    const other = await readAsLogs();
    await eventually('a member', () => other.lines().size > 0);
    leader.freeze();
    try {
      expect(await other.end()).toBeLessThan(1_500);
      await moreAcknowledged('traffic without it', 200);
      await nothingLost();
    } finally {
      leader.thaw();
    }
    await moreAcknowledged('traffic with it');
    await nothingLost();
  }, 150_000);

  test('the broker that is named first freezes: a topic opens all the same, and deals', async () => {
    const first = cluster.brokers[0];
    first?.freeze();
    try {
      // A group of its own: it reads all there is.
      const { needs, notes } = kafkaGround(cluster.bootstrap, { ...settings, prefix: ground.prefix });
      const late = await createKafkaTopic(needs);
      const seen = new Set<string>();
      const see = async ({ key }: { readonly key: string }) => {
        seen.add(key);
        return { next: 'done' } as const;
      };
      await late.consume(see, { concurrency: 4 });
      await eventually('dealt with', () => [...acknowledged].every((key) => seen.has(key)), 60_000);
      expect(notes.of('kafka.dead')).toBe(0);
      await late.close();
    } finally {
      first?.thaw();
    }
  }, 150_000);

  test('with two of three down nothing is acknowledged; when they are back it is', async () => {
    const [first, second] = cluster.brokers;
    await Promise.all([first?.kill(), second?.kill()]);
    refused.length = 0;
    await eventually('a refusal', () => refused.length > 0, 30_000);
    expect(refused[0]).toMatchObject({ code: 'topic.unreachable' });
    const before = acknowledged.size;
    await expect(topic.publish([{ key: 'alone', value: Buffer.from('x') }])).rejects.toMatchObject({
      code: 'topic.unreachable',
    });
    expect(acknowledged.size).toBe(before);

    await Promise.all([first?.restart(), second?.restart()]);
    await moreAcknowledged('traffic again');
    await nothingLost();
    expect(acknowledged.size).toBeGreaterThan(500);

    running = false;
    await traffic;
    await eventually('nothing waits', async () => (await topic.lag()).waiting === 0, 30_000);
    expect((await topic.lag()).published).toBeGreaterThanOrEqual(acknowledged.size);
  }, 150_000);
});
