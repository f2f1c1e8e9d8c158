import { describe, expect, test } from '@jest/globals';
import type { Deal, Delivery } from '../src/core/delivery.ts';
import { Fault } from '../src/core/errors.ts';
import type { Lag, Message, RetryPlan, Subscription, Topic } from '../src/topic/topic.ts';
import { eventually, gate } from './support/eventually.ts';

/** How the suite wants the topic made; every story has its own. */
export interface ContractSettings {
  readonly retryPlan: RetryPlan;
  readonly haltPauseMs: number;
}

/** One durable state. `open` after `close` is a restart on it; `destroy` comes last, when every topic is closed. */
export interface Ground {
  open(): Promise<Topic>;
  destroy(): Promise<void>;
}

const done: Deal = { next: 'done' };
const retry: Deal = { next: 'retry', reason: 'not yet' };
const halt: Deal = { next: 'halt', reason: 'our own state' };

/** Clocks of two processes and timers may differ by this much. */
const SLACK_MS = 40;
const TIMEOUT_MS = 60_000;

const short: ContractSettings = { retryPlan: { delays: [150, 400, 800] }, haltPauseMs: 600 };
/** A first retry that no test lives to see. */
const late: ContractSettings = { ...short, retryPlan: { delays: [3_600_000] } };

const message = (key: string, text = ''): Message => ({ key, value: Buffer.from(text) });
const text = (delivery: Delivery): string => Buffer.from(delivery.value).toString();
const numbered = (count: number, keys: number): Message[] =>
  Array.from({ length: count }, (_, n) => message(`key-${n % keys}`, String(n)));

/** A deal that notes when each delivery came, and deals as `deal` says. */
const recorder = (deal: (delivery: Delivery, turn: number) => Deal | Promise<Deal> = () => done) => {
  const seen: (Delivery & { readonly at: number })[] = [];
  return {
    seen,
    ids: () => seen.map(({ id }) => id),
    texts: () => seen.map(text),
    deal: async (delivery: Delivery): Promise<Deal> => {
      seen.push({ ...delivery, at: performance.now() });
      return deal(delivery, seen.length);
    },
  };
};

/** The waits between the deliveries that came, in ms. */
const waits = (seen: readonly { readonly at: number }[]): number[] =>
  seen.slice(1).map(({ at }, n) => at - (seen[n]?.at ?? at));

const lagIs = (topic: Topic, wanted: Partial<Lag>): Promise<Lag> =>
  eventually(`lag ${JSON.stringify(wanted)}`, async () => {
    const lag = await topic.lag();
    return Object.entries(wanted).every(([name, value]) => lag[name as keyof Lag] === value) && lag;
  });

/** What every topic promises (src/topic/topic.ts). Each story runs on a durable state of its own. */
export const topicContract = (name: string, make: (settings: ContractSettings) => Promise<Ground>): void => {
  const story = (
    title: string,
    tell: (open: () => Promise<Topic>) => Promise<void>,
    settings: ContractSettings = short,
  ): void => {
    const run = async (): Promise<void> => {
      const ground = await make(settings);
      const opened: Topic[] = [];
      const open = async (): Promise<Topic> => {
        const topic = await ground.open();
        opened.push(topic);
        return topic;
      };
      try {
        await tell(open);
      } finally {
        for (const topic of opened) await topic.close();
        await ground.destroy();
      }
    };
    test(title, run, TIMEOUT_MS);
  };

  describe(`${name}: publish and consume`, () => {
    story('what was published before anyone consumed is dealt with, byte for byte', async (open) => {
      const bytes = Buffer.from(Array.from({ length: 32_768 }, (_, n) => (n * 7) % 256));
      const before = Date.now();
      const first = await open();
      await first.publish([]);
      await first.publish([{ key: 'k', value: bytes }, message('empty')]);
      await first.close();

      const topic = await open();
      const { seen, deal } = recorder();
      await topic.consume(deal, { concurrency: 2 });
      await eventually('two deliveries', () => seen.length >= 2);

      const delivery = seen.find(({ key }) => key === 'k');
      expect(delivery && Buffer.compare(delivery.value, bytes)).toBe(0);
      expect(delivery).toMatchObject({ key: 'k', attempt: 1 });
      expect(delivery?.publishedAt).toBeGreaterThanOrEqual(before - 1_000);
      expect(delivery?.publishedAt).toBeLessThanOrEqual(Date.now() + 1_000);
      expect(seen.find(({ key }) => key === 'empty')?.value).toHaveLength(0);
    });

    story('what is published while someone consumes is dealt with', async (open) => {
      const topic = await open();
      const { texts, deal } = recorder();
      const subscription = await topic.consume(deal, { concurrency: 4 });
      await eventually('running', () => subscription.status() === 'running');
      for (const n of [1, 2, 3]) {
        await topic.publish([message('k', String(n))]);
        await eventually(`message ${n}`, () => texts().includes(String(n)));
      }
    });

    story('2,000 messages of 50 keys are each dealt with, and nothing waits', async (open) => {
      const topic = await open();
      const { texts, deal } = recorder();
      await topic.consume(deal, { concurrency: 16 });
      const all = numbered(2_000, 50);
      for (let at = 0; at < all.length; at += 250) await topic.publish(all.slice(at, at + 250));
      await eventually('all dealt with', () => new Set(texts()).size === 2_000);
      await lagIs(topic, { waiting: 0, parked: 0, published: 2_000 });
    });

    story('after close, publish rejects; close again is fine', async (open) => {
      const topic = await open();
      await topic.publish([message('k')]);
      await topic.close();
      await topic.close();
      await expect(topic.publish([message('k')])).rejects.toBeInstanceOf(Fault);
    });
  });

  describe(`${name}: order and keys`, () => {
    story('one key, one order; never two of one key at once; never more than asked', async (open) => {
      const topic = await open();
      const active = new Map<string, number>();
      const most = { ofOneKey: 0, ofAll: 0 };
      const byKey = new Map<string, Set<number>>();
      await topic.publish(numbered(600, 12));
      await topic.consume(
        async (delivery) => {
          active.set(delivery.key, (active.get(delivery.key) ?? 0) + 1);
          most.ofOneKey = Math.max(most.ofOneKey, ...active.values());
          most.ofAll = Math.max(
            most.ofAll,
            [...active.values()].reduce((sum, n) => sum + n, 0),
          );
          byKey.set(delivery.key, (byKey.get(delivery.key) ?? new Set()).add(Number(text(delivery))));
          await new Promise((resolve) => setTimeout(resolve, Number(text(delivery)) % 4));
          active.set(delivery.key, (active.get(delivery.key) ?? 0) - 1);
          return done;
        },
        { concurrency: 5 },
      );
      await eventually('all', () => [...byKey.values()].reduce((sum, { size }) => sum + size, 0) === 600);
      expect(most.ofOneKey).toBe(1);
      expect(most.ofAll).toBeGreaterThan(1);
      expect(most.ofAll).toBeLessThanOrEqual(5);
      for (const order of byKey.values()) expect([...order]).toEqual([...order].sort((a, b) => a - b));
    });

    story('a slow key does not hold the others', async (open) => {
      const topic = await open();
      const slow = gate();
      const { seen, deal } = recorder(async ({ key }) => {
        if (key === 'slow') await slow.passed;
        return done;
      });
      await topic.publish([message('slow', 'a'), message('slow', 'b'), ...numbered(40, 20)]);
      await topic.consume(deal, { concurrency: 3 });
      await eventually('the others', () => seen.filter(({ key }) => key !== 'slow').length >= 40);
      expect(seen.filter(({ key }) => key === 'slow').map(text)).toEqual(['a']);
      slow.open();
      await eventually('the slow key', () => seen.some((delivery) => text(delivery) === 'b'));
    });

    story('a hot key does not hold the message behind it', async (open) => {
      const topic = await open();
      const hot = Array.from({ length: 1_000 }, (_, n) => message('hot', `hot ${n}`));
      await topic.publish(hot);
      await topic.publish([message('cold', 'cold')]);
      const { seen, texts, deal } = recorder(async () => {
        await new Promise((resolve) => setTimeout(resolve, 8));
        return done;
      });
      await topic.consume(deal, { concurrency: 4 });
      await eventually('the cold key', () => texts().includes('cold'));
      expect(seen.length).toBeLessThan(500);
    });

    story(
      'a key that retries does not hold the others',
      async (open) => {
        const topic = await open();
        const { seen, deal } = recorder(({ key }) => (key === 'sick' ? retry : done));
        await topic.publish([message('sick'), ...numbered(20, 10)]);
        await topic.consume(deal, { concurrency: 1 });
        await eventually('the others', () => seen.filter(({ key }) => key !== 'sick').length >= 20);
        await lagIs(topic, { waiting: 1, retrying: 1, parked: 0, published: 21 });
      },
      late,
    );
  });

  describe(`${name}: retry`, () => {
    story('each retry waits as the plan says, and keeps id, key, value and time', async (open) => {
      const topic = await open();
      const { seen, deal } = recorder(({ attempt }) => (attempt < 4 ? retry : done));
      await topic.publish([message('k', 'again')]);
      await topic.consume(deal, { concurrency: 2 });
      await eventually('four attempts', () => seen.length >= 4);
      await lagIs(topic, { waiting: 0, retrying: 0, parked: 0, published: 1 });

      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
      expect(new Set(seen.map(({ id, key, publishedAt }) => `${id} ${key} ${publishedAt}`)).size).toBe(1);
      expect(seen.map(text)).toEqual(['again', 'again', 'again', 'again']);
      const [first = 0, second = 0, third = 0] = waits(seen);
      expect(first).toBeGreaterThanOrEqual(150 - SLACK_MS);
      expect(second).toBeGreaterThanOrEqual(400 - SLACK_MS);
      expect(third).toBeGreaterThanOrEqual(800 - SLACK_MS);
    });

    story('afterMs is the least wait, and never shortens the plan', async (open) => {
      const topic = await open();
      const longer: Deal = { ...retry, afterMs: 1_200 };
      const shorter: Deal = { ...retry, afterMs: 1 };
      const { seen, deal } = recorder(({ attempt }) => [longer, shorter][attempt - 1] ?? done);
      await topic.publish([message('k')]);
      await topic.consume(deal, { concurrency: 2 });
      await eventually('three attempts', () => seen.length >= 3);
      const [first = 0, second = 0] = waits(seen);
      expect(first).toBeGreaterThanOrEqual(1_200 - SLACK_MS);
      expect(second).toBeGreaterThanOrEqual(400 - SLACK_MS);
    });

    story('a free retry waits as long as it says, uses up no attempt, and holds no other key', async (open) => {
      const topic = await open();
      const free: Deal = { ...retry, free: true, afterMs: 60 };
      // Attempts 1 and 2 are each held more often than the plan has retries, the second one longer than any of its delays.
      const held = { rounds: 6, last: { ...free, afterMs: 1_500 } };
      const { seen, deal } = recorder(({ key, attempt }) => {
        if (key !== 'held') return done;
        const round = seen.filter((one) => one.key === 'held' && one.attempt === attempt).length;
        if (round < held.rounds) return free;
        if (attempt === 1) return retry;
        return round === held.rounds ? held.last : done;
      });
      await topic.publish([message('held', 'again')]);
      await topic.consume(deal, { concurrency: 1 });
      await eventually('the first round', () => seen.length >= 1);
      await topic.publish(numbered(20, 10));
      await lagIs(topic, { waiting: 0, retrying: 0, parked: 0, published: 21 });

      const rounds = seen.filter(({ key }) => key === 'held');
      expect(rounds.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]);
      expect(new Set(rounds.map(({ id, publishedAt }) => `${id} ${publishedAt}`)).size).toBe(1);
      const pauses = waits(rounds);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(60 - SLACK_MS);
      expect(pauses[5]).toBeGreaterThanOrEqual(150 - SLACK_MS);
      expect(pauses.at(-1)).toBeGreaterThanOrEqual(1_500 - SLACK_MS);
      const others = seen.filter(({ key }) => key !== 'held');
      expect(others).toHaveLength(20);
      expect(others.at(-1)?.at).toBeLessThan(rounds.at(-1)?.at ?? 0);
      for (const key of new Set(others.map((one) => one.key))) {
        const order = others.filter((one) => one.key === key).map((one) => Number(text(one)));
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
    });

    story(
      'a free retry is no way past the plan: the next that is not free is parked when its attempts are used up',
      async (open) => {
        const topic = await open();
        const { seen, deal } = recorder((_, turn) => (turn % 2 === 1 ? { ...retry, free: true, afterMs: 20 } : retry));
        await topic.publish([message('k')]);
        await topic.consume(deal, { concurrency: 1 });
        await lagIs(topic, { waiting: 0, parked: 1, published: 1 });
        expect(seen.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
      },
    );

    story('a deal that throws is a retry', async (open) => {
      const topic = await open();
      const { seen, deal } = recorder(({ attempt }) => {
        if (attempt === 1) throw new Error('a bug');
        return done;
      });
      await topic.publish([message('k')]);
      const subscription = await topic.consume(deal, { concurrency: 2 });
      await eventually('the second attempt', () => seen.length >= 2);
      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2]);
      await lagIs(topic, { waiting: 0, parked: 0 });
      expect(subscription.status()).toBe('running');
    });

    story('retries that are used up park the message; put back, it starts anew', async (open) => {
      const topic = await open();
      const { seen, deal } = recorder((_, turn) => (turn <= 4 ? retry : done));
      const before = Date.now();
      await topic.publish([message('k', 'sealed')]);
      await topic.consume(deal, { concurrency: 2 });
      await lagIs(topic, { waiting: 0, retrying: 0, parked: 1, published: 1 });

      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
      const [parked, ...more] = await topic.parked.list();
      expect(more).toEqual([]);
      expect(parked).toMatchObject({ id: seen[0]?.id, key: 'k', reason: 'attempts-exhausted', attempts: 4 });
      expect(Buffer.from(parked?.value ?? []).toString()).toBe('sealed');
      expect(parked?.publishedAt).toBe(seen[0]?.publishedAt);
      expect(parked?.parkedAt).toBeGreaterThanOrEqual(before + 150 + 400 + 800 - SLACK_MS);

      expect(await topic.parked.redrive(parked?.id ?? '')).toBe(true);
      await lagIs(topic, { waiting: 0, retrying: 0, parked: 0, published: 1 });
      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 1]);
    });

    story('a retry survives a restart', async (open) => {
      const first = await open();
      const { seen, deal } = recorder(() => retry);
      await first.publish([message('k', 'again')]);
      const subscription = await first.consume(deal, { concurrency: 1 });
      await eventually('the first attempt', () => seen.length >= 1);
      await subscription.stop(10_000);
      await first.close();

      const second = await open();
      const after = recorder();
      await second.consume(after.deal, { concurrency: 1 });
      await eventually('a later attempt', () => after.seen.length >= 1);
      expect(after.seen[0]).toMatchObject({
        id: seen[0]?.id,
        attempt: seen.length + 1,
        publishedAt: seen[0]?.publishedAt,
      });
    });
  });

  describe(`${name}: park`, () => {
    story('parked messages are listed, put back with the same id, or discarded', async (open) => {
      const topic = await open();
      const { seen, ids, deal } = recorder((_, turn) => {
        if (turn === 1) return { next: 'park', reason: 'unsealed' };
        return turn === 2 ? { next: 'park', reason: 'malformed' } : done;
      });
      await topic.publish([message('k', 'one'), message('k', 'two'), message('k', 'three')]);
      await topic.consume(deal, { concurrency: 2 });
      await lagIs(topic, { waiting: 0, parked: 2, published: 3 });

      const parked = await topic.parked.list();
      expect(parked.map(({ id, reason, attempts }) => ({ id, reason, attempts }))).toEqual([
        { id: ids()[0], reason: 'unsealed', attempts: 1 },
        { id: ids()[1], reason: 'malformed', attempts: 1 },
      ]);
      const [one = '', two = ''] = ids();
      expect(await topic.parked.redrive('no such id')).toBe(false);
      expect(await topic.parked.discard('no such id')).toBe(false);
      expect(await topic.parked.redrive(one)).toBe(true);
      await eventually('the redriven message', () => seen.length >= 4);
      expect(seen[3]).toMatchObject({ id: one, key: 'k', attempt: 1, publishedAt: seen[0]?.publishedAt });
      await lagIs(topic, { waiting: 0, parked: 1, published: 3 });

      expect(await topic.parked.discard(two)).toBe(true);
      expect(await topic.parked.redrive(two)).toBe(false);
      expect(await topic.parked.discard(two)).toBe(false);
      expect(await topic.parked.list()).toEqual([]);
      await lagIs(topic, { waiting: 0, parked: 0, published: 3 });
    });

    story('what is parked stays parked over a restart, and can be put back by the next process', async (open) => {
      const first = await open();
      const before = recorder(() => ({ next: 'park', reason: 'malformed' }));
      await first.publish([message('k', 'value')]);
      await first.consume(before.deal, { concurrency: 1 });
      await lagIs(first, { waiting: 0, parked: 1 });
      await first.close();

      const second = await open();
      const [parked] = await second.parked.list();
      expect(parked).toMatchObject({ id: before.seen[0]?.id, key: 'k', reason: 'malformed' });
      expect(await second.parked.redrive(parked?.id ?? '')).toBe(true);
      const after = recorder();
      await second.consume(after.deal, { concurrency: 1 });
      await eventually('the redriven message', () => after.seen.length >= 1);
      expect(after.seen[0]).toMatchObject({ id: before.seen[0]?.id, attempt: 1 });
      expect(after.texts()).toEqual(['value']);
    });

    story('ids are unique, and the same through retries, parking and redelivery', async (open) => {
      const topic = await open();
      const { seen, deal } = recorder(({ attempt, key }) => {
        if (attempt === 1) return retry;
        return key === 'key-0' ? { next: 'park', reason: 'malformed' } : done;
      });
      await topic.publish(numbered(60, 3));
      await topic.consume(deal, { concurrency: 8 });
      await lagIs(topic, { waiting: 0, parked: 20, published: 60 });
      const textsOfId = new Map<string, Set<string>>();
      for (const delivery of [...seen, ...(await topic.parked.list()).map((it) => ({ ...it, attempt: it.attempts }))]) {
        textsOfId.set(delivery.id, (textsOfId.get(delivery.id) ?? new Set()).add(text(delivery)));
      }
      expect(textsOfId.size).toBe(60);
      expect([...textsOfId.values()].filter(({ size }) => size !== 1)).toEqual([]);
    });
  });

  describe(`${name}: halt`, () => {
    story('nothing moves in a halt, nothing is lost, and the same message comes again', async (open) => {
      const topic = await open();
      const { seen, deal } = recorder((_, turn) => (turn === 1 ? halt : done));
      await topic.publish([message('first', 'halts')]);
      const subscription = await topic.consume(deal, { concurrency: 4 });
      await eventually('halted', () => subscription.status() === 'halted');
      await topic.publish(numbered(10, 10));
      await eventually('everything', () => seen.length >= 12);

      expect(
        seen
          .slice(0, 2)
          .map(({ at }) => at)
          .reduce((a, b) => b - a),
      ).toBeGreaterThanOrEqual(600 - SLACK_MS);
      const [before, ...after] = seen;
      const again = after.find(({ id }) => id === before?.id);
      expect(again).toMatchObject({ attempt: 1 });
      expect(text(again ?? (seen[0] as Delivery))).toBe('halts');
      expect(subscription.status()).toBe('running');
      await lagIs(topic, { waiting: 0, retrying: 0, parked: 0, published: 11 });
    });

    story('a halt that lasts halts again; stop does not wait for it; a restart delivers it', async (open) => {
      const first = await open();
      const before = recorder(() => halt);
      await first.publish([message('k', 'halts')]);
      const subscription = await first.consume(before.deal, { concurrency: 2 });
      await eventually('halted twice', () => before.seen.length >= 2);
      await subscription.stop(10_000);
      expect(subscription.status()).toBe('stopped');
      await lagIs(first, { waiting: 1, retrying: 0, parked: 0 });
      await first.close();

      const second = await open();
      const after = recorder();
      await second.consume(after.deal, { concurrency: 2 });
      await eventually('the message', () => after.seen.length >= 1);
      expect(after.seen[0]).toMatchObject({ id: before.seen[0]?.id, attempt: 1 });
    });
  });

  describe(`${name}: stop and restart`, () => {
    story('stop lets the deals under way end, commits them, and starts no other', async (open) => {
      const first = await open();
      const holds = [gate(), gate(), gate()];
      const before = recorder(async (_, turn) => {
        await holds[turn - 1]?.passed;
        return done;
      });
      await first.publish(numbered(12, 12));
      const subscription: Subscription = await first.consume(before.deal, { concurrency: 3 });
      await eventually('three deals', () => before.seen.length === 3);
      const stopped = subscription.stop(20_000);
      await first.publish([message('late', 'late')]);
      for (const hold of holds) {
        hold.open();
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      await stopped;
      expect(subscription.status()).toBe('stopped');
      expect(before.seen).toHaveLength(3);
      await first.close();

      const second = await open();
      const after = recorder();
      await second.consume(after.deal, { concurrency: 3 });
      await eventually('the rest', () => after.seen.length >= 10);
      await lagIs(second, { waiting: 0, published: 13 });
      expect(after.texts().filter((it) => before.texts().includes(it))).toEqual([]);
    });

    story('a restart delivers what was not dealt with, and not what was', async (open) => {
      const first = await open();
      const before = recorder(({ key }) => (key === 'stuck' ? new Promise<Deal>(() => undefined) : done));
      await first.publish(numbered(30, 10));
      const subscription = await first.consume(before.deal, { concurrency: 4 });
      await lagIs(first, { waiting: 0, published: 30 });
      await first.publish([message('stuck', 'stuck')]);
      await eventually('the stuck deal', () => before.texts().includes('stuck'));
      await subscription.stop(200);
      await first.close();

      const second = await open();
      const after = recorder();
      await second.consume(after.deal, { concurrency: 4 });
      await second.publish(numbered(10, 10).map(({ key }) => message(key, 'new')));
      await eventually('the stuck and the new', () => after.seen.length >= 11);
      expect(after.texts().sort()).toEqual([...Array.from({ length: 10 }, () => 'new'), 'stuck']);
      expect(after.seen.find((delivery) => text(delivery) === 'stuck')?.attempt).toBe(1);
      await lagIs(second, { waiting: 0, published: 41 });
    });
  });

  describe(`${name}: lag`, () => {
    story(
      'counts what waits, what is to be tried again, what is parked, and what was ever published',
      async (open) => {
        const topic = await open();
        expect(await topic.lag()).toEqual({ waiting: 0, retrying: 0, parked: 0, published: 0 });
        const before = Date.now();
        await topic.publish(['done', 'park', 'retry', 'done', 'retry'].map((it, n) => message(`k${n}`, it)));
        const after = Date.now();
        await lagIs(topic, { waiting: 5, retrying: 0, parked: 0, published: 5 });

        const subscription = await topic.consume(
          recorder((delivery) => {
            if (text(delivery) === 'retry') return retry;
            return text(delivery) === 'park' ? { next: 'park', reason: 'malformed' } : done;
          }).deal,
          { concurrency: 2 },
        );
        const { oldest = 0 } = await lagIs(topic, { waiting: 2, retrying: 2, parked: 1, published: 5 });
        expect(oldest).toBeGreaterThanOrEqual(before - 1_000);
        expect(oldest).toBeLessThanOrEqual(after + 1_000);
        await subscription.stop(10_000);
        await topic.publish([message('k9', 'done'), message('k9', 'done'), message('k9', 'done')]);
        const end = await lagIs(topic, { waiting: 5, retrying: 2, parked: 1, published: 8 });
        expect(end.oldest).toBe(oldest);
      },
      late,
    );
  });
};
