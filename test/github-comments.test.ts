import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Clock, systemClock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import { startEmulatedWorkos } from '../src/demo/workos.ts';
import { ownersOf } from '../src/sources/github/codeowners.ts';
import { commentText, defaultTemplate } from '../src/sources/github/comment-text.ts';
import { createWritten } from '../src/sources/github/renames.ts';
import { createCommenter, createGithub } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { startAnswers } from './support/answers.ts';
import { scratch } from './support/benches.ts';
import { fresh, startDaemonProcess } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { openGithubOpenapi } from './support/github-openapi.ts';
import { createQuickClock, noticeAt, startChannel } from './support/notices.ts';
import { createFacts } from './support/sink.ts';

const REPO = 'acme/app';
const TOKEN = sample('the token that comments', 40);
const MARK = '<!-- keyfuse the mark -->';
const [A, B, C] = ['a', 'b', 'c'].map((letter) => `inc_${letter.repeat(16)}`) as [string, string, string];
const OWNERS = '* @mona\n/src/ @acme/platform security@acme.test @Octocat # who knows\n';
const { requestFaults: check } = openGithubOpenapi();

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const told = (github: EmulatedGithub) => {
  const { commit_comment_create, commit_comment_update, issue_comment_create, comment_update } = github.calls();
  return { posted: commit_comment_create + issue_comment_create, changed: commit_comment_update + comment_update };
};

/** A commenter with books of its own, at work. */
const opened = (needs: Omit<Parameters<typeof createCommenter>[0], 'store'>) => {
  const dir = scratch();
  const store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  const channel = startChannel(createCommenter({ ...needs, store }), store);
  closers.push(async () => {
    await channel.end();
    await store.close();
    rmSync(dir, { recursive: true });
  });
  return { ...channel, store };
};

/** An emulated GitHub with one commit and one issue, and a way to open commenters on it. */
const scene = async () => {
  const github = await startEmulatedGithub({ token: TOKEN, webhookSecret: 'w', check });
  closers.push(() => github.close());
  await github.createRepository(REPO);
  const { after: sha } = await github.push(REPO, {
    commits: [{ message: 'm', files: { '.github/CODEOWNERS': OWNERS, 'src/a.env': 'K=1\n' } }],
  });
  const { id: issue } = await github.openIssue(REPO, { title: 't', body: 'b' });
  const client = createGithub({ baseUrl: github.url, token: new Secret(TOKEN), clock: systemClock });
  const facts = createFacts();
  /** A commenter with books of its own. */
  const open = (template?: string, clock = createQuickClock(60_000), mark = (_: string) => 'the mark') =>
    opened({ github: client, record: facts.record, clock, template, mark });
  const comments = async (on: string) =>
    (await client.json({ path: `/repos/${REPO}/${on}/comments`, stop: new AbortController().signal })) as {
      id: number;
      body: string;
    }[];
  const sent = (n: number) => eventually(`${n} to be told`, () => facts.of('notice.sent').length === n);
  return { github, sha, issue, facts, open, comments, sent };
};

describe('a comment', () => {
  test('stands on the commit once, tells author and owners, and is changed in place by the next key', async () => {
    const { github, sha, open, comments, sent, facts } = await scene();
    const { note } = open();
    const at = { repo: REPO, commit: sha, path: 'src/a.env' };
    await note(noticeAt(at, { incident: A, actor: 'octocat' }));
    await sent(1);
    const [first] = await comments(`commits/${sha}`);
    expect(first?.body).toContain(A);
    expect(first?.body).toContain('For @octocat @acme/platform\n');
    expect(first?.body.endsWith(MARK)).toBe(true);
    expect(first?.body).not.toMatch(/a\.env|@mona|security@|https?:|line|edit|histor|remov/i);
    await note(noticeAt(at, { incident: A, actor: 'octocat' }));
    await note(noticeAt(at, { incident: B, actor: 'hubot[bot]' }));
    await sent(2);
    const [second, ...more] = await comments(`commits/${sha}`);
    expect([second?.id, more]).toEqual([first?.id, []]);
    expect(second?.body).toContain(`${A}, ${B}`);
    expect(told(github)).toEqual({ posted: 1, changed: 1 });
    expect(facts.all).toMatchObject([{ channel: 'github-comment', incident: A }, { incident: B }]);
  });

  test('stands in the thread, where there is one, by the template given', async () => {
    const { sha, issue, open, comments, sent } = await scene();
    const { note } = open('{author}\n{owners}\nLeaked: {incidents}');
    await note(noticeAt({ repo: REPO, thread: issue, commit: sha }, { incident: A, actor: '@all <b>' }));
    await sent(1);
    expect((await comments(`issues/${issue}`)).map(({ body }) => body)).toEqual([`Leaked: ${A}\n\n${MARK}`]);
    expect(await comments(`commits/${sha}`)).toEqual([]);
  });

  test('is not posted a second time: after an answer that was lost, or by another responder, who adds to it', async () => {
    const { github, issue, open, comments, sent } = await scene();
    github.inject({ kind: 'lostAnswer' }, { route: 'issue_comment_create', times: 1 });
    await open().note(noticeAt({ repo: REPO, thread: issue }, { incident: A }));
    await sent(1);
    expect(told(github)).toEqual({ posted: 1, changed: 0 });
    const other = open();
    await other.note(noticeAt({ repo: REPO, thread: issue }, { incident: B }));
    await sent(2);
    const [only, ...more] = await comments(`issues/${issue}`);
    expect(more).toEqual([]);
    expect(only?.body).toContain(`${A}, ${B}`);
  });

  test('stays one, where two responders post in the same moment, and names the keys of both', async () => {
    const { github, sha, open, comments, sent } = await scene();
    github.setLatency(50);
    const [one, other] = [open(), open()];
    const at = { repo: REPO, commit: sha };
    await Promise.all([one.note(noticeAt(at, { incident: A })), other.note(noticeAt(at, { incident: B }))]);
    await sent(2);
    const [only, ...more] = await comments(`commits/${sha}`);
    expect([told(github).posted, more]).toEqual([2, []]);
    for (const incident of [A, B]) expect(only?.body).toContain(incident);
  });

  test('names a key again that another responder wrote over', async () => {
    const { github, issue, open, comments, sent, facts } = await scene();
    const quick = createQuickClock(60_000);
    const written = new EventEmitter();
    const clock: Clock = {
      ...quick,
      async sleep(ms) {
        if (ms === 2_000 && told(github).changed === 0) await new Promise((go) => written.emit('pause', go));
        await quick.sleep(ms);
      },
    };
    const paused = once(written, 'pause');
    await open(undefined, clock).note(noticeAt({ repo: REPO, thread: issue }, { incident: A }));
    const [go] = await paused;
    const [{ id } = { id: 0 }] = await comments(`issues/${issue}`);
    await github.editComment(REPO, { id, body: `Incident: ${B}\n\n${MARK}` });
    expect(facts.all).toEqual([]);
    go();
    await sent(1);
    expect((await comments(`issues/${issue}`)).map(({ body }) => body.match(/inc_\w+/g))).toEqual([[B, A]]);
  });

  test('is not posted a second time where it stands behind thousands of others', async () => {
    const last = 31;
    const answers = await startAnswers(({ pathname, searchParams }) => {
      const page = Number(searchParams.get('page') ?? 1);
      const next = `<${answers.url}${pathname}?per_page=100&page=${page + 1}>; rel="next"`;
      const body = page === last ? [{ id: 9, body: `${A} ${MARK}` }] : [{ id: page, body: 'talk' }];
      return { body, headers: page === last ? {} : { link: next } };
    });
    closers.push(answers.close);
    const facts = createFacts();
    const github = createGithub({ baseUrl: answers.url, clock: systemClock });
    const clock = createQuickClock(60_000);
    const { note } = opened({ github, record: facts.record, clock, mark: () => 'the mark' });
    await note(noticeAt({ repo: REPO, thread: 7 }, { incident: A }));
    await eventually('it to be told', () => facts.all.length === 1);
    expect(facts.all).toMatchObject([{ type: 'notice.sent' }]);
    expect(answers.asked.filter((call) => !call.startsWith('GET'))).toEqual([]);
  });

  test('stays one when the repository is renamed, also where its id was not noted', async () => {
    const { github, issue, open, sent } = await scene();
    const openMarking = () => open(undefined, undefined, (text) => `of ${text}`);
    const [one, other] = [openMarking(), openMarking()];
    await one.note(noticeAt({ repo: REPO, thread: issue }, { incident: A }));
    await sent(1);
    await github.renameRepository(REPO, 'renamed');
    for (const { store } of [one, other]) await createWritten(store).rename(REPO, 'acme/renamed');
    for (const incident of [A, B]) await one.note(noticeAt({ repo: 'acme/renamed', thread: issue }, { incident }));
    await sent(2);
    await other.note(noticeAt({ repo: 'acme/renamed', thread: issue }, { incident: C }));
    await sent(3);
    expect(told(github)).toEqual({ posted: 1, changed: 2 });
  });

  test('that a person deleted is not posted again', async () => {
    const { github, issue, open, comments, sent, facts } = await scene();
    const { note } = open();
    await note(noticeAt({ repo: REPO, thread: issue }, { incident: A }));
    await sent(1);
    const [{ id } = { id: 0 }] = await comments(`issues/${issue}`);
    await github.deleteComment(REPO, { id });
    for (const incident of [B, C]) {
      await note(noticeAt({ repo: REPO, thread: issue }, { incident }));
      await pause(150);
    }
    expect(await comments(`issues/${issue}`)).toEqual([]);
    expect([facts.all.length, told(github).posted]).toEqual([1, 1]);
  });

  test.each([403, 410])('that may not be made (%i) has failed, once for all', async (status) => {
    const { github, issue, open, facts } = await scene();
    const { note } = open();
    github.inject({ kind: 'status', status, body: { message: 'locked' } }, { route: 'issue_comment_create' });
    await note(noticeAt({ repo: REPO, thread: issue }, { incident: A }));
    await eventually('it to have failed', () => facts.of('notice.failed').length === 1);
    await note(noticeAt({ repo: REPO, thread: issue }, { incident: B }));
    await pause(150);
    expect(facts.all).toMatchObject([{ type: 'notice.failed', channel: 'github-comment', incident: A }]);
    expect(told(github).posted).toBe(1);
  });

  test('is tried again while GitHub fails', async () => {
    const { github, issue, open, sent } = await scene();
    github.fail(502, 3);
    github.limit('primary', 1, { route: 'issue_comment_create' });
    await open().note(noticeAt({ repo: REPO, thread: issue }, { incident: A }));
    await sent(1);
    expect(told(github).posted).toBe(2);
  });

  test('is made of proof only, and only where it can stand', async () => {
    const { github, sha, issue, open, facts } = await scene();
    const { note } = open();
    for (const outcome of ['dead', 'held', 'watched', 'still-live', 'refused', 'unproved'] as const)
      await note(noticeAt({ repo: REPO, thread: issue }, { incident: A, outcome }));
    await note(noticeAt({ repo: REPO, alert: 1 }, { incident: A }));
    await note(noticeAt({ repo: REPO, commit: `../${sha}` }, { incident: A }));
    await pause(150);
    expect([told(github).posted, facts.all]).toEqual([0, []]);
  });
});

test('end to end: an issue with a key gets one comment, and the webhook of that comment causes none', async () => {
  const [credential, token, secret] = [fresh().secret, fresh().secret, fresh().secret];
  const dir = scratch();
  const workos = await startEmulatedWorkos({ credential });
  const github = await startEmulatedGithub({ token, webhookSecret: secret, check });
  closers.push(
    () => rmSync(dir, { recursive: true, force: true }),
    () => workos.close(),
    () => github.close(),
  );
  await github.createRepository(REPO);
  const daemon = await startDaemonProcess({
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WEBHOOK_SECRET: secret, DATA_DIR: dir },
    ...{ GITHUB_TOKEN: token, GITHUB_API_URL: github.url, GITHUB_RECONCILE_SECONDS: '3600', GITHUB_COMMENT: 'true' },
  });
  closers.push(() => daemon.stop('SIGKILL'));
  github.setHookUrl(`${daemon.ingressUrl}/api/github/webhooks`);
  const key = workos.issueKey({ name: 'leaked', seed: token });
  await github.openIssue(REPO, { title: 'help', body: `it says ${key.value}`, login: 'mona' });
  // The comment brings the issue's body along, and with it the key, once more.
  const comment = () => github.deliveries().some(({ event }) => event === 'issue_comment');
  await eventually('the comment to be told to us', comment);
  await pause(1_000);
  expect(told(github)).toEqual({ posted: 1, changed: 0 });
  expect([workos.isLive(key.id), await daemon.stop('SIGTERM')]).toEqual([false, 0]);
});

describe('CODEOWNERS', () => {
  const rows: [pattern: string, fits: readonly string[], not: readonly string[]][] = [
    ['*', ['a', 'b/c.js'], []],
    ['*.js', ['a.js', 'x/y/b.js'], ['a.jsx', 'js']],
    ['/build/logs/', ['build/logs/a', 'build/logs/b/c'], ['x/build/logs/a', 'build/logs']],
    ['docs/*', ['docs/getting-started.md'], ['docs/build-app/troubleshooting.md', 'x/docs/a']],
    ['apps/', ['apps/a', 'x/apps/b/c'], ['apps']],
    ['/docs/', ['docs/a', 'docs/b/c'], ['x/docs/a']],
    ['/scripts', ['scripts', 'scripts/a'], ['x/scripts/a', 'scripts2']],
    ['**/logs', ['build/logs', 'logs/a', 'deeply/nested/logs/x'], ['logs2/a']],
    ['src/**/test', ['src/test/a', 'src/x/y/test'], ['src/tests']],
    ['/*.md', ['readme.md'], ['docs/readme.md']],
    ['a?c*z', ['abcz', 'x/abcdz'], ['acz']],
    ['my\\ file', ['my file', 'x/my file/y'], ['my']],
    [`/${'*a'.repeat(40)}*b`, [`${'a'.repeat(60)}b`], ['a'.repeat(400)]],
  ];
  test.each(rows)('%s', (pattern, fits, not) => {
    const owns = (path: string) => ownersOf(`${pattern} @owner\n`, path).length === 1;
    expect([fits.filter((path) => !owns(path)), not.filter(owns)]).toEqual([[], []]);
  });

  test('the last line that fits counts, also one without owners; addresses and what GitHub skips do not', () => {
    const file = '# all\n* @a @org/team mail@x.test @<b> \r\n\n/apps/ @b # us\n/apps/none\n!/x @c\n[ab] @d\n';
    expect(ownersOf(file, 'x')).toEqual(['@a', '@org/team']);
    expect([ownersOf(file, 'apps/x'), ownersOf(file, 'apps/none'), ownersOf(file, 'a')]).toEqual([
      ['@b'],
      [],
      ['@a', '@org/team'],
    ]);
  });
});

test('the text of a comment is bounded, repeats nobody, and fills in nothing twice', () => {
  const incidents = Array.from({ length: 60 }, (_, at) => `inc_${String(at).padStart(16, '0')}`);
  const owners = ['@Mona', '@org/{incidents}', '@b', '@B'];
  const text = commentText(defaultTemplate, { incidents, actors: ['mona', undefined, 'mona'], owners, mark: MARK });
  expect(text).toContain('For @mona @org/{incidents} @b\n');
  expect(text).toMatch(/inc_0{14}49 and 10 more\n/);
  expect(commentText(defaultTemplate, { incidents, actors: [], owners: [], mark: MARK })).not.toMatch(/For|\n{3}/);
});
