import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Store } from '../src/core/store.ts';
import { recoverLost } from '../src/sources/github/lost.ts';
import { sweep } from '../src/sources/github/sweep.ts';
import { createGithub, createGithubWork, githubReconciler } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { startAnswers, type TestAnswer } from './support/answers.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { createApp } from './support/github-bench.ts';
import { createFacts, createSink, type Facts } from './support/sink.ts';

const REPO = 'acme/app';
const DAY = 24 * 3_600_000;

let dir: string;
let store: Store;
let facts: Facts;
let stop: AbortController;
const closers: (() => void)[] = [];

/** What the reconciler needs, against a GitHub that answers so. */
const start = async (
  answer: Parameters<typeof startAnswers>[0],
  app?: { readonly id: string; readonly privateKey: ReturnType<typeof createApp>['privateKey'] },
  clock = systemClock,
) => {
  const { url, asked, close } = await startAnswers(answer);
  closers.push(close);
  const github = createGithub({ baseUrl: url, clock, app });
  const note = (fact: Facts['all'][number]): void => void facts.record(fact);
  const work = createGithubWork({ github, store, clock, record: facts.record });
  return { asked, needs: { ...work, github, clock, note, stop: stop.signal } };
};

beforeEach(() => {
  dir = scratch();
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  facts = createFacts();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  for (const close of closers.splice(0)) close();
  await store.close();
  rmSync(dir, { recursive: true });
});

describe('a list that is long', () => {
  const begun = Date.now();
  const ago = (n: number): string => new Date(begun - n * 1_000).toISOString();
  const sha = (n: number): string => n.toString(16).padStart(40, 'a');
  /** One of each page, and where the next one is. */
  const page = (url: URL, pages: number, one: (n: number) => unknown): TestAnswer => {
    const n = Number(url.searchParams.get('page') ?? 1);
    const next = new URL(url);
    next.searchParams.set('page', String(n + 1));
    return { body: [one(n)], headers: n < pages ? { link: `<${next.href}>; rel="next"` } : {} };
  };

  test('of activities, tags or alerts is read to what we know, before the cursor moves', async () => {
    const PAGES = 60;
    const { needs } = await start((url) => {
      if (url.pathname.endsWith('/activity'))
        return page(url, PAGES, (n) => ({
          ...{ id: n, before: sha(0), after: sha(n), timestamp: ago(n), activity_type: 'push' },
        }));
      if (url.pathname.includes('/matching-refs/'))
        return page(url, PAGES, (n) => ({ ref: `refs/tags/v${n}`, object: { sha: sha(n), type: 'tag' } }));
      if (url.pathname.endsWith('/alerts')) return page(url, PAGES, (n) => ({ number: n, created_at: ago(n) }));
      return { body: { pushed_at: ago(3_600) } };
    });
    await needs.cursors.set(`tags ${REPO}`, '{}');
    await needs.cursors.set(`alerts ${REPO}`, ago(3_600));
    const wanted = new Map<string, number>();
    const want = async (all: readonly { readonly kind: string }[]): Promise<void> => {
      for (const { kind } of all) wanted.set(kind, (wanted.get(kind) ?? 0) + 1);
    };
    await sweep({ name: REPO, since: begun - DAY }, { ...needs, want });
    // The generic alerts are a list of their own.
    expect(Object.fromEntries(wanted)).toEqual({ range: PAGES, tag: PAGES, alert: 2 * PAGES });
    expect(needs.cursors.get(`activity ${REPO}`)).toBe('1');
  });

  test('of deliveries is read to where we looked last', async () => {
    const PAGES = 205;
    const { needs } = await start((url) => {
      if (!url.pathname.endsWith('/deliveries'))
        return { body: { request: { payload: { action: 'opened', issue: { title: 'the oldest', body: '' } } } } };
      return page(url, PAGES, (n) => ({
        ...{ id: n, guid: `guid-${n}`, delivered_at: ago(n), status: n < PAGES ? 'OK' : 'timed out', event: 'issues' },
      }));
    });
    const sink = createSink();
    const way = { emit: sink.emit, stop: stop.signal, giveUp: stop.signal };
    await recoverLost({ id: '7', kind: 'repository', owner: REPO }, needs, way);
    expect(sink.has('the oldest')).toBe(true);
    expect(facts.of('delivery.recovered').length).toBe(1);
  });
});

describe('deliveries that are lost', () => {
  interface Listed {
    readonly id: number;
    readonly delivered_at: string;
  }
  const MINUTE = 60_000;
  const at = (ms: number): string => new Date(ms).toISOString();
  const payload = { action: 'opened', issue: { title: 'one', body: '' } };

  /** One a page, newest first; `answer` may be another for whatever is asked. */
  const hook = async (
    listed: Listed[],
    answer: (url: URL) => TestAnswer | undefined = () => undefined,
    clock = systemClock,
  ) => {
    const answers = (url: URL): TestAnswer => {
      const other = answer(url);
      if (other) return other;
      if (!url.pathname.endsWith('/deliveries')) return { body: { request: { payload } } };
      const below = Number(url.searchParams.get('cursor') ?? Number.POSITIVE_INFINITY);
      const [one, ...rest] = listed.filter(({ id }) => id < below).toSorted((a, b) => b.id - a.id);
      const next = new URL(url);
      next.searchParams.set('cursor', String(one?.id));
      return {
        body: one ? [{ guid: `guid-${one.id}`, status: 'timed out', event: 'issues', ...one }] : [],
        headers: rest.length > 0 ? { link: `<${next.href}>; rel="next"` } : {},
      };
    };
    const { needs, asked } = await start(answers, undefined, clock);
    const way = { emit: createSink().emit, stop: stop.signal, giveUp: stop.signal };
    return { asked, look: () => recoverLost({ id: '7', kind: 'repository', owner: REPO }, needs, way) };
  };

  test('are had although a limit comes first in every round, those that come meanwhile too', async () => {
    const listed = [1, 2, 3, 4, 5, 6].map((id) => ({ id, delivered_at: at(Date.now() - 3_600_000 + id * MINUTE) }));
    let [left, ahead] = [0, 0];
    const limit = { status: 403, headers: { 'retry-after': '60' }, body: {} };
    const limited = (): TestAnswer | undefined => {
      left -= 1;
      return left < 0 ? limit : undefined;
    };
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };
    const { look } = await hook(listed, limited, clock);
    for (let round = 0; round < 4; round += 1) {
      left = 5;
      await look().catch(() => undefined);
      ahead += MINUTE;
      if (round === 0) listed.push({ id: 7, delivered_at: at(Date.now()) });
    }
    expect(facts.of('delivery.recovered').length).toBe(7);
  });

  test('are had whatever our clock says', async () => {
    const behind = Date.now() - 20 * MINUTE;
    const listed = [{ id: 1, delivered_at: at(behind) }];
    const { look } = await hook(listed);
    await look();
    listed.push({ id: 2, delivered_at: at(behind + 1_000) });
    await look();
    expect(facts.of('delivery.recovered').length).toBe(2);
  });

  test('are said to be lost once, and a place in the list that is gone begins it anew', async () => {
    const listed = [1, 2].map((id) => ({ id, delivered_at: at(Date.now() + id) }));
    let failing = true;
    const { look, asked } = await hook(listed, ({ pathname, searchParams }) => {
      if (!pathname.endsWith('/deliveries')) return { status: 404 };
      if (!searchParams.has('cursor')) return undefined;
      return failing ? { status: 502 } : { status: 400 };
    });
    await expect(look()).rejects.toThrow('status 502');
    failing = false;
    await expect(look()).rejects.toThrow('status 400');
    expect(facts.of('delivery.lost').length).toBe(1);
    const [first, second] = ['per_page=100', 'per_page=100&cursor=2'].map(
      (query) => `GET /repos/${REPO}/hooks/7/deliveries?${query}`,
    );
    expect(asked.filter((call) => call.includes('?'))).toEqual([first, second, second, first, second]);
  });
});

describe('a repository in which nothing happens', () => {
  const [ID, HOUR] = ['a'.repeat(40), 3_600_000];
  const activity = {
    id: 1,
    before: '0'.repeat(40),
    after: ID,
    timestamp: '2026-01-01T00:00:00Z',
    activity_type: 'push',
  };
  /** What has not changed is answered so, and not counted. */
  const quiet = async () => {
    const paid: string[] = [];
    const { needs } = await start((url, request) => {
      if (request.headers['if-none-match']) return { status: 304 };
      paid.push(url.pathname.split('/').at(-1) ?? '');
      const headers = { etag: '"one"' };
      if (url.pathname.endsWith('/activity')) return { headers, body: [activity] };
      if (url.pathname.endsWith('/alerts')) return { headers, body: [] };
      if (!url.pathname.includes('/matching-refs/')) return { headers, body: { pushed_at: '2026-01-01T00:00:00Z' } };
      return { body: [{ ref: 'refs/tags/v1', object: { sha: ID, type: 'commit' } }] };
    });
    const wanted: string[] = [];
    const keep = async (all: readonly { readonly item: string }[]): Promise<void> => {
      wanted.push(...all.map(({ item }) => item));
    };
    const lookAfter = (hours: number, want = keep): Promise<void> => {
      const later = { ...systemClock, now: () => Date.now() + hours * HOUR };
      return sweep({ name: REPO, since: 0 }, { ...needs, want, clock: later });
    };
    return { paid, wanted, lookAfter };
  };

  test('costs no call in a whole day, and its tags are listed anew on the next', async () => {
    const { paid, lookAfter } = await quiet();
    await lookAfter(0);
    paid.length = 0;
    for (let hour = 2; hour < 23; hour += 2) await lookAfter(hour);
    expect(paid).toEqual([]);
    await lookAfter(26);
    expect(paid).toEqual(['']);
  });

  test('is not taken for known when what was listed could not be kept', async () => {
    const { wanted, lookAfter } = await quiet();
    const full = () => Promise.reject(new Error('the store is full'));
    await expect(lookAfter(0, full)).rejects.toThrow('the store is full');
    await lookAfter(0);
    expect(wanted).toEqual([`..${ID}`]);
  });
});

test('what GitHub does not list of a repository keeps nothing else of it from being read, and is asked for again', async () => {
  const { needs, asked } = await start((url) => {
    if (url.pathname.endsWith('/activity')) return { status: 404, body: { message: 'Not Found' } };
    if (url.pathname.endsWith('/alerts')) return { body: [{ number: 7, created_at: '2026-01-01T00:00:00Z' }] };
    return { headers: { etag: '"one"' }, body: url.pathname.includes('/matching-refs/') ? [] : { pushed_at: null } };
  });
  const wanted: string[] = [];
  const want = async (all: readonly { readonly kind: string }[]): Promise<void> => {
    wanted.push(...all.map(({ kind }) => kind));
  };
  const look = () => sweep({ name: REPO, since: 0 }, { ...needs, want });
  await expect(look()).rejects.toThrow('status 404');
  expect(wanted).toEqual(['alert', 'alert']);
  await expect(look()).rejects.toThrow('status 404');
  expect(asked.filter((call) => call.includes('/activity')).length).toBe(2);
});

describe('GitHub asks for silence', () => {
  const repositories = Array.from({ length: 20 }, (_, n) => `acme/app-${n}`);
  const run = ({ needs }: Awaited<ReturnType<typeof start>>, named = repositories): Promise<void> =>
    githubReconciler({ ...needs, repositories: named, everyMs: 50 }).run(createSink().emit, stop.signal);
  const limit: TestAnswer = { status: 403, headers: { 'retry-after': '1' }, body: { message: 'secondary rate limit' } };
  const repository: TestAnswer = { body: { pushed_at: '2026-01-01T00:00:00Z' } };
  const at = (url: URL): TestAnswer => (/^\/repos\/[^/]+\/[^/]+$/.test(url.pathname) ? repository : { body: [] });

  test.each<[string, TestAnswer]>([
    ['with its limit', limit],
    ['with a refusal of our credential', { status: 401, body: { message: 'Bad credentials' } }],
  ])('%s: nothing more is asked, of any repository, in any round', async (_, first) => {
    const times: number[] = [];
    const github = await start((url) => {
      times.push(performance.now());
      return times.length === 1 ? first : at(url);
    });
    const running = run(github);
    if (first === limit) await eventually('it is over', () => times.length > 20);
    else await pause(700);
    const [begun = 0, next = Number.POSITIVE_INFINITY] = times;
    expect(next - begun).toBeGreaterThan(900);
    expect(facts.of('fault.raised').length).toBe(1);
    stop.abort();
    await running;
  });

  test('from one owner of those that have the App: the others are looked at', async () => {
    const { privateKey } = createApp();
    const hourLater = new Date(Date.now() + 3_600_000).toISOString();
    const github = await start(
      (url) => {
        if (url.pathname.endsWith('/installation')) return { body: { id: url.pathname.includes('acme') ? 1 : 2 } };
        if (url.pathname.endsWith('/access_tokens'))
          return { status: 201, body: { token: url.pathname, expires_at: hourLater, permissions: {} } };
        return url.pathname.startsWith('/repos/acme/') ? { ...limit, headers: { 'retry-after': '60' } } : at(url);
      },
      { id: '4711', privateKey },
    );
    const running = run(github, [...repositories, 'other/app', 'other/lib']);
    const askedOf = (owner: string) =>
      github.asked.filter((call) => call.startsWith(`GET /repos/${owner}/`) && !call.endsWith('/installation'));
    await eventually('the others are looked at again', () => askedOf('other').length > 12);
    expect(askedOf('acme')).toEqual(['GET /repos/acme/app-0']);
    stop.abort();
    await running;
  });
});
