import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Fault } from '../src/core/errors.ts';
import type { Store } from '../src/core/store.ts';
import { aDay, createOutbox, type OutboxSettings, type Sent } from '../src/respond/outbox.ts';
import { openStore } from '../src/store.ts';
import { eventually, gate } from './support/eventually.ts';
import { createQuickClock } from './support/notices.ts';

let dir = '';
let store: Store;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfuse-outbox-'));
  store = openStore(join(dir, 'keyfuse.db'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await store.close();
  await rm(dir, { recursive: true });
});

const arrived: Sent = { arrived: true };
const failed: Sent = { detail: 'status 503' };

/** An outbox whose attempts come one after another in no time. */
const office = (send: OutboxSettings['send'], more: Partial<OutboxSettings> = {}) => {
  const tried: string[] = [];
  const said: string[] = [];
  const outbox = createOutbox(
    {
      ...{ box: 'test', ...aDay, ...more },
      send(parcel, stop) {
        tried.push(parcel.id);
        return send(parcel, stop);
      },
      say: async (step, { id }, { detail }) => void said.push(`${step} ${id}${detail ? ` ${detail}` : ''}`),
    },
    { store, clock: createQuickClock(3_600_000) },
  );
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  const end = async () => {
    stop.abort();
    await running;
  };
  closers.push(end);
  const put = (id: string, body = 'text') => store.write((sql) => outbox.put(sql, { id, body }));
  return { put, tried, said, end };
};
const rows = () => store.read((sql) => sql.all('select id, body, attempts, due_at from outbox'));

test('what is put in is sent once, however often it is put in, and its text is not kept', async () => {
  const { put, said, tried } = office(async () => arrived);
  await put('a');
  await eventually('it to be sent', () => said.length === 1);
  await put('a');
  await put('b');
  await eventually('the other', () => said.length === 2);
  expect([tried, said]).toEqual([
    ['a', 'b'],
    ['sent a', 'sent b'],
  ]);
  expect(rows()).toMatchObject(['a', 'b'].map((id) => ({ id, body: '', due_at: null })));
});

test('it is sent at once: nobody waits for the next look', async () => {
  const asleep = gate();
  const outbox = createOutbox(
    { box: 'test', ...aDay, send: async () => arrived, say: async () => undefined },
    {
      store,
      clock: {
        ...{ now: Date.now, monotonic: () => performance.now() },
        sleep: (_, stop) =>
          new Promise((resolve) => {
            asleep.open();
            stop?.addEventListener('abort', () => resolve());
          }),
      },
    },
  );
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  await asleep.passed;
  await store.write((sql) => outbox.put(sql, { id: 'a', body: '' }));
  await eventually('it to be sent', () => rows().every((row) => row['due_at'] === null));
  stop.abort();
  await running;
});

test('what fails is tried again, told as late once, and given up after a day', async () => {
  const { put, said, tried } = office(async () => failed);
  await put('a');
  await eventually('it to be given up', () => rows().every((row) => row['due_at'] === null));
  expect(said).toEqual(['late a status 503', 'failed a status 503']);
  expect(tried.length).toBeGreaterThan(20);
  expect(rows()).toMatchObject([{ body: '', due_at: null }]);
});

test('what nobody takes holds up no news', async () => {
  const tried: string[] = [];
  const settings = { box: 'test', ...aDay, say: async () => undefined };
  const send: OutboxSettings['send'] = async ({ id }) => {
    tried.push(id);
    return failed;
  };
  const outbox = createOutbox({ ...settings, send }, { store, clock: createQuickClock(0) });
  await store.write((sql) => {
    for (let n = 0; n < 40; n += 1) outbox.put(sql, { id: `old ${n}`, body: '' });
    sql.run('update outbox set attempts = 3, due_at = 1');
    outbox.put(sql, { id: 'new', body: '' });
  });
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  await eventually('all to be tried', () => tried.length >= 41);
  stop.abort();
  await running;
  expect(tried[0]).toBe('new');
});

test('what throws is named without its text', async () => {
  const { put, said } = office(async ({ id }) => {
    throw id === 'fault' ? new Fault('topic.unreachable', 'planted') : new TypeError('quotes what was sent');
  });
  await put('fault');
  await put('bug');
  await eventually('both to be late', () => said.filter((one) => one.startsWith('late')).length === 2);
  expect(said.toSorted()).toEqual(expect.arrayContaining(['late bug TypeError', 'late fault topic.unreachable']));
});

test('a transaction that is undone sends nothing', async () => {
  const { put, tried } = office(async () => arrived);
  const undone = store.write((sql) => {
    sql.run("insert into outbox (box, id, body, noted_at, due_at) values ('test', 'a', '', 0, 0)");
    throw new Error('planted');
  });
  await expect(undone).rejects.toThrow('planted');
  await put('b');
  await eventually('the other', () => tried.length > 0);
  expect(tried).toEqual(['b']);
});

test('what the end cuts short is no attempt, and is sent by the next process', async () => {
  const begun = gate();
  const first = office(
    (_, stop) =>
      new Promise((resolve) => {
        begun.open();
        stop.addEventListener('abort', () => resolve({ detail: 'AbortError' }));
      }),
  );
  await first.put('a');
  await begun.passed;
  await first.end();
  expect(rows()).toMatchObject([{ id: 'a', attempts: 0, body: 'text' }]);
  const { said } = office(async ({ body }) => (body === 'text' ? arrived : failed));
  await eventually('it to be sent', () => said.length === 1);
  expect(said).toEqual(['sent a']);
});

test('a store or a journal that fails for a while loses nothing and ends nothing', async () => {
  let broken = 0;
  const broke = <T>(work: () => T): T => {
    broken -= 1;
    if (broken >= 0) throw new Fault('store.failed', 'planted');
    return work();
  };
  const shaky: Store = {
    ...store,
    read: (question) => broke(() => store.read(question)),
    write: async (change, kind) => broke(() => store.write(change, kind)),
  };
  const said: string[] = [];
  const outbox = createOutbox(
    { box: 'test', ...aDay, send: async () => arrived, say: async (step, { id }) => void said.push(`${step} ${id}`) },
    { store: shaky, clock: createQuickClock(1) },
  );
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  for (const [n, id] of ['a', 'b', 'c', 'd'].entries()) {
    broken = n;
    await store.write((sql) => outbox.put(sql, { id, body: '' }));
    await eventually('it to be sent', () => said.length === n + 1);
  }
  stop.abort();
  await running;
  expect(said).toEqual(['sent a', 'sent b', 'sent c', 'sent d']);
});

test('a wait that the other side asks for is kept', async () => {
  const waits: number[] = [];
  const { put, said } = office(async (parcel) => {
    waits.push(Number(rows()[0]?.['due_at']) - parcel.notedAt);
    return parcel.attempts === 0 ? { detail: 'status 429', afterMs: 7_200_000 } : arrived;
  });
  await put('a');
  await eventually('it to be sent', () => said.length === 1);
  expect(waits[1]).toBeGreaterThanOrEqual(7_200_000);
});
