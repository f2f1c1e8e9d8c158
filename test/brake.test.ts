import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../src/core/errors.ts';
import type { Fact } from '../src/core/facts.ts';
import { type Brake, createBrake } from '../src/respond/brake.ts';
import { createLedger, type Ledger } from '../src/respond/ledger.ts';
import { openStore } from '../src/store.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const START = 1_000_000_000;
const settings = { deletions: 50, windowSeconds: 600 };
const WINDOW = 600_000;
const DELETE = { decision: 'delete' } as const;

/** Numbers from 0 to 1, always the same ones. */
const random = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};

/** A brake on a real ledger, under a clock that only the test moves. */
const stage = async (blocked = false) => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-brake-'));
  const store = openStore(join(dir, 'keyfuse.db'));
  closers.push(
    () => rm(dir, { recursive: true }),
    () => store.close(),
  );
  const time = { now: START };
  const clock = { now: () => time.now, monotonic: () => time.now, sleep: async () => undefined };
  const ledger = createLedger(store, clock);
  const facts: Fact['type'][] = [];
  const record = async (fact: Fact): Promise<void> => {
    facts.push(fact.type);
    if (blocked) throw new Fault('journal.blocked', 'planted');
  };
  const start = (over = {}): Brake => createBrake({ ...settings, ...over }, { ledger, clock, record });
  return { time, ledger, facts, start, clock };
};

const opening = (fingerprint: string) => ({
  ...{ id: `inc_${fingerprint}`, fingerprint, detector: 'test-key', issuer: 'workos', locator: 'somewhere' },
});
const intend = (ledger: Ledger, fingerprint: string) =>
  ledger.intend(opening(fingerprint), { handle: { id: fingerprint, environment: 'production' }, evidence: {} });

interface Coming {
  readonly key: string;
  readonly at: number;
}

/** What comes next, out of an unsorted list; few enough for that. */
const takeNext = (coming: Coming[]): Coming | undefined => {
  let first = 0;
  for (let n = 1; n < coming.length; n += 1) if ((coming[n]?.at ?? 0) < (coming[first]?.at ?? 0)) first = n;
  return coming.splice(first, 1)[0];
};

/** Each key comes when it is told, up to `lateMs` late, until it may die. */
const run = async (keys: number, { lateMs, restarts }: { lateMs: number; restarts: readonly number[] }) => {
  const it = await stage();
  const chance = random(7);
  const deaths: number[] = [];
  const holds = new Map<string, number>();
  const waited = new Map<string, number>();
  const left = [...restarts];
  let brake = it.start();
  const coming: Coming[] = Array.from({ length: keys }, (_, n) => ({ key: `key-${n}`, at: START + n }));
  for (let next = takeNext(coming); next; next = takeNext(coming)) {
    const { key, at } = next;
    it.time.now = Math.max(it.time.now, at);
    if (at - START > (left[0] ?? Number.POSITIVE_INFINITY)) {
      left.shift();
      brake = it.start();
    }
    const { decision, why, afterMs = -1 } = brake.check(DELETE, key);
    if (decision === 'delete') {
      await intend(it.ledger, key);
      deaths.push(it.time.now);
      waited.set(key, it.time.now - START);
      continue;
    }
    if (why !== 'brake' || afterMs < 1_000 || afterMs > WINDOW + 60_000)
      throw new Error(`${decision} ${why} ${afterMs}`);
    holds.set(key, (holds.get(key) ?? 0) + 1);
    coming.push({ key, at: it.time.now + afterMs + Math.floor(chance() * lateMs) });
  }
  return { ...it, brake, deaths, holds, waited };
};

/** The most deletions within any window. */
const mostWithin = (deaths: readonly number[]): number =>
  Math.max(...deaths.map((at, n) => deaths.slice(n, n + 200).filter((other) => other < at + WINDOW).length));

/** 2,000 keys need 39 more windows after the first 50. */
const IDEAL = 39 * WINDOW;

describe('2,000 keys under a brake of 50 in ten minutes', () => {
  test.each([0, 10_000])('all get through in little more than the least time, %i ms late', async (lateMs) => {
    const { deaths, holds, waited, brake, facts } = await run(2_000, { lateMs, restarts: [] });
    expect(new Set(waited.keys()).size).toBe(2_000);
    expect(deaths).toHaveLength(2_000);
    expect(mostWithin(deaths)).toBe(50);
    expect(Math.max(...deaths) - START).toBeLessThan(1.15 * IDEAL);
    // Nobody is sent away more often than the longest wait makes it, and once more.
    const more = [...holds].map(([key, n]) => n - Math.ceil((waited.get(key) ?? 0) / (WINDOW + 60_000)));
    expect(Math.max(...more)).toBeLessThanOrEqual(1);
    // First come, first served: within a window's places.
    const order = [...waited].map(([key]) => Number(key.slice(4)));
    expect(Math.max(...order.map((n, place) => Math.abs(n - place)))).toBeLessThan(50);
    expect(brake.engaged()).toBe(false);
    expect(facts).toEqual(['brake.engaged', 'brake.released']);
  });

  test('they come evenly, not in clumps', async () => {
    const { deaths } = await run(2_000, { lateMs: 0, restarts: [] });
    const held = deaths.slice(50);
    for (let at = START + WINDOW * 1.05; at < Math.max(...held); at += 60_000)
      expect(held.filter((death) => death >= at && death < at + 60_000).length).toBeLessThanOrEqual(10);
  });

  test('restarts keep the window, and everyone gets through', async () => {
    const restarts = Array.from({ length: 12 }, (_, n) => (n + 1) * 1_800_000);
    const { deaths } = await run(2_000, { lateMs: 2_000, restarts });
    expect(deaths).toHaveLength(2_000);
    expect(mostWithin(deaths)).toBe(50);
    expect(Math.max(...deaths) - START).toBeLessThan(1.15 * IDEAL);
  });
});

describe('one place, one window of a minute', () => {
  const one = { deletions: 1, windowSeconds: 60 };

  test('it lets go when the window has moved on, though nobody comes', async () => {
    const { start, time, facts } = await stage();
    const brake = start(one);
    brake.check(DELETE, 'a');
    expect(brake.engaged()).toBe(false);
    const { afterMs = 0 } = brake.check(DELETE, 'b');
    expect(afterMs).toBeGreaterThan(60_000);
    expect(afterMs).toBeLessThan(70_000);
    time.now += afterMs;
    expect(brake.engaged()).toBe(true);
    expect(facts).toEqual(['brake.engaged']);
    time.now += 121_000;
    expect(brake.engaged()).toBe(false);
    expect(facts).toEqual(['brake.engaged', 'brake.released']);
    expect(brake.check(DELETE, 'c')).toEqual(DELETE);
  });

  test('a key that needs no place any more leaves the queue', async () => {
    const { start, time, facts } = await stage();
    const brake = start(one);
    brake.check(DELETE, 'a');
    for (const key of ['b', 'c', 'd']) brake.check(DELETE, key);
    for (const key of ['b', 'c']) brake.leave(key);
    time.now += 60_001;
    expect(brake.check(DELETE, 'd')).toEqual(DELETE);
    expect(facts).toEqual(['brake.engaged', 'brake.released']);
  });

  test('a round that was granted and never became an intent counts once, and passes again', async () => {
    const { start, time } = await stage();
    const brake = start({ ...one, deletions: 2 });
    for (let round = 0; round < 3; round += 1) {
      expect(brake.check(DELETE, 'a')).toEqual(DELETE);
      time.now += 1_000;
    }
    expect(brake.check(DELETE, 'b')).toEqual(DELETE);
    expect(brake.check(DELETE, 'c')).toMatchObject({ decision: 'hold', why: 'brake' });
    expect(brake.check(DELETE, 'a')).toEqual(DELETE);
  });

  test('who comes again early keeps the place in the queue; who is new goes behind', async () => {
    const { start, time } = await stage();
    const brake = start(one);
    brake.check(DELETE, 'a');
    const first = START + (brake.check(DELETE, 'b').afterMs ?? 0);
    brake.check(DELETE, 'c');
    time.now += 30_000;
    expect(time.now + (brake.check(DELETE, 'b').afterMs ?? 0)).toBe(first);
    time.now = first;
    expect(brake.check(DELETE, 'new')).toMatchObject({ decision: 'hold' });
    expect(brake.check(DELETE, 'b')).toEqual(DELETE);
  });

  test('a restart knows the keys of the window, and lets them pass', async () => {
    const { start, time, ledger } = await stage();
    start(one).check(DELETE, 'a');
    await intend(ledger, 'a');
    time.now += 30_000;
    const again = start(one);
    expect(again.check(DELETE, 'a')).toEqual(DELETE);
    expect(again.check(DELETE, 'b')).toMatchObject({ decision: 'hold' });
    time.now += 30_001;
    expect(again.check(DELETE, 'b')).toEqual(DELETE);
  });

  test('a journal that is blocked does not end the daemon', async () => {
    const { start, facts } = await stage(true);
    const brake = start(one);
    brake.check(DELETE, 'a');
    expect(brake.check(DELETE, 'b')).toMatchObject({ decision: 'hold' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(facts).toEqual(['brake.engaged']);
  });

  test('what policy holds or watches takes no place', async () => {
    const brake = (await stage()).start(one);
    for (const key of ['a', 'b']) brake.check({ decision: 'hold', why: 'mode' }, key);
    expect(brake.check({ decision: 'expire' }, 'c')).toEqual({ decision: 'expire' });
    expect(brake.check({ decision: 'expire' }, 'd')).toMatchObject({ decision: 'hold', why: 'brake' });
  });
});
