import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Deal, Delivery } from '../src/core/delivery.ts';
import { createKafkaTopic } from '../src/topic/kafka.ts';
import { createCluster } from '../src/topic/kafka-admin.ts';
import { createParked } from '../src/topic/kafka-parked.ts';
import { createPublisher, type Publisher } from '../src/topic/kafka-publish.ts';
import { createSeat } from '../src/topic/kafka-seat.ts';
import { nameTopics } from '../src/topic/kafka-topics.ts';
import type { Subscription, Topic } from '../src/topic/topic.ts';
import { eventually, gate } from './support/eventually.ts';
import { type KafkaCluster, kafkaOrWhy, openKafka } from './support/kafka.ts';
import { kafkaGround } from './support/kafka-topic.ts';
import { topicContract } from './topic.contract.ts';

const why = await kafkaOrWhy();
const suite = why ? describe.skip : describe;
let cluster: KafkaCluster;

if (why) process.stderr.write(`${why}\n`);
else {
  beforeAll(async () => {
    cluster = await openKafka();
  }, 300_000);
  afterAll(() => cluster?.stop(), 60_000);
}

const done: Deal = { next: 'done' };
const numbered = (count: number, keys: number, size = 0) =>
  Array.from({ length: count }, (_, n) => ({ key: `key-${n % keys}`, value: Buffer.from(String(n).padEnd(size)) }));
const textOf = ({ value }: Delivery): string => Buffer.from(value).toString().trim();

/** Runs a story on topics of its own; `open` makes a topic on them, `close` ends what is open. */
const onGround = async (
  given: Parameters<typeof kafkaGround>[1],
  tell: (ground: ReturnType<typeof kafkaGround>, open: (more?: object) => Promise<Topic>) => Promise<void>,
): Promise<void> => {
  const ground = kafkaGround(cluster.bootstrap, given);
  const opened: Topic[] = [];
  try {
    await tell(ground, async (more = {}) => {
      const topic = await createKafkaTopic({ ...ground.needs, ...more });
      opened.push(topic);
      return topic;
    });
  } finally {
    for (const topic of opened) await topic.close();
    await ground.destroy();
  }
};

suite('the contract', () => {
  topicContract('kafka', async (contract) => {
    const ground = kafkaGround(cluster.bootstrap, contract);
    return { open: () => createKafkaTopic(ground.needs), destroy: ground.destroy };
  });
});

suite('kafka: the group', () => {
  test('two members share the work, and one that comes or goes loses nothing', async () => {
    await onGround({ partitions: 12 }, async (_, open) => {
      const [left, right] = [await open(), await open()];
      const seen = { left: new Set<string>(), right: new Set<string>() };
      const deal = (side: 'left' | 'right') => async (delivery: Delivery) => {
        seen[side].add(textOf(delivery));
        await pause(2);
        return done;
      };
      const all = numbered(3_000, 200);
      const together = () => new Set([...seen.left, ...seen.right]).size;

      await left.consume(deal('left'), { concurrency: 4 });
      await left.publish(all.slice(0, 1_000));
      await eventually('a start', () => seen.left.size > 200);
      const second = await right.consume(deal('right'), { concurrency: 4 });
      await left.publish(all.slice(1_000, 2_000));
      await eventually('the second works', () => seen.right.size > 200);
      await second.stop(5_000);
      await left.publish(all.slice(2_000));
      await eventually('everything', () => together() === 3_000, 40_000);
      await eventually('nothing waits', async () => (await left.lag()).waiting === 0);
    });
  }, 90_000);

  test('a key is with one member on the candidates and on every retry topic', async () => {
    await onGround({ partitions: 5 }, async ({ notes }, open) => {
      const places = new Map<string, Set<number>>();
      const deal =
        (member: number) =>
        async (delivery: Delivery): Promise<Deal> => {
          places.set(delivery.key, (places.get(delivery.key) ?? new Set()).add(member));
          return delivery.attempt < 3 ? { next: 'retry', reason: 'again' } : done;
        };
      const topics = [await open(), await open()];
      for (const [member, topic] of topics.entries()) await topic.consume(deal(member), { concurrency: 4 });
      // Two joins of the first member, one of the second: the group is complete.
      await eventually('both', () => notes.of('kafka.joined') >= 3);
      await topics[0]?.publish(numbered(100, 100));
      await eventually('nothing waits', async () => places.size === 100 && (await topics[0]?.lag())?.waiting === 0);
      expect([...places.values()].filter(({ size }) => size > 1)).toEqual([]);
      expect(new Set([...places.values()].flatMap((members) => [...members])).size).toBe(2);
    });
  }, 60_000);

  test('members that read different topics, as two versions may, share what both read, and nothing else', async () => {
    await onGround({ partitions: 5 }, async ({ client, prefix, needs }, open) => {
      await open();
      const { consumed } = nameTopics(prefix, { delays: [100, 200] });
      const [candidates = '', retry = '', ...others] = consumed;
      const places: string[][] = [];
      const seats = [[candidates], [candidates, retry], [candidates, retry, ...others]].map((topics, n) =>
        createSeat(
          {
            ...{ client, clock: systemClock, note: needs.note, group: `${prefix}-seats`, topics },
            joined: (mine) => {
              places[n] = [...mine];
            },
            leaving: () => undefined,
            take: () => true,
          },
          () => undefined,
        ),
      );
      const of = (topic: string) => places.map((all) => all.filter((place) => place.startsWith(`${topic} `)).length);
      for (const seat of seats) await seat.start();
      // Those who have not heard yet how it is shared now may have as many as they will have, and others.
      const all = 5 * (2 + others.length);
      await eventually('each partition is with one', () => {
        return places.flat().length === all && new Set(places.flat()).size === all;
      });
      expect(of(candidates)).toEqual(expect.arrayContaining([1, 2, 2]));
      expect(of(retry)[0]).toBe(0);
      for (const topic of others) expect(of(topic)).toEqual([0, 0, 5]);
      expect(new Set(places.flat()).size).toBe(places.flat().length);
      await Promise.all(seats.map((seat) => seat.close()));
    });
  }, 60_000);

  test('nothing is committed for a place that is no longer ours', async () => {
    await onGround({}, async ({ client, prefix, needs }, open) => {
      const topic = await open();
      await topic.publish(numbered(30, 30));
      const places: string[][] = [];
      const seats = [0, 1].map((n) =>
        createSeat(
          {
            client,
            clock: systemClock,
            note: needs.note,
            group: `${prefix}-seats`,
            topics: [`${prefix}.candidates`],
            joined: (mine) => {
              places[n] = [...mine];
            },
            leaving: () => undefined,
            take: () => true,
          },
          () => undefined,
        ),
      );
      const [first, second] = seats;
      await first?.start();
      await eventually('all three', () => places[0]?.length === 3);
      const before = places[0] ?? [];
      const everything = new Map(before.map((place) => [place, 1]));
      await eventually('a batch came', () => first?.commit(new Map([[before[0] ?? '', 0]])));
      await second?.start();
      await eventually('the split', () => (places[0]?.length ?? 3) < 3 && places[1]);

      await eventually('committed', () => first?.commit(everything));
      const admin = client.admin();
      await admin.connect();
      const [offsets] = await admin.fetchOffsets({ groupId: `${prefix}-seats`, topics: [`${prefix}.candidates`] });
      await admin.disconnect();
      const at1 = offsets?.partitions
        .filter(({ offset }) => offset === '1')
        .map((it) => `${prefix}.candidates ${it.partition}`);
      expect(at1?.sort()).toEqual(places[0]?.sort());
      await Promise.all(seats.map((seat) => seat.close()));
    });
  }, 60_000);

  test('a deal longer than the session keeps its place, and its message comes once', async () => {
    await onGround({ sessionTimeoutMs: 6_000 }, async ({ notes }, open) => {
      const topic = await open();
      const seen: string[] = [];
      await topic.consume(
        async (delivery) => {
          seen.push(textOf(delivery));
          if (seen.length === 1) await pause(9_000);
          return done;
        },
        { concurrency: 2 },
      );
      await topic.publish(numbered(10, 1));
      await eventually('nothing waits', async () => seen.length >= 10 && (await topic.lag()).waiting === 0);
      expect(seen).toEqual(numbered(10, 1).map((_, n) => String(n)));
      expect(notes.of('kafka.joined')).toBe(1);
    });
  }, 60_000);

  test('a partition that holds too much is paused, read on, and dealt with in whole', async () => {
    await onGround({ partitions: 1 }, async (_, open) => {
      const topic = await open();
      const seen: string[] = [];
      const hold = gate();
      await topic.publish(numbered(6_000, 300, 400));
      await topic.consume(
        async (delivery) => {
          await hold.passed;
          seen.push(textOf(delivery));
          return done;
        },
        { concurrency: 8 },
      );
      await pause(1_500);
      hold.open();
      await eventually('everything', () => seen.length >= 6_000);
      expect(new Set(seen).size).toBe(6_000);
      await eventually('nothing waits', async () => (await topic.lag()).waiting === 0);
    });
  }, 60_000);
});

suite('kafka: a crash', () => {
  /** The broker itself refuses the group: the crash that kafkajs does not come back from. */
  const refuse = async (ground: ReturnType<typeof kafkaGround>): Promise<() => Promise<void>> => {
    const admin = ground.client.admin();
    await admin.connect();
    const entry = { resourceType: 3, resourceName: ground.needs.group, resourcePatternType: 3 } as const;
    await admin.createAcls({ acl: [{ ...entry, principal: 'User:*', host: '*', operation: 2, permissionType: 2 }] });
    return async () => {
      await admin.deleteAcls({
        filters: [{ ...entry, principal: 'User:*', host: '*', operation: 2, permissionType: 2 }],
      });
      await admin.disconnect();
    };
  };
  const own = process.env['KAFKA_BROKERS'] ? test.skip : test;

  own(
    'a consumer that crashed for good is built anew, and deals with what came meanwhile',
    async () => {
      await onGround({ sessionTimeoutMs: 6_000 }, async (ground, open) => {
        const topic = await open();
        const seen = new Set<string>();
        const deal = async (delivery: Delivery) => {
          seen.add(textOf(delivery));
          return done;
        };
        const subscription = await topic.consume(deal, { concurrency: 2 });
        await topic.publish(numbered(5, 5));
        await eventually('before', () => seen.size === 5);
        const allow = await refuse(ground);
        await eventually(
          'the crash',
          () => ground.notes.of('kafka.crash') > 0 && subscription.status() === 'rebuilding',
        );
        await topic.publish(numbered(12, 12));
        await allow();
        await eventually('after', () => seen.size === 12 && subscription.status() === 'running');
        expect(ground.notes.of('kafka.rebuild')).toBeGreaterThan(0);
      });
    },
    60_000,
  );

  own(
    'a crash that comes again and again ends in `dead`, and stop still works',
    async () => {
      await onGround({ mostRebuilds: 2 }, async (ground, open) => {
        const topic = await open();
        const allow = await refuse(ground);
        const subscription: Subscription = await topic.consume(async () => done, { concurrency: 2 });
        await eventually('dead', () => subscription.status() === 'dead');
        expect(ground.notes.of('kafka.dead')).toBe(1);
        expect(ground.notes.of('kafka.rebuild')).toBe(2);
        await allow();
        await subscription.stop(1_000);
        expect(subscription.status()).toBe('dead');
      });
    },
    60_000,
  );
});

suite('kafka: parked', () => {
  test('what is parked again before the tombstone of its redrive arrives is not lost with it', async () => {
    await onGround({}, async ({ client, needs, prefix }, open) => {
      const topic = await open();
      let seen = 0;
      await topic.consume(
        async () => {
          seen += 1;
          return { next: 'park', reason: 'unsealed' };
        },
        { concurrency: 1 },
      );
      await topic.publish(numbered(1, 1));
      await eventually('parked', async () => (await topic.lag()).parked === 1 && (await topic.lag()).waiting === 0);

      const producer = client.producer();
      await producer.connect();
      const names = nameTopics(prefix, { delays: [100, 200] });
      const partitionsOf = new Map([...names.consumed.map((name) => [name, 3] as const), [names.parked, 1]]);
      const publisher = createPublisher({ producer, partitionsOf, clock: systemClock, deadlineMs: 10_000 });
      const late: Publisher = {
        ...publisher,
        async publish(records) {
          if (records[0]?.value === null)
            await eventually('parked again', async () => (await topic.lag()).waiting === 0 && seen === 2);
          await publisher.publish(records);
        },
      };
      const cluster = createCluster(client);
      const parked = createParked({ client, cluster, clock: systemClock, group: needs.group, names, publisher: late });
      const [first] = await parked.list();
      expect(await parked.redrive(first?.id ?? '')).toBe(true);
      expect((await topic.parked.list()).map(({ id }) => id)).toEqual([first?.id]);
      expect(await topic.parked.discard(first?.id ?? '')).toBe(true);
      expect(await topic.lag()).toMatchObject({ parked: 0, published: 1 });
      await publisher.close();
      await cluster.close();
    });
  }, 60_000);
});

suite('kafka: the door', () => {
  test('an idle connection sets no timers in a loop', async () => {
    await onGround({}, async (_, open) => {
      const topic = await open();
      await topic.publish(numbered(1, 1));
      await topic.consume(async () => done, { concurrency: 1 });
      await eventually('quiet', async () => (await topic.lag()).waiting === 0);
      const real = globalThis.setTimeout;
      let timers = 0;
      globalThis.setTimeout = ((...given: Parameters<typeof real>) => {
        timers += 1;
        return real(...given);
      }) as typeof real;
      await pause(1_000);
      globalThis.setTimeout = real;
      expect(timers).toBeLessThan(100);
    });
  }, 30_000);

  test('missing topics are named when they may not be created', async () => {
    await onGround({}, async ({ prefix }, open) => {
      await expect(open({ createTopics: false })).rejects.toMatchObject({
        code: 'topic.misconfigured',
        message: expect.stringContaining(
          `${prefix}.candidates, ${prefix}.retries.100ms, ${prefix}.retries.200ms, ${prefix}.parked`,
        ),
      });
    });
  });

  test('a retry topic with another number of partitions is refused', async () => {
    await onGround({ retryPlan: { delays: [100] } }, async ({ prefix }, open) => {
      await (await open()).close();
      const more = { partitions: 4, retryPlan: { delays: [100, 200] } };
      await expect(open(more)).rejects.toMatchObject({
        code: 'topic.misconfigured',
        message: expect.stringContaining(`${prefix}.retries.200ms`),
      });
    });
  });

  test('a cluster that is not there is `topic.unreachable`', async () => {
    const { needs } = kafkaGround(['127.0.0.1:1'], { requestTimeoutMs: 500 });
    await expect(createKafkaTopic(needs)).rejects.toMatchObject({ code: 'topic.unreachable' });
  }, 60_000);
});
