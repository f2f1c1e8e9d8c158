import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../src/core/errors.ts';
import type { Sql, Store } from '../src/core/store.ts';
import { openStore } from '../src/store.ts';

let home = '';
let file = '';
const stores: Store[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'keyfuse-'));
  file = join(home, 'state', 'keyfuse.db');
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await rm(home, { recursive: true });
});

const opened = (settings: Parameters<typeof openStore>[1] = { reserveBytes: 0 }): Store => {
  const store = openStore(file, settings);
  stores.push(store);
  store.migrate('create table if not exists notes (n integer primary key, note text not null unique)');
  return store;
};
const add = (store: Store, note: string): Promise<number> =>
  store.write((sql) => sql.run('insert into notes (note) values (?)', note).lastId);
const notes = (store: Store): string[] =>
  store.read((sql) => sql.all('select note from notes order by n').map(({ note }) => String(note)));

describe('the store', () => {
  test('keeps every type of value as it is', async () => {
    const store = opened();
    store.migrate('create table values_ (v)');
    const values = ['text', 'ünï\u0000code', 7, 1.5, null, Uint8Array.of(0, 255, 128), new Uint8Array()];
    await store.write((sql) => {
      for (const value of values) sql.run('insert into values_ values (?)', value);
    });
    const read = store.read((sql) => sql.all('select v from values_'));
    expect(read.map(({ v }) => (ArrayBuffer.isView(v) ? [...v] : v))).toEqual([
      'text',
      'ünï\u0000code',
      7,
      1.5,
      null,
      [0, 255, 128],
      [],
    ]);
  });

  test('is a file of the owner alone, with full synchronisation, in a directory of the owner alone', async () => {
    const store = opened({ reserveBytes: 65_536 });
    await add(store, 'one');
    const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
    expect(await mode(join(home, 'state'))).toBe('700');
    for (const name of await readdir(join(home, 'state'))) {
      expect(`${name} ${await mode(join(home, 'state', name))}`).toBe(`${name} 600`);
    }
    expect((await stat(`${file}.reserve`)).size).toBe(65_536);
    const pragma = (name: string) => store.read((sql) => Object.values(sql.get(`pragma ${name}`) ?? {})[0]);
    expect(['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys', 'wal_autocheckpoint'].map(pragma)).toEqual([
      'wal',
      2,
      5_000,
      1,
      1_000,
    ]);
  });

  test('a file that was open to others is so no more', async () => {
    await opened().close();
    await chmod(file, 0o644);
    opened();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('changes of one turn share one transaction; one that throws sinks no other', async () => {
    const store = opened();
    const inOne: number[] = [];
    const counted = (note: string) =>
      store.write((sql) => {
        sql.run('insert into notes (note) values (?)', note);
        inOne.push(Number(sql.get('select count(*) n from notes')?.['n']));
        if (note === 'bad') throw new Error('mine');
      });
    const seenFromOutside = openStore(file, { reserveBytes: 0 });
    stores.push(seenFromOutside);
    const outside: number[] = [];
    const look = () => store.write(() => outside.push(notes(seenFromOutside).length));

    const ends = await Promise.allSettled([
      counted('a'),
      counted('bad'),
      counted('b'),
      counted('a'),
      counted('c'),
      look(),
    ]);
    expect(ends.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(ends[1]).toMatchObject({ reason: { message: 'mine' } });
    expect(ends[3]).toMatchObject({ reason: { code: 'store.failed' } });
    expect(notes(store)).toEqual(['a', 'b', 'c']);
    // The last one of the same turn still saw nothing committed: all of them were one transaction.
    expect(outside).toEqual([0]);
    expect(inOne).toEqual([1, 2, 2, 3]);
  });

  test('only a lazy change by itself does without a sync; whatever stands beside it, and comes after it, has one', async () => {
    const store = opened();
    const syncs = (sql: Sql): unknown => sql.get('pragma synchronous')?.['synchronous'];
    const [FULL, NORMAL] = [2, 1];
    expect(await store.write(syncs, 'lazy')).toBe(NORMAL);
    expect(await store.write(syncs)).toBe(FULL);
    expect(await Promise.all([store.write(syncs, 'lazy'), store.write(syncs)])).toEqual([FULL, FULL]);
    const fails = (code: string) =>
      store.write(() => {
        throw Object.assign(new Error('planted'), { code });
      }, 'lazy');
    await expect(fails('OTHER')).rejects.toThrow('planted');
    expect(await store.write(syncs)).toBe(FULL);
    // It takes its whole transaction along.
    await expect(fails('SQLITE_FULL')).rejects.toMatchObject({ code: 'store.full' });
    expect(await store.write(syncs)).toBe(FULL);
  });

  test('thousands of changes queued at once are committed in order, and the loop turns meanwhile', async () => {
    const store = opened();
    let turns = 0;
    const turning = setInterval(() => {
      turns += 1;
    }, 1);
    const slow = (note: string) =>
      store.write((sql) => {
        const until = performance.now() + 0.2;
        while (performance.now() < until);
        sql.run('insert into notes (note) values (?)', note);
      });
    const wanted = Array.from({ length: 1_500 }, (_, n) => `note ${n}`);
    await Promise.all(wanted.map(slow));
    clearInterval(turning);
    expect(notes(store)).toEqual(wanted);
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  test('what was queued before close is kept; after close everything is refused', async () => {
    const store = opened();
    const last = add(store, 'last');
    await store.close();
    await last;
    await expect(add(store, 'late')).rejects.toBeInstanceOf(Fault);
    await store.close();
    expect(notes(opened())).toEqual(['last']);
  });

  test('a damaged file is named at start', async () => {
    const store = opened();
    await store.write((sql) => {
      for (let n = 0; n < 2_000; n += 1) sql.run('insert into notes (note) values (?)', `note ${n} ${'x'.repeat(80)}`);
    });
    await store.close();
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(8_192, 7), 0, 8_192, 4_096 * 9);
    await handle.close();
    expect(() => openStore(file)).toThrow(expect.objectContaining({ code: 'store.damaged' }));
    await writeFile(file, 'this is not a database at all. '.repeat(500));
    expect(() => openStore(file)).toThrow(expect.objectContaining({ code: 'store.damaged' }));
  });

  test('a lock has one holder, is free again when released, and dies with its process', async () => {
    const [one, two] = [opened(), opened()];
    const release = one.lock('job');
    expect(release).toBeDefined();
    expect(one.lock('job')).toBeUndefined();
    expect(two.lock('job')).toBeUndefined();
    expect(two.lock('other')).toBeDefined();
    release?.();
    two.lock('job')?.();

    const code = `import { openStore } from ${JSON.stringify(new URL('../src/store.ts', import.meta.url).href)};
      console.log(Boolean(openStore(${JSON.stringify(file)}, { reserveBytes: 0 }).lock('job'))); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(holder.stdout, 'data');
    expect(String(said)).toBe('true\n');
    expect(one.lock('job')).toBeUndefined();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(one.lock('job')).toBeDefined();
  });

  test('a second connection may write meanwhile; each sees what the other committed', async () => {
    const [one, two] = [opened(), opened()];
    await Promise.all(Array.from({ length: 200 }, (_, n) => add(n % 2 ? one : two, `note ${n}`)));
    expect(notes(one)).toHaveLength(200);
    expect(notes(two)).toEqual(notes(one));
    expect((await readFile(file)).subarray(0, 15).toString()).toBe('SQLite format 3');
  });
});
