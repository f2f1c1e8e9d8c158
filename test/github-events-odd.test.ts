import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Store } from '../src/core/store.ts';
import { createWorkList } from '../src/sources/github/work-table.ts';
import { createGithub, createGithubWork, githubEvents } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { startAnswers, type TestAnswer } from './support/answers.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { createFacts, createSink, type Facts, type Sink } from './support/sink.ts';

/** A minute takes 60 ms. */
const clock = { ...systemClock, sleep: (ms: number, stop?: AbortSignal) => systemClock.sleep(ms / 1_000, stop) };

let dir: string;
let store: Store;
let facts: Facts;
let sink: Sink;
let end: () => Promise<void>;

beforeEach(() => {
  dir = scratch();
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  facts = createFacts();
  sink = createSink();
});
afterEach(async () => {
  await end();
  await store.close();
  rmSync(dir, { recursive: true });
});

/** Follows repositories whose events a server lists as it is told. */
const follow = async (
  answer: (url: URL) => TestAnswer,
  repositories: readonly string[] = ['acme/app'],
  url?: string,
) => {
  const server = await startAnswers(answer);
  const stop = new AbortController();
  const work = createGithubWork({ store, clock, record: facts.record });
  const github = createGithub({ baseUrl: url ?? server.url, clock: systemClock });
  const note = (fact: Facts['all'][number]): void => void facts.record(fact);
  const running = githubEvents({ ...work, github, repositories, clock, note }).run(sink.emit, stop.signal);
  end = async () => {
    stop.abort();
    await running;
    server.close();
  };
  return { ...server, cursors: work.cursors };
};

const told = (id: number, more: object = {}) => ({
  ...{ id: `${id}`, type: 'IssuesEvent', actor: { login: 'x' }, created_at: '2026-01-01T00:00:00Z' },
  payload: { action: 'opened', issue: { number: 1, title: `the ${id}th` } },
  ...more,
});
const has = (id: number): boolean => sink.has(`the ${id}th`);

test('one event that has not what others have keeps none of them from being read', async () => {
  const odd = [{ type: null }, { created_at: null }, { created_at: 'soon' }, { actor: null }, { payload: null }];
  const list = [told(10), { ...told(9), id: null }, ...odd.map((more, n) => told(n + 1, more)), told(0)];
  const { cursors } = await follow(() => ({ body: list }));
  await eventually('all are read', () => cursors.get('events acme/app') === '10 1 2 3 4 5 0');
  expect([10, 1, 2, 3, 4, 0].filter(has)).toEqual([10, 1, 2, 3, 4, 0]);
  expect(sink.taken.every(({ origin }) => origin.receivedAt > 1_700_000_000_000)).toBe(true);
  expect(facts.rejected('malformed')).toBeGreaterThan(0);
  expect(facts.of('fault.raised')).toEqual([]);
});

test('an event that comes late behind hundreds of newer ones is read', async () => {
  const before = Array.from({ length: 300 }, (_, n) => told(10_000 - n));
  let list = before;
  const { url, cursors } = await follow(({ pathname, searchParams }) => {
    const page = Number(searchParams.get('page'));
    const next = `<${url}${pathname}?per_page=100&page=${page + 1}>; rel="next"`;
    return { body: list.slice((page - 1) * 100, page * 100), headers: page < 3 ? { link: next } : {} };
  });
  await eventually('the past is read', () => cursors.get('events acme/app')?.endsWith('9701') === true);
  list = [told(10_001), ...before.slice(0, 220), told(777), ...before.slice(220, 298)];
  await eventually('the new one is read', () => has(10_001));
  await eventually('the late one is read', () => has(777), 2_000);
});

test('many repositories are asked a few at once, and all of them again and again', async () => {
  let [under, most] = [0, 0];
  const slow = createServer((_, response) => {
    under += 1;
    most = Math.max(most, under);
    setTimeout(() => {
      under -= 1;
      response.end('[]');
    }, 20);
  });
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const { port } = slow.address() as AddressInfo;
  const names = Array.from({ length: 60 }, (_, n) => `acme/app-${n}`);
  const asked: string[] = [];
  slow.on('request', ({ url }) => asked.push(url ?? ''));
  const url = `http://127.0.0.1:${port}`;
  await follow(() => ({}), names, url);
  await eventually('all are asked again', () =>
    names.every((name) => asked.filter((path) => path.includes(`/${name}/`)).length > 1),
  );
  expect(most).toBe(8);
  slow.closeAllConnections();
  slow.close();
});

test('a repository that stands still says so, whatever the reason', async () => {
  await follow(() => ({ body: [told(1)] }));
  await store.close();
  await eventually('it is said', () => facts.of('fault.raised').some(({ detail }) => detail.includes('acme/app')));
});

test('a branch that was made is read to where it stands, whether or not a push is told of', async () => {
  const sha = 'a'.repeat(40);
  const made = (id: number, ref: string) => told(id, { type: 'CreateEvent', payload: { ref, ref_type: 'branch' } });
  const { cursors, asked } = await follow(({ pathname }) => {
    if (pathname.endsWith('/events')) return { body: [made(2, 'gone'), made(1, 'a/topic#1')] };
    return pathname.endsWith('/git/ref/heads/a/topic%231') ? { body: { object: { sha } } } : { status: 404, body: {} };
  });
  await eventually('both to be seen', () => cursors.get('events acme/app') === '2 1');
  expect(asked.filter((one) => one.includes('/git/ref/')).length).toBe(2);
  expect(createWorkList(store).find('range', 'acme/app', `..${sha}`)).toBeDefined();
  expect(facts.of('fault.raised')).toEqual([]);
});
