import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Channel } from '../src/core/notice.ts';
import type { GithubPlace } from '../src/core/origin.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import { createAlertCloser } from '../src/sources/github/closing.ts';
import { ownersOf } from '../src/sources/github/codeowners.ts';
import { commentText } from '../src/sources/github/comment-text.ts';
import { createCommenter } from '../src/sources/github/comments.ts';
import { createGithub } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { scratch, WEBHOOK_SECRET } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { REPO, GITHUB_TOKEN as TOKEN } from './support/github-bench.ts';
import { createFacts, type Facts } from './support/sink.ts';

let dir: string;
let store: Store;
let github: EmulatedGithub;
let facts: Facts;
const ends: (() => Promise<unknown>)[] = [];
/** Hours that have passed beside the real ones. */
let later = 0;
const clock = { ...systemClock, now: () => Date.now() + later * 3_600_000 };

const start = async (options: { readonly delegatedDismissal?: 403 | 422 } = {}): Promise<void> => {
  github = await startEmulatedGithub({ token: TOKEN, webhookSecret: WEBHOOK_SECRET, ...options });
  await github.createRepository(REPO);
};
beforeEach(async () => {
  dir = scratch();
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  facts = createFacts();
  later = 0;
  await start();
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await github.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

const calm = () =>
  createGithub({
    baseUrl: github.url,
    token: new Secret(TOKEN),
    clock,
    name: 'calm',
    note: (f) => void facts.record(f),
  });
const run = (channel: Channel): Channel => {
  const stop = new AbortController();
  const running = channel.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  return channel;
};
const closer = () => run(createAlertCloser({ github: calm(), store, clock, record: facts.record }));
const notice = (place: Omit<GithubPlace, 'repo'>, { outcome = 'revoked', incident = 'inc_1', actor = 'mona' } = {}) => {
  const found = { source: 'github-alert', locator: 'here', receivedAt: 0, mode: 'live', actor } as const;
  return { incident, outcome, found: { ...found, github: { repo: REPO, ...place } } };
};
const api = async <T>(path: string, method = 'GET', body?: object): Promise<T> => {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const answer = await fetch(`${github.url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return (answer.status === 204 ? undefined : await answer.json()) as T;
};
interface AlertShape {
  readonly state: string;
  readonly resolution: string | null;
  readonly resolution_comment: string | null;
}
const alert = (n: number) => api<AlertShape>(`/repos/${REPO}/secret-scanning/alerts/${n}`);
const raise = async (seed: string): Promise<number> =>
  (await github.raiseAlert(REPO, { secret: sample(seed, 40), secretType: 'workos_production_api_key' })).id;

describe('closing an alert', () => {
  test('once its key is proved dead, as revoked, with a comment that quotes nothing; each of two', async () => {
    const [one, two] = [await raise('a key'), await raise('another place')];
    const channel = closer();
    await store.write(channel.note(notice({ alert: one })));
    await eventually('it is closed', async () => (await alert(one)).state === 'resolved');
    expect(await alert(one)).toMatchObject({ resolution: 'revoked' });
    expect((await alert(one)).resolution_comment).toMatch(/^Keyfuse deleted this key .* \(inc_1, \d{4}-/);
    expect((await alert(two)).state).toBe('open');
    await store.write(channel.note(notice({ alert: two })));
    await eventually('the other too', async () => (await alert(two)).state === 'resolved');
    await eventually('both are told', () => facts.of('notice.sent').length === 2);
  });

  test('not for a key that was never live here, nor for one that is held or watched', async () => {
    const number = await raise('unproved');
    const channel = closer();
    for (const outcome of ['dead', 'held', 'watched', 'still-live', 'unproved', 'refused'])
      await store.write(channel.note(notice({ alert: number }, { outcome })));
    await pause(700);
    expect((await alert(number)).state).toBe('open');
  });

  test('never twice: what a person opens again, or has closed, stays so', async () => {
    const [reopened, theirs] = [await raise('reopened'), await raise('closed by a person')];
    await github.changeAlert(REPO, theirs, { resolution: 'used_in_tests' });
    const channel = closer();
    for (const number of [reopened, theirs]) await store.write(channel.note(notice({ alert: number })));
    await eventually('it is closed', async () => (await alert(reopened)).state === 'resolved');
    await github.changeAlert(REPO, reopened, { resolution: null });
    for (const number of [reopened, theirs])
      await store.write(channel.note(notice({ alert: number }, { incident: 'inc_2' })));
    await pause(1_200);
    expect((await alert(reopened)).state).toBe('open');
    expect(await alert(theirs)).toMatchObject({ resolution: 'used_in_tests' });
  });

  test.each([403, 422] as const)('delegated dismissal (%i) is pending, said once, and no loop', async (status) => {
    await github.close();
    await start({ delegatedDismissal: status });
    const number = await raise('delegated');
    const channel = closer();
    await store.write(channel.note(notice({ alert: number })));
    await eventually('it is pending', () => facts.of('notice.pending').length === 1);
    const asked = facts.of('github.answered').length;
    await pause(1_000);
    expect(facts.of('github.answered').length).toBe(asked);
    later = 24 * 8;
    await eventually('it is given up', () => facts.of('notice.failed').length === 1);
    expect(facts.of('notice.pending').length).toBe(1);
  });

  test('a secondary limit is waited for, and is no attempt', async () => {
    const number = await raise('limited');
    github.limit('secondary', 1, { seconds: 1 });
    const channel = closer();
    await store.write(channel.note(notice({ alert: number })));
    await eventually('it is closed', async () => (await alert(number)).state === 'resolved');
    expect(facts.of('notice.failed')).toEqual([]);
  });
});

describe('the calm client', () => {
  test('changes one thing a second; the urgent one is not held up; a stop ends what waits', async () => {
    const numbers = [await raise('1'), await raise('2'), await raise('3')];
    const client = calm();
    const urgent = createGithub({ baseUrl: github.url, token: new Secret(TOKEN), clock });
    const stop = new AbortController();
    const begun = performance.now();
    const times: number[] = [];
    const close = async (number: number): Promise<void> => {
      const body = { state: 'resolved', resolution: 'revoked' };
      await client.json({
        method: 'PATCH',
        path: `/repos/${REPO}/secret-scanning/alerts/${number}`,
        body,
        stop: stop.signal,
      });
      times.push(performance.now() - begun);
    };
    const [first, second, third] = numbers.map(close);
    await first;
    const asked = performance.now();
    await urgent.json({ path: `/repos/${REPO}`, stop: stop.signal });
    expect(performance.now() - asked).toBeLessThan(700);
    await second;
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(900);
    stop.abort();
    await expect(third).rejects.toThrow('GitHub');
  });
});

describe('commenting', () => {
  interface Said {
    readonly id: number;
    readonly body: string;
  }
  const commenter = (template?: string) =>
    run(createCommenter({ github: calm(), store, clock, record: facts.record, template }));
  const told = (n: number) => eventually(`${n} are told`, () => facts.of('notice.sent').length === n);
  const onThread = (number: number) => api<readonly Said[]>(`/repos/${REPO}/issues/${number}/comments`);

  test('one comment per thread and per commit, kept up to date, with author and owners, and neither key nor line', async () => {
    const files = {
      '.github/CODEOWNERS': '* @acme/all\n/conf/ @acme/ops someone@example.com\n',
      'conf/app.env': 'x\n',
    };
    const { after: sha } = await github.push(REPO, { commits: [{ message: 'm', files }] });
    const { id: thread } = await github.openIssue(REPO, { title: 't', body: 'b' });
    const channel = commenter();
    await store.write(channel.note(notice({ thread })));
    await store.write(channel.note(notice({ commit: sha, path: 'conf/app.env' })));
    await told(2);
    await store.write(channel.note(notice({ thread }, { incident: 'inc_2' })));
    await store.write(channel.note(notice({ thread }, { incident: 'inc_2' })));
    await told(3);
    const [said, ...more] = await onThread(thread);
    expect(more).toEqual([]);
    expect(said?.body).toContain('inc_1, inc_2');
    expect(said?.body).toContain('@mona');
    const [note] = await api<readonly Said[]>(`/repos/${REPO}/commits/${sha}/comments`);
    expect(note?.body).toContain('@acme/ops');
    for (const word of ['app.env', 'someone@', '@acme/all']) expect(note?.body).not.toContain(word);
  });

  test('a crash before the comment was remembered makes no second one; one that a person deleted stays away', async () => {
    const { id: thread } = await github.openIssue(REPO, { title: 't', body: 'b' });
    const channel = commenter('{incidents}');
    await store.write(channel.note(notice({ thread })));
    await told(1);
    await store.write((sql) => sql.run('update github_comments set comment = null, due_at = 0'));
    await told(2);
    const [said, ...more] = await onThread(thread);
    expect([said?.body, more]).toEqual(['<!-- keyfuse -->\ninc_1', []]);
    await api(`/repos/${REPO}/issues/comments/${said?.id}`, 'DELETE');
    if ((await onThread(thread)).length > 0) await github.deleteComment(REPO, { id: Number(said?.id) });
    await store.write(channel.note(notice({ thread }, { incident: 'inc_2' })));
    await pause(1_500);
    expect(await onThread(thread)).toEqual([]);
  });
});

describe('who is told', () => {
  test.each([
    ['* @a', 'x/y.ts', ['@a']],
    ['*.js @js\n*.ts @ts @acme/ts', 'deep/x.ts', ['@ts', '@acme/ts']],
    ['/build/ @b', 'build/logs/a', ['@b']],
    ['/build/ @b', 'x/build/a', []],
    ['build/ @b', 'x/build/a', ['@b']],
    ['docs/* @d', 'docs/a.md', ['@d']],
    ['docs/* @d', 'docs/deep/a.md', []],
    ['**/logs @l', 'a/b/logs/c.txt', ['@l']],
    ['/apps/** @p', 'apps/x/y', ['@p']],
    ['* @a\n/apps/github', 'apps/github/x', []],
    ['# comment\n* @a # why', 'x', ['@a']],
    ['* someone@example.com @a', 'x', ['@a']],
  ])('%j for %s: %j', (file, path, owners) => {
    expect(ownersOf(file, path)).toEqual(owners);
  });

  test('nobody by a name that is none; lines whose places stay empty are left out', () => {
    const text = commentText(
      { incidents: ['inc_1'], author: 'evil [x](y)', owners: [] },
      'Dead: {incidents}\n{author} {owners}\nEnd',
    );
    expect(text).toBe('<!-- keyfuse -->\nDead: inc_1\nEnd');
  });
});
