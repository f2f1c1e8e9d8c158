import { rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Clock, systemClock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import { createCursors } from '../src/sources/github/cursors.ts';
import { createParser } from '../src/sources/github/parse.ts';
import { defaultRetryDelays } from '../src/sources/github/retry.ts';
import type { GithubWork, GithubWorkNeeds } from '../src/sources/github/work.ts';
import { ranks, type Wanted, type WorkList } from '../src/sources/github/work-list.ts';
import { createWorkList } from '../src/sources/github/work-table.ts';
import { createWorker } from '../src/sources/github/worker.ts';
import { createGithub, createGithubWork } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { startAnswers } from './support/answers.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { createFacts, createSink, type Facts } from './support/sink.ts';

let dir: string;
let store: Store;
let list: WorkList;
let facts: Facts;
let close: (() => unknown) | undefined;

beforeEach(() => {
  dir = scratch();
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  list = createWorkList(store);
  facts = createFacts();
});
afterEach(async () => {
  await close?.();
  close = undefined;
  await store.close();
  rmSync(dir, { recursive: true });
});

const want = (...items: readonly string[]) =>
  store.write((sql) => {
    const wanted = items.map((item) => ({ kind: 'commit', repo: 'acme/app', item }) as const);
    list.add(sql, wanted, { source: 'github-webhook', mode: 'live', receivedAt: systemClock.now() });
  });

describe('trouble that is not GitHub', () => {
  /** Its time passes only while somebody sleeps, and then at once. */
  const createStillClock = (): Clock => {
    let now = systemClock.now();
    const sleep = async (ms: number, stop?: AbortSignal): Promise<void> => {
      await turn();
      if (!stop?.aborted) now += ms;
    };
    return { now: () => now, monotonic: () => now, sleep };
  };
  const planted = new Fault('topic.unreachable', 'planted');

  test.each<[string, unknown, string]>([
    ['the topic or the store', planted, 'topic.unreachable'],
    ['we do not know', new Error('planted'), 'internal.unexpected'],
    ['the list itself', undefined, 'store.failed'],
  ])('%s: it is said once for all, and waited out longer and longer', async (_, error, code) => {
    await want(...Array.from({ length: 8 }, (_, n) => `${n}`));
    const clock = createStillClock();
    const stop = new AbortController();
    const [times, tries]: [number[], number[]] = [[], []];
    const attempt = (reason: unknown): never => {
      if (tries.push(clock.now()) === 200) stop.abort();
      throw reason;
    };
    const broken = { due: () => attempt(new Fault('store.failed', 'planted')) };
    const note = (fact: Facts['all'][number]): void => {
      void facts.record(fact);
      if (times.push(clock.now()) === 8) stop.abort();
    };
    const parser = createParser(clock);
    const worker = createWorker({
      ...{ clock, parser, note, concurrency: 8, delays: defaultRetryDelays },
      ...{ list: error ? list : { ...list, ...broken }, github: createGithub({ clock: systemClock }) },
      cursors: createCursors(store),
      kinds: { commit: async () => attempt(error) },
      nextFlow: () => 'flow',
      more: () => undefined,
    });
    await worker.run(createSink().emit, stop.signal);
    expect(times.slice(1).map((at, n) => (at - (times[n] ?? 0)) / 1_000)).toEqual([2, 4, 8, 16, 32, 60, 60]);
    expect(tries.length).toBe(error ? 64 : 8);
    expect(new Set(facts.of('fault.raised').map((fact) => fact.code))).toEqual(new Set([code]));
    expect(list.due(['commit'], clock.now(), 9).map(({ attempts }) => attempts)).toEqual(Array(8).fill(0));
  });
});

/** What GitHub answers, and the work that is done with it. */
const begin = async (answer: Parameters<typeof startAnswers>[0], more: Partial<GithubWorkNeeds> = {}) => {
  const github = await startAnswers(answer);
  const token = new Secret(sample('a token', 40));
  const client = createGithub({ baseUrl: github.url, clock: systemClock, token });
  const work = createGithubWork({ github: client, store, clock: systemClock, record: facts.record, ...more });
  const stop = new AbortController();
  const running = work.run(createSink().emit, stop.signal);
  close = async () => {
    stop.abort();
    github.close();
    await running;
  };
  return { ...github, client, work };
};
const named = (repo: string, kind: Wanted['kind'] = 'commit', more: Partial<Wanted> = {}): Wanted => ({
  ...{ kind, repo, item: 'a' },
  ...more,
});
const tell = async ({ deliveries, wake }: GithubWork, ...wanted: readonly Wanted[]): Promise<void> => {
  await deliveries.accept({ source: 'github-webhook', mode: 'live', receivedAt: systemClock.now(), wanted });
  wake();
};

describe('GitHub asks for silence', () => {
  test('a token is one for all owners: none of them is asked about, by anybody', async () => {
    const { asked, work, client } = await begin(() => ({ status: 403, headers: { 'retry-after': '3600' } }));
    await tell(work, ...Array.from({ length: 60 }, (_, n) => named(`owner${n}/r`)));
    await eventually('it is said', () => facts.of('fault.raised').length > 0);
    await pause(300);
    expect(asked.length).toBeLessThanOrEqual(8);
    const before = asked.length;
    const call = client.json({ path: '/repos/owner60/r/events', stop: new AbortController().signal });
    await expect(call).rejects.toMatchObject({ status: 429, waitMs: expect.any(Number) });
    expect(asked.length).toBe(before);
  });

  test.each([401, 429])('not GitHub, but where a log lies, with %i: an attempt of that log alone', async (status) => {
    const far = await startAnswers(() => ({ status, headers: { 'retry-after': '60' } }));
    const { work } = await begin(({ pathname }) =>
      pathname.endsWith('/logs')
        ? { status: 302, headers: { location: `${far.url}/log` } }
        : { body: { tag: 'v1', message: 'm' } },
    );
    await tell(work, named('acme/app', 'job-log'));
    await eventually('it failed', () => work.list.find('job-log', 'acme/app', 'a')?.attempts === 1);
    await tell(work, named('acme/app', 'tag'));
    await eventually('the rest is read', () => work.list.find('tag', 'acme/app', 'a')?.state === 'done');
    const notBefore = work.list.find('job-log', 'acme/app', 'a')?.notBefore ?? 0;
    expect(notBefore > systemClock.now() + 50_000).toBe(status === 429);
    expect(facts.of('fault.raised')).toEqual([]);
    far.close();
  });
});

test('however much of the past is read at once, what strangers can read now is read beside it', async () => {
  const ways = new Set<ServerResponse>();
  const slow = createServer((_, response) => void ways.add(response));
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const { port } = slow.address() as AddressInfo;
  const { work, asked } = await begin(({ pathname }) =>
    pathname.includes('/past') ? { status: 302, headers: { location: `http://127.0.0.1:${port}` } } : { body: [] },
  );
  const past = [1, 2, 3, 4].map((n) => named(`acme/past${n}`, 'asset', { rank: ranks.past }));
  await tell(work, ...past);
  await eventually('the past is read', () => ways.size === 2);
  await tell(work, named('acme/public', 'listing', { item: 'issues/comments', rank: ranks.exposed }));
  await eventually('it is read', () => work.list.find('listing', 'acme/public', 'issues/comments')?.state === 'done');
  expect(asked.filter((call) => call.includes('/past')).length).toBe(2);
  slow.closeAllConnections();
  slow.close();
});

describe('what could not be read', () => {
  const HOUR = 3_600_000;

  test('is tried again after a day, however often we are started meanwhile', async () => {
    const github = await startAnswers(() => ({ status: 404, body: { message: 'Not Found' } }));
    close = github.close;
    const client = createGithub({ baseUrl: github.url, clock: systemClock });
    const during = async (hours: number, look: (work: ReturnType<typeof createGithubWork>) => Promise<unknown>) => {
      const clock = { ...systemClock, now: () => systemClock.now() + hours * HOUR };
      const limits = { delays: { missing: [], failing: [] } };
      const work = createGithubWork({ github: client, store, clock, limits, record: facts.record });
      const stop = new AbortController();
      const running = work.run(createSink().emit, stop.signal);
      await look(work).finally(() => {
        stop.abort();
        return running;
      });
    };
    const givenUp = (times: number) =>
      eventually('it is given up', () => facts.of('source.unscanned').length === times, 5_000);
    await during(0, async ({ cursors, wake }) => {
      await eventually('it has begun', () => cursors.get('revived') !== undefined);
      await want('a');
      wake();
      await givenUp(1);
    });
    for (const hours of [8, 16, 23]) await during(hours, () => pause(150));
    expect(github.asked.length).toBe(1);
    await during(25, () => givenUp(2));
    for (const hours of [26, 48]) await during(hours, () => pause(150));
    expect(github.asked).toEqual(Array(2).fill('GET /repos/acme/app/commits/a'));
  });
});
