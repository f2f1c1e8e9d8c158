import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, open, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from './support/eventually.ts';
import { noting, openTopic } from './support/topic-child.ts';

const KILLS = 14;
const script = fileURLToPath(new URL('./support/topic-child.ts', import.meta.url));

let home = '';
let file = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'keyfuse-'));
  file = join(home, 'keyfuse.db');
});
afterEach(() => rm(home, { recursive: true }));

const child = (command: string, run = 0): ChildProcess =>
  spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, file, command, join(home, 'notes'), `${run}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );

const saidBy = async (process: ChildProcess): Promise<string> => {
  let said = '';
  process.stdout?.on('data', (bytes) => {
    said += String(bytes);
  });
  const [code] = await once(process, 'exit');
  expect(code).toBe(0);
  return said;
};

/** Starts one that publishes and deals, and kills it somewhere in the middle. */
const killedAtWork = async (run: number): Promise<void> => {
  const process = child('work', run);
  await once(process.stdout ?? process, 'data');
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
  process.kill('SIGKILL');
  const [code, signal] = await once(process, 'exit');
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
};

const notes = (kind: string): string[] =>
  readFileSync(join(home, `notes.${kind}`), 'utf8')
    .split('\n')
    .slice(0, -1);

describe('the embedded topic over kill -9', () => {
  test(`${KILLS} kills: no acknowledged message is lost, order holds, and the ledger balances`, async () => {
    for (let run = 0; run < KILLS; run += 1) await killedAtWork(run);
    const { topic, close } = openTopic(file);
    await topic.consume(noting(join(home, 'notes')), { concurrency: 8 });
    const lag = await eventually('nothing waits', async () => {
      const now = await topic.lag();
      return now.waiting === 0 && now;
    });
    const parked = await topic.parked.list();
    await close();

    const dealt = notes('dealt').map((line) => line.split(' ') as [id: string, key: string, name: string]);
    const nameOf = new Map(dealt.map(([id, , name]) => [id, name]));
    const acked = notes('acked');
    expect(acked.length).toBeGreaterThan(KILLS * 10);
    const names = new Set(nameOf.values());
    expect(acked.filter((name) => !names.has(name))).toEqual([]);

    expect(new Set(dealt.map(([id, , name]) => `${id} ${name}`)).size).toBe(nameOf.size);
    expect(names.size).toBe(nameOf.size);
    expect(lag.published).toBe(nameOf.size);
    const toPark = [...nameOf].filter(([, name]) => Number(name.split(':')[1]) % 7 === 0);
    expect(new Map(parked.map(({ id, value }) => [id, Buffer.from(value).toString()]))).toEqual(new Map(toPark));

    const firstDeals = [...new Map(dealt.map(([id, key]) => [id, key]))];
    for (const one of new Set(firstDeals.map(([, key]) => key))) {
      const ids = firstDeals.filter(([, key]) => key === one).map(([id]) => Number(id));
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
    }
  }, 120_000);

  test('a log that is cut or flipped anywhere opens clean, and no batch is torn', async () => {
    await killedAtWork(0);
    const whole = await stat(`${file}-wal`);
    expect(whole.size).toBeGreaterThan(20_000);
    for (let n = 0; n < 20; n += 1) {
      const other = join(home, `cut-${n}.db`);
      await copyFile(file, other);
      await copyFile(`${file}-wal`, `${other}-wal`);
      const at = 32 + Math.floor(Math.random() * (whole.size - 32));
      if (n % 2 === 0) await truncate(`${other}-wal`, at);
      else await flip(`${other}-wal`, at);

      const { topic, close } = openTopic(other);
      const { published, waiting, parked } = await topic.lag();
      const seen = new Set<string>();
      await topic.consume(
        async ({ id }) => {
          seen.add(id);
          return { next: 'done' };
        },
        { concurrency: 8 },
      );
      await eventually('nothing waits', async () => (await topic.lag()).waiting === 0);
      expect(seen.size).toBe(waiting);
      expect(waiting + parked).toBeLessThanOrEqual(published);
      await topic.publish([{ key: 'k', value: Buffer.from('goes on') }]);
      // Ids count up with the ledger: were a batch torn, they would not agree.
      await eventually('the next id', () => seen.has(String(published + 1)));
      expect((await topic.lag()).published).toBe(published + 1);
      await close();
    }
  }, 60_000);
});

const flip = async (path: string, at: number): Promise<void> => {
  const handle = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  await handle.write(byte, 0, 1, at);
  await handle.close();
};

describe('two processes on one embedded topic', () => {
  test('what another process publishes or puts back is seen; a second consumer is refused', async () => {
    const { topic, close } = openTopic(file);
    const seen: string[] = [];
    await topic.consume(
      async ({ id, attempt, value }) => {
        seen.push(`${id} ${attempt} ${Buffer.from(value).toString()}`);
        if (attempt === 1 && seen.length === 1) return { next: 'park', reason: 'malformed' };
        return attempt === 1 && id === '2' ? { next: 'retry', reason: 'once' } : { next: 'done' };
      },
      { concurrency: 2 },
    );
    await topic.publish([{ key: 'k', value: Buffer.from('parked once') }]);
    await eventually('parked', async () => (await topic.lag()).parked === 1);
    // A retry that has been read stands before the one that is put back behind it.
    await topic.publish([{ key: 'k', value: Buffer.from('tried twice') }]);
    await eventually('the retry', async () => seen.length === 3 && (await topic.lag()).waiting === 0);

    await saidBy(child('redrive'));
    await eventually('the redriven message', () => seen.length === 4);
    await saidBy(child('publish'));
    await eventually('the message of the other process', () => seen.length === 5);
    expect(seen).toEqual([
      '1 1 parked once',
      '2 1 tried twice',
      '2 2 tried twice',
      '1 1 parked once',
      '3 1 from elsewhere',
    ]);
    await eventually('nothing waits', async () => (await topic.lag()).waiting === 0);

    expect(await saidBy(child('consume'))).toMatch(/topic\.locked/);
    await close();
    expect(await saidBy(child('consume'))).toBe('consumes\n');
  });
});
