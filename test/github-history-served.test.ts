import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { createHistory } from '../src/sources/github/history.ts';
import { historyOf } from '../src/sources/github/history-item.ts';
import { createWorkList } from '../src/sources/github/work-table.ts';
import { createOutlet } from '../src/sources/outlet.ts';
import { createFlowNames } from '../src/sources/waiting.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { startGitServer } from './support/git-server.ts';
import { createSink } from './support/sink.ts';

/** Git served by a server that may refuse: what then becomes of a history. */

const dir = scratch();
const work = join(dir, 'work');
const leak = (seed: string): string => sample(`served ${seed}`, 40);
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', work, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
    ...{ encoding: 'utf8', stdio: 'pipe', env: { PATH: process.env['PATH'], HOME: dir } },
  }).trim();
const commit = (seed: string): string => {
  writeFileSync(join(work, seed), leak(seed));
  git('add', '-A');
  git('commit', '-qm', seed);
  return git('rev-parse', 'HEAD');
};

let server: Awaited<ReturnType<typeof startGitServer>>;
let [head, orphan] = ['', ''];
/** Which calls are refused, and how. */
let refuse: (request: IncomingMessage) => number | undefined;
let packs = 0;

beforeAll(async () => {
  mkdirSync(work);
  git('init', '-q', '-b', 'main');
  commit('one');
  head = commit('two');
  git('checkout', '-q', '--orphan', 'old');
  orphan = commit('old');
  git('checkout', '-q', 'main');
  for (const name of ['app', 'app.wiki']) git('clone', '-q', '--bare', '.', join(dir, 'acme', `${name}.git`));
  server = await startGitServer(dir, (request, response) => {
    const status = refuse(request);
    if (request.url?.includes('app.git/git-upload-pack')) packs += 1;
    if (status) response.writeHead(status).end('no');
    return status !== undefined;
  });
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  refuse = () => undefined;
  packs = 0;
});

const scene = async (wanted: ReturnType<typeof historyOf>) => {
  const store = openStore(join(dir, sample(`${wanted.item} ${Math.random()}`, 8)), { reserveBytes: 0 });
  const list = createWorkList(store);
  const word = { source: 'github-backfill', mode: 'backfill', receivedAt: 1 } as const;
  await store.write((sql) => list.add(sql, [wanted], word));
  const [sink, stop] = [createSink(), new AbortController().signal];
  const outlet = createOutlet({ emit: sink.emit, stop, giveUp: stop, nextFlow: createFlowNames('served') });
  const json = async () => ({ full_name: 'acme/app', has_wiki: true });
  const github = { web: server.url, authenticated: true, json, gitHeader: async () => undefined };
  const history = createHistory({ dir: join(dir, 'copies'), env: process.env });
  return {
    has: (seed: string) => sink.has(leak(seed)),
    async read(): Promise<unknown> {
      const [due] = list.due(['history'], clock.now(), 1);
      if (!due) throw new Error('nothing to do');
      // Of GitHub's API only what stands above is asked.
      const needs = { github, outlet, list, clock, stop, note: () => undefined } as never;
      return history.scanHistory(due, needs).catch((error: { status: number }) => error.status);
    },
    close: () => store.close(),
  };
};

describe('a range on the default branch', () => {
  test('whose base is gone is read all the same', async () => {
    const { read, has, close } = await scene(historyOf('acme/app', { base: 'f'.repeat(40), head }));
    expect(await read()).toBeUndefined();
    expect([has('one'), has('two')]).toEqual([true, true]);
    await close();
  });

  test('whose base could not be had is not told clean: it is tried again', async () => {
    const { read, has, close } = await scene(historyOf('acme/app', { base: orphan, head }));
    let asked = 0;
    refuse = ({ url }) => {
      if (!url?.includes('info/refs')) return undefined;
      asked += 1;
      return asked === 2 ? 503 : undefined;
    };
    expect(await read()).toBe(0);
    expect(await read()).toBeUndefined();
    expect([has('one'), has('two')]).toEqual([true, true]);
    await close();
  });
});

describe('a wiki', () => {
  const whole = historyOf('acme/app', { whole: true });
  const only = (status: number) => (request: IncomingMessage) =>
    request.url?.includes('.wiki.git') ? status : undefined;

  test('that was never written is none', async () => {
    const { read, close } = await scene(whole);
    refuse = only(404);
    expect(await read()).toBeUndefined();
    await close();
  });

  test.each([401, 403])('that we may not read (%i) is not told clean', async (status) => {
    const { read, close } = await scene(whole);
    refuse = only(status);
    expect(await read()).toBe(403);
    await close();
  });

  test('that cannot be reached does not have the code read again', async () => {
    const { read, has, close } = await scene(whole);
    refuse = only(503);
    expect([await read(), await read(), await read()]).toEqual([0, 0, 0]);
    const before = packs;
    expect(has('two')).toBe(true);
    refuse = () => undefined;
    expect(await read()).toBeUndefined();
    expect(packs).toBe(before);
    await close();
  });
});
