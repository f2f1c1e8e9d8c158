import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openBackfill } from '../src/app-backfill.ts';
import { createStandings } from '../src/cli/backfill-standing.ts';
import { readConfig } from '../src/config-read.ts';
import { sample } from '../src/core/sample.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import { startBackfill } from './support/backfill-run.ts';
import { runScript } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { createApp, GITHUB_TOKEN } from './support/github-bench.ts';

const MAIN = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));
const key = (seed: string): string => `sk_${sample(`backfill ${seed}`, 43)}`;
const commit = (seed: string) => ({ message: seed, files: { [`${seed}.env`]: `K=${key(seed)}\n` } });
const { app, privateKey } = createApp();

let dir: string;
let github: EmulatedGithub;
let env: Record<string, string>;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'keyfuse-backfill-'));
  github = await startEmulatedGithub({ token: GITHUB_TOKEN, webhookSecret: 'x', app });
  env = { DATA_DIR: dir, GITHUB_API_URL: github.url, GITHUB_TOKEN };
  await github.createRepository('acme/app');
});
afterEach(async () => {
  await github.close();
  rmSync(dir, { recursive: true });
});

/** Removes a file again. */
const gone = (seed: string) => ({ message: `no ${seed}`, files: { [`${seed}.env`]: null } });
/** Another process on the same data directory. */
const openOther = async () => {
  const opened = new AsyncDisposableStack();
  const room = await openBackfill(readConfig({ env }), { env: { PATH: process.env['PATH'] }, version: 'x' }, opened);
  return { ...room, close: () => opened.disposeAsync() };
};
const published = async (): Promise<number> => {
  const other = await openOther();
  const lag = await other.topic.lag();
  await other.close();
  return lag.published;
};

describe('keyfuse backfill', () => {
  test('what was ever there, on the topic; exit 0, and nothing of the copy stays', async () => {
    await github.push('acme/app', { commits: [commit('one'), gone('one'), commit('two')] });
    await github.editWiki('acme/app', { page: 'Home', text: key('wiki') });
    await github.openIssue('acme/app', { title: 'i', body: key('issue') });
    const run = startBackfill(['acme/app'], env, { json: true });
    expect(await run.exit).toBe(0);
    expect(JSON.parse(run.out())).toMatchObject({
      repositories: [{ repo: 'acme/app', state: 'scanned', commits: { done: 4, total: 4 }, unscanned: [] }],
      ...{ keys: 4, unread: 0, complete: true },
    });
    expect(run.err()).toBe('');
    expect(await published()).toBe(4);
    expect(readdirSync(join(dir, 'git'))).toEqual([]);
    // Again: all of it, for there may be more by now.
    await github.push('acme/app', { commits: [commit('three')] });
    const again = startBackfill(['acme/app'], env);
    expect(await again.exit).toBe(0);
    expect(again.out()).toMatch(/^1 repository, 5 commits in 0:\d\d: 5 keys found\nThey wait on the topic/);
  });

  test('--all: what an App is installed on, without what it is not; what a token sees', async () => {
    await github.push('acme/app', { commits: [commit('app')] });
    await github.createRepository('other/lib');
    await github.createRepository('other/hidden', { installed: false });
    const asApp = {
      ...env,
      GITHUB_TOKEN: '',
      APP_ID: '4711',
      PRIVATE_KEY: Buffer.from(privateKey.expose()).toString('base64'),
    };
    const run = startBackfill([], asApp, { all: true, json: true });
    expect(await run.exit).toBe(0);
    const names = (out: string) => JSON.parse(out).repositories.map(({ repo }: { repo: string }) => repo);
    expect(names(run.out())).toEqual(['acme/app', 'other/lib']);
    const byToken = startBackfill([], env, { all: true, json: true });
    expect(await byToken.exit).toBe(0);
    expect(names(byToken.out())).toHaveLength(3);
  });

  test('ended in the middle, it goes on there; what is not there is named, exit 2', async () => {
    await github.push('acme/app', { commits: Array.from({ length: 60 }, (_, n) => commit(`many ${n}`)) });
    const first = startBackfill(['acme/app', 'acme/none'], env);
    await eventually('half is done', () => first.err() !== '' && readdirSync(dir).includes('git'));
    first.stop();
    expect(await first.exit).toBe(2);
    expect(first.err()).toContain('acme/none: GitHub shows no such repository');
    expect(first.err()).toContain('the same command goes on where this ended');
    const second = startBackfill(['acme/app'], env, { json: true });
    expect(await second.exit).toBe(0);
    expect(JSON.parse(second.out()).repositories[0].commits).toEqual({ done: 60, total: 60 });
  });

  test('killed in the middle, nothing is lost and most is not read again', async () => {
    await github.push('acme/app', { commits: Array.from({ length: 400 }, (_, n) => commit(`kill ${n}`)) });
    const { child, ended } = runScript(MAIN, ['backfill', 'acme/app'], env);
    const isFetched = () => readdirSync(join(dir, 'git')).some((name) => existsSync(join(dir, 'git', name, 'fetched')));
    await eventually('it is fetched', () => existsSync(join(dir, 'git')) && isFetched());
    // At once: a quick machine is done with all of it in a third of a second.
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    const left = readdirSync(join(dir, 'git'));
    expect(left).toHaveLength(1);
    mkdirSync(join(dir, 'git', 'of work that was dropped'));
    const run = startBackfill(['acme/app'], env, { json: true });
    expect(await run.exit).toBe(0);
    expect(JSON.parse(run.out())).toMatchObject({ complete: true, repositories: [{ commits: { done: 400 } }] });
    expect(await published()).toBeGreaterThanOrEqual(400);
    expect(readdirSync(join(dir, 'git'))).toEqual([]);
  });

  test('a run that was interrupted goes on with what it left; one that was not begins anew', async () => {
    const { add, list, close } = await openOther();
    const waiting = () => list.due(['history', 'listing'], Number.MAX_SAFE_INTEGER, 99);
    const of = (repo: string) => waiting().filter((work) => work.repo === repo);
    const both = ['acme/one', 'acme/two'];
    await add(both);
    for (const work of of('acme/one')) await list.done(work);
    for (const _ of [1, 2]) {
      await add(both);
      expect([of('acme/one').length, of('acme/two').length]).toEqual([0, 7]);
    }
    for (const work of waiting()) await list.done(work);
    await add(both);
    expect([of('acme/one').length, of('acme/two').length]).toEqual([7, 7]);
    await close();
  });

  test('of thousands of repositories a few are looked at in one look, all of them in turn', async () => {
    const { add, list, close } = await openOther();
    const names = Array.from({ length: 300 }, (_, n) => `acme/r${n}`);
    await add(names);
    let looks = 0;
    const find: typeof list.find = (...one) => {
      looks += 1;
      return list.find(...one);
    };
    const standings = createStandings({ ...list, find }, names);
    expect(standings.look().length).toBe(300);
    looks = 0;
    for (const work of list.due(['history', 'listing'], Number.MAX_SAFE_INTEGER, 9_999))
      if (work.repo === 'acme/r250') await list.done(work);
    const states = [1, 2, 3].map(() => standings.look().filter(({ state }) => state === 'scanned').length);
    expect(states).toEqual([0, 0, 1]);
    expect(looks).toBe(3 * 100 * 7);
    await close();
  });

  test('where a daemon works it only shows how far that is; it makes way for one that comes', async () => {
    await github.push('acme/app', { commits: [commit('one')] });
    const [daemon, stop] = [await openOther(), new AbortController()];
    const end = daemon.turn.ask();
    const watching = startBackfill(['acme/app'], env);
    await eventually('it says so', () => watching.err().includes('a daemon on this data directory does the work'));
    const working = daemon.work(stop.signal);
    expect(await watching.exit).toBe(0);
    expect(watching.out()).toMatch(/^1 repository(, 1 commit)? in 0:\d\d\n$/);
    stop.abort();
    await working;
    end?.();

    github.setLatency(250);
    const before = github.calls().issues;
    const run = startBackfill(['acme/app'], env);
    await eventually('it works', () => github.calls().issues > before);
    const later = new AbortController();
    const ours = await daemon.turn.wait(later.signal);
    await eventually('it says so', () => run.err().includes('a daemon on this data directory does the work'));
    const going = daemon.work(later.signal);
    expect(await run.exit).toBe(0);
    later.abort();
    await going;
    ours?.();
    await daemon.close();
  });

  test('a credential that is refused, or a GitHub that is not there: told at once, with what to mend, exit 2', async () => {
    const why = { GITHUB_TOKEN: 'the credential is refused', GITHUB_API_URL: 'GitHub cannot be reached' };
    for (const given of [{ GITHUB_TOKEN: sample('another token', 40) }, { GITHUB_API_URL: 'http://127.0.0.1:9' }]) {
      const run = startBackfill(['acme/app'], { ...env, ...given });
      expect(await run.exit).toBe(2);
      for (const name of Object.keys(given)) expect(run.err()).toContain(why[name as keyof typeof why]);
    }
  });

  test('a key in the name of what could not be read is not said', async () => {
    const damaged = Buffer.from('504b0304140000000c0000000000010203040500000005000000010000006101020304', 'hex');
    const files = { [`dump-${key('name')}.zip`]: damaged.toString('latin1') };
    await github.push('acme/app', { commits: [{ message: 'm', files }] });
    const run = startBackfill(['acme/app'], env, { json: true });
    expect(await run.exit).toBe(2);
    expect(run.err()).toMatch(/dump-\[secret\].* was not read/);
    expect(run.err() + run.out()).not.toContain(key('name'));
  });

  test('wrong words', async () => {
    for (const words of [[], ['acme'], ['acme/a b'], ['--upload-pack=x/y']]) {
      const run = startBackfill(words, env);
      expect(await run.exit).toBe(2);
      expect(run.err()).toContain("try 'keyfuse backfill --help'");
    }
  });
});
