import { spawnSync } from 'node:child_process';
import { appendFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Deal } from '../src/core/delivery.ts';
import type { Store } from '../src/core/store.ts';
import { openStore } from '../src/store.ts';
import { createEmbeddedTopic } from '../src/topic/embedded.ts';
import type { Topic } from '../src/topic/topic.ts';
import { eventually } from './support/eventually.ts';

const MIB = 1024 * 1024;
const RESERVE = 4 * MIB;
const mountable = process.platform === 'linux' && process.getuid?.() === 0;
if (!mountable && !process.env['CI']) {
  process.stderr.write('skipped: the full disk (it mounts a small tmpfs: run as root)\n');
}

/** A real small disk that is really full. */
const suite = mountable || process.env['CI'] ? describe : describe.skip;

suite('a full disk', () => {
  let disk = '';
  let at = 0;
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'keyfuse-'));
  });
  afterAll(() => rmdir(disk));
  afterEach(async () => {
    const ended: PromiseSettledResult<void>[] = [];
    for (const end of ends.splice(0).reverse()) ended.push(...(await Promise.allSettled([end()])));
    expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  const mounted = (): void => {
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk], {
      encoding: 'utf8',
    });
    expect(`${status} ${stderr}`).toBe('0 ');
    ends.push(async () => {
      spawnSync('umount', ['--lazy', disk]);
    });
  };

  const stage = (reserveBytes = RESERVE): { topic: Topic; store: Store; file: string } => {
    mounted();
    const file = join(disk, 'keyfuse.db');
    const store = openStore(file, { reserveBytes });
    const needs = { clock: systemClock, retryPlan: { delays: [10] }, haltPauseMs: 50, pollMs: 50 };
    const topic = createEmbeddedTopic({ store, ...needs });
    ends.push(async () => {
      await topic.close();
      await store.close();
    });
    return { topic, store, file };
  };

  /** Publishes 20 messages of 2 KB a time until one batch is refused; gives how many were acknowledged, and the fault. */
  const publishUntilFull = async (topic: Topic): Promise<{ acked: number; fault: unknown }> => {
    for (let acked = 0; ; acked += 20) {
      at += 20;
      const batch = Array.from({ length: 20 }, (_, n) => ({
        key: `key-${at + n}`,
        value: new Uint8Array(2_048).fill(n),
      }));
      try {
        await topic.publish(batch);
      } catch (fault) {
        return { acked, fault };
      }
      expect(acked).toBeLessThan(100_000);
    }
  };

  const fill = (): void => {
    for (const size of [MIB, 4_096]) {
      try {
        for (;;) appendFileSync(join(disk, 'filler'), Buffer.alloc(size));
      } catch {
        // Full.
      }
    }
  };

  const counting = () => {
    const seen = new Map<string, number>();
    const deal = async ({ id }: { id: string }): Promise<Deal> => {
      seen.set(id, (seen.get(id) ?? 0) + 1);
      return { next: 'done' };
    };
    return { seen, deal };
  };

  const drained = (topic: Topic) => eventually('nothing waits', async () => (await topic.lag()).waiting === 0);

  test('filled by others: new work is refused, accepted work ends, and it goes on when there is space', async () => {
    const { topic, file } = stage();
    await topic.publish(Array.from({ length: 500 }, (_, n) => ({ key: `k${n % 50}`, value: new Uint8Array(2_048) })));
    fill();
    const { acked, fault } = await publishUntilFull(topic);
    expect(fault).toMatchObject({ code: 'store.full', next: 'retry' });
    await expect(topic.publish([{ key: 'k', value: new Uint8Array() }])).rejects.toMatchObject({ code: 'store.full' });
    expect(await topic.lag()).toMatchObject({ waiting: 500 + acked, published: 500 + acked });

    const { seen, deal } = counting();
    await topic.consume(deal, { concurrency: 16 });
    await drained(topic);
    expect(seen.size).toBe(500 + acked);
    expect(new Set(seen.values())).toEqual(new Set([1]));

    rmSync(join(disk, 'filler'));
    await topic.publish([{ key: 'k', value: new Uint8Array() }]);
    expect(statSync(`${file}.reserve`).size).toBe(RESERVE);
    await eventually('the new one', () => seen.size === 501 + acked);
    await drained(topic);
    expect((await topic.lag()).published).toBe(501 + acked);
  }, 60_000);

  test('filled by our own backlog: it drains by itself, and then there is room inside the file', async () => {
    const { topic } = stage();
    const first = await publishUntilFull(topic);
    expect(first.acked).toBeGreaterThan(2_000);
    expect(first.fault).toMatchObject({ code: 'store.full' });
    const { seen, deal } = counting();
    await topic.consume(deal, { concurrency: 16 });
    await drained(topic);
    expect(seen.size).toBe(first.acked);

    for (let n = 0; n < 100; n += 1) await topic.publish([{ key: `again-${n}`, value: new Uint8Array(2_048) }]);
    await eventually('the new ones', () => seen.size === first.acked + 100);
    await drained(topic);
    expect(await topic.lag()).toEqual({ waiting: 0, retrying: 0, parked: 0, published: first.acked + 100 });
  }, 60_000);

  test('without a reserve, what was dealt with keeps its place until it can be written', async () => {
    const { topic } = stage(0);
    await topic.publish(Array.from({ length: 300 }, (_, n) => ({ key: `k${n}`, value: new Uint8Array(2_048) })));
    fill();
    const { seen, deal } = counting();
    await topic.consume(deal, { concurrency: 16 });
    await eventually('sixteen deals', () => seen.size === 16);
    await systemClock.sleep(300);
    expect(seen.size).toBe(16);
    expect((await topic.lag()).waiting).toBe(300);
    rmSync(join(disk, 'filler'));
    await drained(topic);
    expect(seen.size).toBe(300);
    expect(new Set(seen.values())).toEqual(new Set([1]));
  }, 60_000);

  test('without a reserve, and with a log far larger than what is freed: nothing is torn, and it goes on', async () => {
    const { topic, store, file } = stage(0);
    const reader = openStore(file, { reserveBytes: 0 });
    const { acked } = await publishUntilFull(topic);
    await expect(topic.publish([{ key: 'k', value: new Uint8Array() }])).rejects.toMatchObject({ code: 'store.full' });
    await reader.close();
    await topic.close();
    await store.close();

    const again = openStore(file, { reserveBytes: 0 });
    const needs = { clock: systemClock, retryPlan: { delays: [10] }, haltPauseMs: 50, pollMs: 50 };
    const next = createEmbeddedTopic({ store: again, ...needs });
    ends.push(async () => {
      await next.close();
      await again.close();
    });
    expect(await next.lag()).toMatchObject({ waiting: acked, published: acked });
    const { seen, deal } = counting();
    await next.consume(deal, { concurrency: 16 });
    spawnSync('mount', ['-o', 'remount,size=64m', disk]);
    await drained(next);
    expect(seen.size).toBe(acked);
    await next.publish([{ key: 'k', value: new Uint8Array() }]);
  }, 60_000);
});
