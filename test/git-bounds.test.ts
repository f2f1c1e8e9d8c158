import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { watchGit } from '../src/sources/git-watch.ts';
import { pourHistory } from '../src/sources/github/history-read.ts';
import { createWorkList } from '../src/sources/github/work-table.ts';
import { createOutlet } from '../src/sources/outlet.ts';
import { createFlowNames } from '../src/sources/waiting.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { createSink } from './support/sink.ts';

const dir = scratch();
const repository = join(dir, 'repository');
const leak = (seed: string): string => sample(`bounds ${seed}`, 40);
const git = (args: readonly string[], input = ''): string =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
    ...{ encoding: 'utf8', input, env: { PATH: process.env['PATH'], HOME: dir } },
  }).trim();

/** On top of `parent`, and where `ref` points to. */
const commit = (ref: string, tree: string, parent?: string): string => {
  const id = git(['commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent])], ref);
  git(['update-ref', `refs/heads/${ref}`, id]);
  return id;
};
const blob = (text: string): string => git(['hash-object', '-w', '--stdin'], text);
const treeOf = (mode: string, id: string, names: readonly string[]): string =>
  git(['mktree'], names.map((name) => `${mode} ${id}\t${name}\n`).join(''));
const plain = (seed: string, parent?: string): string =>
  commit(seed, treeOf('100644 blob', blob(`K=${leak(seed)}\n`), [`${seed}.env`]), parent);
/** A hundred million files, in a few hundred bytes. */
const bomb = (parent: string): string => {
  const names = [...'0123456789'];
  let tree = treeOf('100644 blob', blob('x'), names);
  for (let depth = 0; depth < 8; depth += 1) tree = treeOf('040000 tree', tree, names);
  return commit('bomb', tree, parent);
};
const damaged = (parent: string): string => {
  const tree = treeOf('100644 blob', blob('damaged'), ['damaged']);
  const id = commit('damaged', tree, parent);
  rmSync(join(repository, '.git', 'objects', tree.slice(0, 2), tree.slice(2)));
  return id;
};

beforeAll(() => void execFileSync('git', ['init', '-q', repository]));
afterAll(() => rmSync(dir, { recursive: true }));

const scene = () => {
  const store = openStore(join(dir, sample('db', 8)), { reserveBytes: 0 });
  const list = createWorkList(store);
  const [sink, stop] = [createSink(), new AbortController().signal];
  const outlet = createOutlet({ emit: sink.emit, stop, giveUp: stop, nextFlow: createFlowNames('bounds') });
  const needs = { outlet, list, clock, stop, note: () => undefined, github: { web: 'https://github.test' } };
  const read = async (item: string, revisions: readonly string[]): Promise<void> => {
    const word = { source: 'github-backfill', mode: 'backfill', receivedAt: 1 } as const;
    await store.write((sql) => list.add(sql, [{ kind: 'history', repo: 'acme/app', item }], word));
    const [work] = list.due(['history'], clock.now(), 1);
    if (!work) throw new Error('nothing to do');
    await pourHistory(
      { of: 'code', dir: repository, env: process.env, revisions, cpuMs: 300 },
      work,
      // The reading of a copy asks GitHub nothing.
      needs as never,
    );
    await list.done(work);
  };
  return { list, sink, read, close: () => store.close() };
};

describe('a commit that git fails at', () => {
  test('made to take all memory, or damaged: it becomes work of its own, and all others are read', async () => {
    const oldest = plain('oldest');
    const older = plain('older', oldest);
    const failing = [bomb(older), damaged(oldest)];
    plain('newest', older);
    const { list, sink, read, close } = scene();
    await read('whole', ['--all']);
    for (const seed of ['oldest', 'older', 'newest']) expect([seed, sink.has(leak(seed))]).toEqual([seed, true]);
    const left = list.due(['history'], clock.now(), 9).map(({ item }) => item);
    expect(left.toSorted()).toEqual(failing.map((id) => `only ${id}`).toSorted());
    const [made = ''] = failing;
    await expect(read(`only ${made}`, ['-1', made])).rejects.toMatchObject({
      unreadable: true,
      message: expect.stringMatching(/one commit took it more than 0\.3 s/),
    });
    await close();
  });
});

describe('a process that is watched', () => {
  const watched = (code: string, bounds: Parameters<typeof watchGit>[1]) => {
    const child: ChildProcess = spawn(process.execPath, ['-e', code], { stdio: 'pipe', detached: true });
    const { pid = 0 } = child;
    // Its children too.
    const watch = watchGit(pid, bounds, () => process.kill(-pid, 'SIGKILL'));
    return {
      ...watch,
      ended: () => eventually('it to have ended', () => child.exitCode !== null || child.signalCode !== null),
    };
  };

  test('is ended when it takes too much memory, also by a child of its own', async () => {
    const hungry = 'globalThis.all = Buffer.alloc(300e6, 1); setInterval(() => 0, 1e3)';
    const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(hungry)}])`;
    for (const code of [hungry, child]) {
      const { ended, over, close } = watched(code, { memoryBytes: 256 * 1_024 ** 2 });
      await ended();
      expect(over()).toMatch(/more than 256 MiB of memory/);
      close();
    }
  });

  test('is ended before it fills the disk', async () => {
    const { ended, over, close } = watched('setInterval(() => 0, 1e3)', { disk: { dir, leastFreeBytes: 2 ** 60 } });
    await ended();
    expect(over()).toMatch(/MiB of the disk are left/);
    close();
  });

  test('is not ended while it waits, or gets on', async () => {
    const busy = 'const end = Date.now() + 1_500; while (Date.now() < end);';
    for (const [code, on] of [
      ['setTimeout(() => 0, 1_500)', false],
      [busy, true],
    ] as const) {
      const { ended, over, moved, close } = watched(code, { cpuMs: 900 });
      const moving = setInterval(() => on && moved(), 100);
      await ended();
      clearInterval(moving);
      expect(over()).toBeUndefined();
      close();
    }
  });
});
