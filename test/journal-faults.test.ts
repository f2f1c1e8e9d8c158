import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readJournal, verifyJournal } from '../src/record/journal-verify.ts';
import { canMount, smallDisk } from './support/disk.ts';
import { openTestJournal, testMetrics } from './support/journal.ts';

const script = fileURLToPath(new URL('./support/journal-child.ts', import.meta.url));

/** Runs the suite if the machine can; says in one line what is missing otherwise, and fails instead where CI=true. */
const suiteIf = (able: boolean, missing: string): typeof describe.skip => {
  if (!able && !process.env['CI']) process.stderr.write(`skipped: ${missing}\n`);
  return able || process.env['CI'] ? describe : describe.skip;
};

let home = '';
let folder = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'keyfuse-'));
  folder = join(home, 'audit');
});
afterEach(() => rmSync(home, { recursive: true }));

const incidents = async (): Promise<string[]> => {
  const found = [];
  for await (const { incident } of readJournal(folder)) if (incident) found.push(incident);
  return found;
};

const node = (...more: string[]) => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  script,
  folder,
  ...more,
];

/** Everything a child says, whole lines only: what it acknowledged. */
const listen = (child: ChildProcess): (() => string[]) => {
  let said = '';
  child.stdout?.on('data', (bytes) => {
    said += String(bytes);
  });
  return () => said.split('\n').slice(0, -1);
};

const start = (command: readonly string[]): ChildProcess =>
  spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });

describe('kill -9 while eight sides append', () => {
  test('no acknowledged record is lost, and the chain verifies after every restart', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      const child = start(node(`round${round}`, '0'));
      const said = listen(child);
      await once(child.stdout ?? child, 'data');
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 120));
      child.kill('SIGKILL');
      await once(child, 'close');
      acknowledged.push(...said().filter((line) => line.startsWith('round')));
      if (round % 2 === 1) await (await openTestJournal(folder)).close();
    }
    await (await openTestJournal(folder)).close();
    const kept = new Set(await incidents());
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((incident) => !kept.has(incident))).toEqual([]);
    const { ok, firstBad, gaps } = await verifyJournal(folder);
    expect({ ok, firstBad, harmful: gaps.filter(({ why }) => why !== 'torn tail') }).toEqual({ ok: true, harmful: [] });
  }, 120_000);

  test('the lock of a dead process is no obstacle, the lock of a living one is', async () => {
    const child = start(node('alive', '0'));
    await once(child.stdout ?? child, 'data');
    await expect(openTestJournal(folder)).rejects.toMatchObject({ code: 'journal.locked' });
    child.kill('SIGKILL');
    await once(child, 'close');
    await (await openTestJournal(folder)).close();
    expect(await verifyJournal(folder)).toMatchObject({ ok: true });
  });
});

suiteIf(canMount, 'the full disk (it mounts a small tmpfs: run as root)')('a full disk', () => {
  let disk: ReturnType<typeof smallDisk>;
  beforeEach(() => {
    disk = smallDisk(512);
    folder = join(disk.path, 'audit');
  });
  afterEach(() => disk.remove());

  const ballast = () => join(disk.path, 'ballast');
  /** Leaves so many bytes free. */
  const fill = (free: number): void => {
    const handle = openSync(ballast(), 'w');
    const { bavail, bsize } = statfsSync(disk.path);
    writeSync(handle, Buffer.alloc(bavail * bsize - free));
    fsyncSync(handle);
    closeSync(handle);
  };
  const long = { what: 'key.judged', why: { detail: 'x'.repeat(400) } } as const;

  test('refuses, tears nothing, says so, and goes on when there is space', async () => {
    const metrics = testMetrics();
    const journal = await openTestJournal(folder, { metrics });
    fill(12_288);
    const results = [];
    for (let n = 0; n < 40; n += 1) {
      results.push(
        await journal.append({ ...long, incident: `full-${n}` }).then(
          () => 'kept',
          (error) => error.message,
        ),
      );
    }
    const kept = results.filter((result) => result === 'kept').length;
    expect(kept).toBeGreaterThan(5);
    expect(kept).toBeLessThan(40);
    expect(new Set(results.slice(kept))).toEqual(new Set(['journal.blocked: ENOSPC']));
    expect((await metrics.scrape()).body).toMatch(/^keyfuse_audit_blocked 1$/m);
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, records: kept + 1, gaps: [] });

    rmSync(ballast());
    await journal.append({ ...long, incident: 'after' });
    expect((await metrics.scrape()).body).toMatch(/^keyfuse_audit_blocked 0$/m);
    await journal.close();
    expect(await incidents()).toEqual([...Array.from({ length: kept }, (_, n) => `full-${n}`), 'after']);
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, records: kept + 3, gaps: [] });
  });

  test('a short line that still fits does not make it written again', async () => {
    const metrics = testMetrics();
    const journal = await openTestJournal(folder, { metrics });
    fill(0);
    const many = Array.from({ length: 50 }, () => journal.append(long));
    expect(new Set((await Promise.allSettled(many)).map(({ status }) => status))).toEqual(new Set(['rejected']));
    await journal.append({ what: 'key.judged', incident: 'short' });
    expect((await metrics.scrape()).body).toMatch(/^keyfuse_audit_blocked 1$/m);
    rmSync(ballast());
    await journal.append({ what: 'key.judged', incident: 'after' });
    expect((await metrics.scrape()).body).toMatch(/^keyfuse_audit_blocked 0$/m);
    await journal.close();
    expect(await incidents()).toEqual(['short', 'after']);
  });

  test('in the middle of a batch: all of the batch or nothing', async () => {
    const journal = await openTestJournal(folder);
    fill(8192);
    const batch = Array.from({ length: 100 }, (_, n) => journal.append({ ...long, incident: `batch-${n}` }));
    const settled = await Promise.allSettled(batch);
    expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(await incidents()).toEqual([]);
    rmSync(ballast());
    await journal.append({ ...long, incident: 'after' });
    await journal.close();
    expect(await incidents()).toEqual(['after']);
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, records: 3 });
  });

  test('when a new segment must begin', async () => {
    const journal = await openTestJournal(folder, { segmentBytes: 1000 });
    await journal.append(long);
    await journal.append({ ...long, incident: 'last of its segment' });
    fill(0);
    await expect(journal.append({ ...long, incident: 'no room' })).rejects.toThrow('journal.blocked: ENOSPC');
    await expect(journal.append({ ...long, incident: 'no room' })).rejects.toThrow('journal.blocked: ENOSPC');
    rmSync(ballast());
    await journal.append({ ...long, incident: 'after' });
    await journal.close();
    expect(await incidents()).toEqual(['last of its segment', 'after']);
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, gaps: [] });
  });

  test('at start: the journal opens blocked, and goes on later', async () => {
    await (await openTestJournal(folder)).close();
    fill(0);
    // The page that the file has already still takes a few records.
    const metrics = testMetrics();
    const journal = await openTestJournal(folder, { metrics });
    const many = () => Promise.all(Array.from({ length: 50 }, () => journal.append(long)));
    await expect(many()).rejects.toThrow('journal.blocked: ENOSPC');
    rmSync(ballast());
    await many();
    await journal.close();
    expect(await verifyJournal(folder)).toMatchObject({ ok: true, gaps: [] });
  });
});

const canInject = spawnSync('strace', ['-V']).status === 0;
suiteIf(canInject, 'a failing fsync (it needs strace: Debian package strace)')('fsync fails with EIO', () => {
  /** A child whose nth fdatasync fails (`3`), or all from the nth (`3+`). One thread, because strace counts per thread. */
  const injected = (when: string, prefix: string): readonly string[] => [
    ...['env', 'UV_THREADPOOL_SIZE=1', 'strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync'],
    ...['-e', `inject=fdatasync:error=EIO:when=${when}`],
    ...node(prefix, '40'),
  ];

  test('once: the file is given up, the gap is declared, and work goes on', async () => {
    const child = start(injected('3', 'eio'));
    const said = listen(child);
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    const acknowledged = said().filter((line) => line.startsWith('eio'));
    expect(acknowledged).toHaveLength(40);
    expect([...(await incidents())].sort()).toEqual([...acknowledged].sort());
    expect(statSync(join(folder, 'journal-000001.jsonl')).isFile()).toBe(true);
    expect(await verifyJournal(folder)).toMatchObject({
      ok: true,
      gaps: [{ why: 'fsync failed', file: 'journal-000001.jsonl' }],
    });
  }, 60_000);

  test('for good: nothing more is acknowledged; a later start goes on', async () => {
    const child = start(['sh', '-c', 'exec "$@" 2>/dev/null', 'sh', ...injected('4+', 'bad')]);
    const said = listen(child);
    const [code] = await once(child, 'close');
    expect(code).not.toBe(0);
    const acknowledged = said().filter((line) => line.startsWith('bad'));
    expect(acknowledged.length).toBeLessThan(40);
    await (await openTestJournal(folder)).close();
    const kept = new Set(await incidents());
    expect(acknowledged.filter((incident) => !kept.has(incident))).toEqual([]);
    expect(await verifyJournal(folder)).toMatchObject({ ok: true });
  }, 60_000);
});
