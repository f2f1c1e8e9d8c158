import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Deal } from '../src/core/delivery.ts';
import { openStore } from '../src/store.ts';
import { createEmbeddedTopic } from '../src/topic/embedded.ts';
import { eventually } from './support/eventually.ts';
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
  const stage = async () => {
    const home = await mkdtemp(join(tmpdir(), 'keyfuse-'));
    const store = openStore(join(home, 'keyfuse.db'), { reserveBytes: 0 });
    const retryPlan = { delays: [50, 100] };
    const topic = createEmbeddedTopic({ store, clock: systemClock, retryPlan, haltPauseMs: 50, pollMs: NEVER });
    const end = async (): Promise<void> => {
      await topic.close();
      await store.close();
      await rm(home, { recursive: true });
    };
    return { topic, end };
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  test('the message behind 100,000 sightings of a hot key is dealt with soon', async () => {
    const { topic, end } = await stage();
    await topic.publish(Array.from({ length: 100_000 }, () => ({ key: 'hot', value: new Uint8Array(200) })));
    await topic.publish([{ key: 'cold', value: new Uint8Array() }]);
    const seen = { hot: 0, cold: 0 };
    const subscription = await topic.consume(
      async ({ key }) => {
        seen[key === 'hot' ? 'hot' : 'cold'] += 1;
        await pause(1);
        return { next: 'done' };
      },
      { concurrency: 8 },
    );
    await eventually('the cold key', () => seen.cold === 1);
    expect(seen.hot).toBeLessThan(10_000);
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

  test('a message put back while others wait for their retry comes at once, and none comes twice', async () => {
    const { topic, end } = await stage();
    const seen: string[] = [];
    await topic.consume(
      async ({ key, attempt }) => {
        seen.push(`${key} ${attempt}`);
        if (key === 'parked' && seen.length < 5) return { next: 'park', reason: 'malformed' };
        if (attempt === 1 && key === 'sick') return { next: 'retry', reason: 'later' };
        await pause(20);
        return { next: 'done' };
      },
      { concurrency: 2 },
    );
    await topic.publish([{ key: 'parked', value: new Uint8Array() }]);
    await topic.publish(Array.from({ length: 40 }, () => ({ key: 'sick', value: new Uint8Array() })));
    await eventually('a second attempt', () => seen.some((it) => it.endsWith(' 2')));
    const [parked] = await topic.parked.list();
    await topic.parked.redrive(parked?.id ?? '');
    await eventually('nothing waits', async () => (await topic.lag()).waiting === 0);
    expect(seen.filter((it) => it === 'parked 1')).toHaveLength(2);
    expect(seen.filter((it) => it === 'sick 1')).toHaveLength(40);
    expect(seen.filter((it) => it === 'sick 2')).toHaveLength(40);
    expect(await topic.lag()).toEqual({ waiting: 0, retrying: 0, parked: 0, published: 41 });
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
