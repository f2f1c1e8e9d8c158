import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Store } from '../src/core/store.ts';
import type { Wanted, Work, WorkList } from '../src/sources/github/work-list.ts';
import { createWorkList } from '../src/sources/github/work-table.ts';
import { createGithubWork } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { createFacts, createSink } from './support/sink.ts';

let dir: string;
let store: Store;
let list: WorkList;

beforeEach(() => {
  dir = scratch();
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  list = createWorkList(store);
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const word = { source: 'github-webhook', mode: 'live', receivedAt: 1_000 } as const;
const want = (...wanted: readonly Wanted[]) => store.write((sql) => list.add(sql, wanted, word));
const commit = (item: string, more: Partial<Wanted> = {}): Wanted => ({
  kind: 'commit',
  repo: 'acme/app',
  item,
  ...more,
});
const alert = (item: string): Wanted => ({ kind: 'alert', repo: 'acme/app', item, again: true });
const due = (now = 10_000): readonly Work[] => list.due(['commit', 'alert'], now, 10);
const items = (now?: number): readonly string[] => due(now).map(({ item }) => item);
const first = (): Work => {
  const [work] = due();
  if (!work) throw new Error('nothing is due');
  return work;
};

describe('the work list', () => {
  test('opens what was kept before it had its newest column', async () => {
    await want(commit('a'));
    await store.write((sql) => sql.run('alter table github_work drop column named_at'));
    list = createWorkList(store);
    await want(commit('b'));
    expect(items()).toEqual(['a', 'b']);
  });

  test('what strangers can read goes first, the past last', async () => {
    await want(commit('past', { rank: 3 }), commit('live'), commit('exposed', { rank: 0 }));
    expect(items()).toEqual(['exposed', 'live', 'past']);
  });

  test('what is done is not fetched again; what may have changed is', async () => {
    await want(commit('a'), alert('7'));
    for (const work of due()) await list.done(work);
    await want(commit('a'), alert('7'));
    expect(items()).toEqual(['7']);
  });

  test('what was named again while it was read stays waiting, for it may have changed since', async () => {
    await want(alert('7'));
    const work = first();
    await want(alert('7'));
    await list.done(work);
    expect(items()).toEqual(['7']);
    await list.done(first());
    expect(items()).toEqual([]);
  });

  test('what it names waits in the same moment as it is done, on the same word', async () => {
    await want(commit('a'));
    await list.done(first(), [commit('b')]);
    expect(first()).toMatchObject({ item: 'b', source: 'github-webhook', receivedAt: 1_000 });
  });

  test('an owner is held, others are not; a restart lets all of it be tried', async () => {
    await want(commit('a'), commit('b', { repo: 'acme-two/app' }), commit('c', { repo: 'ACME/other' }));
    await list.hold('acme', 50_000);
    expect(items()).toEqual(['b']);
    await list.release();
    expect(items().length).toBe(3);
  });

  test('an attempt that fails waits; one that moved on has not failed', async () => {
    await want(commit('a'));
    await list.later(first(), 20_000);
    expect(items(19_999)).toEqual([]);
    expect(list.nextDue(['commit'], 10_000)).toBe(20_000);
    const [work] = due(20_000);
    expect(work?.attempts).toBe(1);
    if (work) await list.advance(work, 'page 2');
    expect(due(20_000)).toMatchObject([{ attempts: 0, cursor: 'page 2' }]);
  });

  test('what is named is due at once, also by a clock that was set back meanwhile', async () => {
    await want(commit('a'));
    expect(items(word.receivedAt - 500)).toEqual(['a']);
  });

  test('what was given up is counted, kept, and tried again when it is revived or named again', async () => {
    await want(commit('a'), commit('b'));
    for (const work of due()) await list.giveUp(work, 'status 404');
    expect(list.count('unscanned').get('commit')).toBe(2);
    await want(commit('b'));
    expect(items()).toEqual(['b']);
    await list.revive({ since: 500 });
    expect(list.count('unscanned').size).toBe(0);
  });

  test('a repository gets another name, or is dropped', async () => {
    await want(commit('a'), commit('b', { repo: 'acme/other' }));
    await list.rename('acme/app', 'acme/new');
    expect(due().map(({ repo }) => repo)).toEqual(['acme/new', 'acme/other']);
    expect(await list.drop('acme/new', 1_000)).toBe(1);
    expect(items()).toEqual(['b']);
  });
});

describe('a repository that an App is given, and loses', () => {
  let at = 0;
  const tell = async (event: string, payload: object, receivedAt: number): Promise<void> => {
    at = receivedAt;
    const { record } = createFacts();
    const { signal: stop } = new AbortController();
    const work = createGithubWork({ store, clock: { ...systemClock, now: () => at }, record });
    const bytes = Buffer.from(JSON.stringify(payload));
    const told = { event, bytes, source: 'github-webhook', mode: 'live', receivedAt } as const;
    expect(await work.intake(told, { emit: createSink().emit, stop, giveUp: stop })).toBe('durable');
  };
  const move = (how: 'added' | 'removed', repo: string, receivedAt: number) =>
    tell('installation_repositories', { action: how, [`repositories_${how}`]: [{ full_name: repo }] }, receivedAt);
  const kept = () =>
    [
      ...store.read((sql) => sql.all("select distinct repo from github_work where state <> 'done' order by repo")),
      ...store.read((sql) => sql.all('select name as repo from github_repositories order by name')),
    ].map(({ repo }) => repo);

  test('a removal that is told late takes nothing that was named, or seen, after it', async () => {
    await move('added', 'acme/again', 1_000);
    await move('added', 'acme/again', 3_000);
    await move('added', 'acme/new', 3_000);
    await tell('watch', { action: 'started', repository: { full_name: 'acme/new' } }, 3_000);
    for (const repo of ['acme/again', 'acme/new']) await move('removed', repo, 2_000);
    expect(kept()).toEqual(['acme/again', 'acme/new', 'acme/new']);
    for (const repo of ['acme/again', 'acme/new']) await move('removed', repo, 3_001);
    expect(kept()).toEqual([]);
  });
});
