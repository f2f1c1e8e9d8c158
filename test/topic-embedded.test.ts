import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Deal } from '../src/core/delivery.ts';
import { Fault } from '../src/core/errors.ts';
import { openStore } from '../src/store.ts';
import { createEmbeddedTopic } from '../src/topic/embedded.ts';
import type { RetryPlan } from '../src/topic/topic.ts';
import { eventually, gate } from './support/eventually.ts';
import { topicContract } from './topic.contract.ts';

/** No story may lean on the slow look for other processes' writes. */
const NEVER = 3_600_000;

topicContract('the embedded topic', async (settings) => {
  const home = await mkdtemp(join(tmpdir(), 'keyfuse-'));
  return {
    async open() {
      const store = openStore(join(home, 'keyfuse.db'), { reserveBytes: 0 });
      const topic = createEmbeddedTopic({ ...settings, store, clock: systemClock, pollMs: NEVER });
      const close = async (): Promise<void> => {
        await topic.close();
        await store.close();
      };
      return { ...topic, close };
    },
    destroy: () => rm(home, { recursive: true }),
  };
});

describe('the embedded topic', () => {
  const stage = async (retryPlan: RetryPlan = { delays: [50, 100] }) => {
    const home = await mkdtemp(join(tmpdir(), 'keyfuse-'));
    const store = openStore(join(home, 'keyfuse.db'), { reserveBytes: 0 });
    const topic = createEmbeddedTopic({ store, clock: systemClock, retryPlan, haltPauseMs: 50, pollMs: NEVER });
    const end = async (): Promise<void> => {
      await topic.close();
      await store.close();
      await rm(home, { recursive: true });
    };
    return { topic, end };
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  test('the message behind 100,000 sightings of a hot key is dealt with while the first of them still is', async () => {
    const { topic, end } = await stage();
    await topic.publish(Array.from({ length: 100_000 }, () => ({ key: 'hot', value: new Uint8Array(200) })));
    await topic.publish([{ key: 'cold', value: new Uint8Array() }]);
    const hold = gate();
    const seen: string[] = [];
    const subscription = await topic.consume(
      async ({ key }) => {
        seen.push(key);
        if (key === 'hot') await hold.passed;
        return { next: 'done' };
      },
      { concurrency: 8 },
    );
    await eventually('the cold key', () => seen.includes('cold'));
    expect(seen).toEqual(['hot', 'cold']);
    hold.open();
    await eventually('the hot key goes on', () => seen.length > 1_000);
    await subscription.stop(5_000);
    await end();
  });

  test('retries of a hot key, all due at once, do not hold the retry of another', async () => {
    const { topic, end } = await stage();
    const hot = Array.from({ length: 3_000 }, () => ({ key: 'hot', value: new Uint8Array() }));
    await topic.publish([...hot, { key: 'cold', value: new Uint8Array() }]);
    let hotAgain = 0;
    let cold = 0;
    const subscription = await topic.consume(
      async ({ key, attempt }) => {
        if (attempt === 1) return { next: 'retry', reason: 'later', afterMs: 1_500 };
        if (key === 'cold') cold += 1;
        else hotAgain += 1;
        await pause(2);
        return { next: 'done' };
      },
      { concurrency: 4 },
    );
    await eventually('the cold retry', () => cold === 1);
    expect(hotAgain).toBeLessThan(2_500);
    await subscription.stop(5_000);
    await end();
  });

  test('a message put back while retries are under way comes at once; the retries come once each, and not early', async () => {
    const { topic, end } = await stage({ delays: [50, 1_000] });
    const seen: { key: string; id: string; attempt: number; at: number }[] = [];
    await topic.consume(
      async ({ key, id, attempt }) => {
        const first = !seen.some((it) => it.key === key);
        seen.push({ key, id, attempt, at: performance.now() });
        if (key === 'parked') return first ? { next: 'park', reason: 'malformed' } : { next: 'done' };
        if (attempt === 2) await pause(5);
        return attempt === 3 ? { next: 'done' } : { next: 'retry', reason: 'later' };
      },
      { concurrency: 2 },
    );
    await topic.publish([{ key: 'parked', value: new Uint8Array() }]);
    await topic.publish(Array.from({ length: 60 }, () => ({ key: 'sick', value: new Uint8Array() })));
    await eventually('second attempts', () => seen.filter(({ attempt }) => attempt === 2).length > 5);
    const [parked] = await topic.parked.list();
    await topic.parked.redrive(parked?.id ?? '');
    await eventually('nothing waits', async () => (await topic.lag()).waiting === 0);

    const attempts = (n: number) => seen.filter(({ key, attempt }) => key === 'sick' && attempt === n);
    expect([1, 2, 3].map((n) => attempts(n).length)).toEqual([60, 60, 60]);
    const second = new Map(attempts(2).map(({ id, at }) => [id, at]));
    const waits = attempts(3).map(({ id, at }) => at - (second.get(id) ?? at));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000 - 40);
    const [, again] = seen.filter(({ key }) => key === 'parked');
    expect(again?.at).toBeLessThan(attempts(3)[0]?.at ?? 0);
    await end();
  });

  test('a closed topic publishes nothing and consumes nothing, though the store is open', async () => {
    const { topic, end } = await stage();
    await topic.close();
    await expect(topic.publish([{ key: 'k', value: new Uint8Array() }])).rejects.toMatchObject({
      code: 'store.failed',
    });
    await expect(topic.consume(async () => ({ next: 'done' }), { concurrency: 1 })).rejects.toBeInstanceOf(Fault);
    expect((await topic.lag()).published).toBe(0);
    await end();
  });

  test('a second consumer of one database is refused until the first has stopped', async () => {
    const { topic, end } = await stage();
    const deal = async (): Promise<Deal> => ({ next: 'done' });
    const first = await topic.consume(deal, { concurrency: 1 });
    await expect(topic.consume(deal, { concurrency: 1 })).rejects.toMatchObject({ code: 'topic.locked', next: 'exit' });
    await first.stop(1_000);
    const second = await topic.consume(deal, { concurrency: 1 });
    expect(first.status()).toBe('stopped');
    expect(second.status()).toBe('running');
    await end();
  });
});
