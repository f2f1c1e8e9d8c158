import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { sample } from '../src/core/sample.ts';
import { createRemote } from '../src/sources/git-remote.ts';
import { historyOf } from '../src/sources/github/history-item.ts';
import { createGithub } from '../src/sources/index.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { createApp, type GithubBench, REPO, startGithubBench } from './support/github-bench.ts';

let bench: GithubBench;
let now: ReturnType<GithubBench['open']>;

beforeEach(async () => {
  bench = await startGithubBench();
  bench.github.setHookUrl(undefined);
  now = bench.open();
});
afterEach(async () => {
  bench.sink.open();
  await now.shut();
  await bench.close();
});

const leak = (seed: string): string => sample(`history ${seed}`, 40);
const commit = (seed: string) => ({
  message: seed,
  files: { [`${seed.replaceAll(' ', '-')}.env`]: `K=${leak(seed)}\n` },
});
const want = async (...items: readonly Parameters<typeof historyOf>[1][]): Promise<void> => {
  const word = { source: 'github-backfill', mode: 'backfill', receivedAt: Date.now() } as const;
  await now.room.deliveries.accept({ ...word, wanted: items.map((item) => historyOf(REPO, item)) });
  now.room.wake();
};
const read = () => eventually('all is read', () => now.room.waiting() === 0, 20_000);
/** Copies of repositories that are left. */
const copies = (): readonly string[] => {
  try {
    return readdirSync(join(bench.dir, 'git'));
  } catch {
    return [];
  }
};

describe('a repository that was made public', () => {
  test('every ref, what was removed, merges, binaries, archives, forks, the wiki, and what people wrote', async () => {
    const { github, has, sink } = bench;
    await github.createRepository('acme/secret', { private: true });
    const push = (commits: Parameters<typeof github.push>[1]['commits'], branch = 'main') =>
      github.push('acme/secret', { commits, branch });
    const zip = Buffer.from(zipSync({ 'in/app.env': Buffer.from(`K=${leak('zipped')}\n`) }));
    await push([commit('added'), { message: `gone ${leak('message')}`, files: { 'added.env': null } }]);
    const side = await push([commit('side')], 'side');
    const main = await push([
      { message: 'm', files: { 'm.bin': Buffer.from(`\0\xff${leak('binary')}\0`, 'latin1'), [leak('empty')]: '' } },
    ]);
    await push([
      { message: 'merge', parents: [main.after, side.after], files: { 'merge.env': leak('merge'), 'a.zip': zip } },
    ]);
    await github.pushTags('acme/secret', [{ name: 'v1', sha: main.after, message: `a tag ${leak('tag')}` }]);
    await github.openForkPullRequest('acme/secret', {
      title: 't',
      body: 'b',
      login: 'mallory',
      commits: [commit('forked')],
    });
    await github.editWiki('acme/secret', { page: 'Home', text: `see ${leak('wiki')}` });
    await github.openIssue('acme/secret', { title: 'i', body: leak('issue') });
    const files = (seed: string) => Buffer.from(zipSync({ [`${seed}.txt`]: Buffer.from(leak(seed)) }));
    await github.publishRelease('acme/secret', { tag: 'v2', body: 'notes', assets: { 'a.zip': files('asset') } });
    await github.finishRun('acme/secret', { logs: files('log'), artifacts: { build: files('artifact') } });
    // Its logs are gone.
    await github.finishRun('acme/secret', { logs: files('old log'), at: Date.now() - 91 * 24 * 3_600_000 });
    github.setHookUrl(bench.url);
    await github.setPublic('acme/secret');
    await read();
    expect(sink.has(leak('old log'))).toBe(false);
    const others = ['empty', 'asset', 'log', 'artifact'];
    for (const seed of ['added', 'message', 'binary', 'merge', 'zipped', 'forked', 'wiki', 'issue', 'tag', ...others])
      await has(leak(seed));
    expect(now.room.unscanned()).toBe(0);
    expect(copies()).toEqual([]);
    const place = bench.placeOf(leak('added'));
    expect(place?.locator).toMatch(/^acme\/secret@[0-9a-f]{40}:added\.env$/);
    expect(place?.link).toMatch(/\/acme\/secret\/blob\/[0-9a-f]{40}\/added\.env$/);
    expect(bench.placeOf(leak('zipped'))?.locator).toMatch(/:a\.zip!\/in\/app\.env$/);
    expect(bench.placeOf(leak('wiki'))?.locator).toMatch(/^acme\/secret\.wiki@/);
    // What is public is found first, newest first.
    const at = (seed: string) => sink.taken.findIndex(({ bytes }) => Buffer.from(bytes).includes(leak(seed)));
    expect(at('merge')).toBeLessThan(at('added'));
  });
});

describe('an App that is given a repository', () => {
  test('reads its past, behind everything else', async () => {
    await now.shut();
    await bench.close();
    const { app, privateKey } = createApp();
    bench = await startGithubBench({ app, hookKind: 'app' });
    const client = createGithub({ baseUrl: bench.github.url, app: { id: '4711', privateKey }, clock: bench.clock });
    now = bench.open(client);
    await bench.github.createRepository('acme/later', { installed: false });
    await bench.github.push('acme/later', { commits: [commit('past'), { message: 'm', files: { 'past.env': null } }] });
    await bench.github.installRepositories(['acme/later']);
    await bench.has(leak('past'));
    expect(bench.placeOf(leak('past'))).toMatchObject({ mode: 'backfill', source: 'github-backfill' });
    await read();
    expect(now.room.unscanned()).toBe(0);
  });
});

describe('parts of a history', () => {
  test('a revision of a wiki that an event names', async () => {
    bench.github.setHookUrl(bench.url);
    await bench.github.editWiki(REPO, { page: 'Home', text: `see ${leak('page')}` });
    await bench.has(leak('page'));
    await read();
    expect(now.room.unscanned()).toBe(0);
  });

  test('a wiki is read from where it was read last, not only the revision that an event names', async () => {
    const { github, has, sink } = bench;
    for (const seed of ['first', 'second']) {
      // A push of two revisions, of which only the last is named.
      github.setHookUrl(undefined);
      await github.editWiki(REPO, { page: 'Home', text: leak(`${seed} revision`) });
      github.setHookUrl(bench.url);
      await github.editWiki(REPO, { page: 'Home', text: `nothing ${seed}` });
      await has(leak(`${seed} revision`));
      await read();
    }
    expect(sink.texts().filter((text) => text.includes(leak('first revision'))).length).toBe(1);
    expect(now.room.unscanned()).toBe(0);
  });

  test('a range whose base is gone is read up to the default branch; a commit that is gone is said', async () => {
    const { github, has, facts } = bench;
    const { after } = await github.push(REPO, { branch: 'topic', commits: [commit('one'), commit('two')] });
    await want({ base: 'b'.repeat(40), head: after }, { upTo: 'c'.repeat(40) });
    for (const seed of ['one', 'two']) await has(leak(seed));
    await read();
    expect(facts.of('source.unscanned').map(({ reason }) => reason)).toEqual(['gone']);
    expect(copies()).toEqual([]);
  });

  test('an unrelated history, which cannot be compared', async () => {
    const { github, has } = bench;
    github.setHookUrl(bench.url);
    const orphan = { ...commit('orphan'), parents: [] };
    await github.push(REPO, { branch: 'orphan', base: '', commits: [orphan] });
    await has(leak('orphan'));
    await read();
    expect(now.room.unscanned()).toBe(0);
  });

  test('a stop in the middle costs little: it goes on where it was', async () => {
    const { github, has, sink, facts } = bench;
    const commits = Array.from({ length: 120 }, (_, i) => commit(`many ${i}`));
    await github.push(REPO, { commits });
    let poured = 0;
    const slow = sink.emit;
    const emit: typeof slow = async (fragment) => {
      poured += 1;
      await pause(fragment.origin.locator.includes(':') ? 40 : 0);
      await slow(fragment);
    };
    await now.shut();
    now = bench.open(bench.client, emit);
    await want({ whole: true });
    await eventually('half is done', () => poured > 220);
    await now.shut();
    const before = poured;
    expect(copies().length).toBe(1);
    now = bench.open();
    await read();
    await has(leak('many 0'));
    // Not from the beginning again: that would be 360.
    expect(sink.taken.length - before).toBeLessThan(300);
    expect(facts.of('work.done').map(({ kind }) => kind)).toContain('history');
    expect(copies()).toEqual([]);
  });
});

describe('git', () => {
  test('never has the credential among its arguments or in an error', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(String(request.headers.authorization));
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        try {
          seen.push(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
        } catch {
          // It has ended.
        }
      }
      response.writeHead(403).end('no');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a/b.git`;
    const authorization = `Basic ${sample('a credential for git', 40)}`;
    const stop = new AbortController();
    const remote = createRemote({
      url,
      authorization,
      dir: join(scratch(), 'copy'),
      env: process.env,
      stop: stop.signal,
    });
    const error = await remote.fetch().catch((e: unknown) => e);
    expect(seen[0]).toBe(authorization);
    expect(seen.some((line) => line.includes('git'))).toBe(true);
    expect(seen.filter((line) => line.includes(authorization)).length).toBe(
      seen.filter((l) => l === authorization).length,
    );
    expect(error).toMatchObject({ git: 'denied' });
    expect(String((error as Error).stack)).not.toContain(authorization.slice(6));
    server.close();
  });
});
