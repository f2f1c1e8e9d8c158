import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { outcomes } from '../src/core/verdict.ts';
import { type EmulatedGithubOptions, startEmulatedGithub } from '../src/demo/github.ts';
import { startEmulatedWorkos } from '../src/demo/workos.ts';
import { createWritten } from '../src/sources/github/renames.ts';
import { createAlertCloser, createGithub } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { fresh, startDaemonProcess } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { createApp } from './support/github-bench.ts';
import { openGithubOpenapi } from './support/github-openapi.ts';
import { createQuickClock, noticeAt, startChannel } from './support/notices.ts';
import { createFacts } from './support/sink.ts';

const REPO = 'acme/app';
const TOKEN = sample('the token that closes', 40);
const KEY = sample('the key of the alert', 40);
const MINUTE = 60_000;
const { requestFaults: check } = openGithubOpenapi();

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Options extends Partial<EmulatedGithubOptions> {
  /** By the closer's clock, the least that passes between two looks. */
  readonly stepMs?: number;
  /** Of our App: then the client is its calm one. */
  readonly privateKey?: Secret;
}

/** One alert on an emulated GitHub that holds each call against GitHub's own description, and a closer. */
const scene = async ({ stepMs = MINUTE, privateKey, ...options }: Options = {}) => {
  const github = await startEmulatedGithub({ token: TOKEN, webhookSecret: 'w', check, ...options });
  await github.createRepository(REPO);
  await github.raiseAlert(REPO, { secret: KEY, secretType: 'workos_production_api_key' });
  const dir = scratch();
  const store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  const facts = createFacts();
  const common = { baseUrl: github.url, clock: systemClock };
  const client = createGithub({ ...common, token: new Secret(TOKEN) });
  const calm = privateKey && createGithub({ ...common, name: 'calm', app: { id: '4711', privateKey } });
  const needs = { store, record: facts.record, clock: createQuickClock(stepMs), github: calm ?? client };
  const channel = startChannel(createAlertCloser(needs), store);
  closers.push(
    () => github.close(),
    async () => {
      await channel.end();
      await store.close();
      rmSync(dir, { recursive: true });
    },
  );
  const alert = async () =>
    (await client.json({
      path: `/repos/${REPO}/secret-scanning/alerts/1?hide_secret=true`,
      stop: new AbortController().signal,
    })) as Record<string, unknown>;
  const told = () => facts.all.map(({ type }) => type);
  const rows = () => store.read((sql) => sql.all('select * from github_closings'));
  return {
    ...{ github, facts, alert, told, rows, store, note: channel.note },
    patched: () => github.calls().alert_update,
  };
};

test('an alert is closed as revoked, once, with a comment that quotes nothing; what a person opens again stays open', async () => {
  const { github, note, alert, told, patched, facts } = await scene(createApp());
  await note(noticeAt({ repo: REPO, alert: 1, path: 'src/secret.env' }));
  await eventually('it to be closed', async () => (await alert())['state'] === 'resolved');
  const closed = await alert();
  expect(closed).toMatchObject({ resolution: 'revoked', resolved_by: { login: 'keyfuse[bot]' } });
  expect(closed['resolution_comment']).toMatch(
    /^Deleted at its issuer by Keyfuse, and proved dead: 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, incident inc_[0-9a-f]{16}\.$/,
  );
  await eventually('it to be told', () => facts.all.length === 1);
  await github.changeAlert(REPO, 1, { resolution: null, login: 'mona' });
  await note(noticeAt({ repo: 'ACME/app', alert: 1 }, { incident: 'inc_00000000000000bb' }));
  await pause(200);
  expect([(await alert())['state'], patched(), told()]).toEqual(['open', 1, ['notice.sent']]);
  expect(facts.all).toMatchObject([{ channel: 'github-alert', incident: 'inc_00000000000000aa' }]);
});

test('one that a person opened again stays open when the repository is renamed', async () => {
  const { github, note, patched, facts, store, rows } = await scene();
  await note(noticeAt({ repo: REPO, alert: 1 }));
  await eventually('it to be told', () => facts.all.length === 1);
  await github.changeAlert(REPO, 1, { resolution: null, login: 'mona' });
  await github.renameRepository(REPO, 'renamed');
  await createWritten(store).rename(REPO, 'acme/renamed');
  await note(noticeAt({ repo: 'acme/renamed', alert: 1 }));
  await pause(200);
  expect([rows().length, patched(), facts.all.length]).toEqual([1, 1, 1]);
});

test('only proof of death closes, and only where an alert is', async () => {
  const { note, rows } = await scene();
  const unproved = outcomes.filter((one) => one !== 'revoked' && one !== 'already-gone');
  for (const outcome of unproved) await note(noticeAt({ repo: REPO, alert: 1 }, { outcome }));
  await note(noticeAt({ repo: REPO, commit: 'a'.repeat(40) }));
  await note(noticeAt({ repo: '../app', alert: 1 }));
  expect(unproved.length).toBe(7);
  expect(rows()).toEqual([]);
  await note(noticeAt({ repo: REPO, alert: 1 }, { outcome: 'already-gone' }));
  expect(String(rows()[0]?.['comment'])).toMatch(/^Gone at its issuer .{20,260}$/);
});

test('one that a person closed is left alone', async () => {
  const { github, note, alert, told, patched, rows } = await scene();
  await github.changeAlert(REPO, 1, { resolution: 'used_in_tests' });
  await note(noticeAt({ repo: REPO, alert: 1 }));
  await eventually('it to be over', () => rows()[0]?.['due_at'] === null);
  expect((await alert())['resolution']).toBe('used_in_tests');
  expect([told(), patched()]).toEqual([[], 0]);
});

test('an answer that was lost is not asked for twice', async () => {
  const { github, note, facts, patched } = await scene();
  github.inject({ kind: 'lostAnswer' }, { route: 'alert_update', times: 1 });
  await note(noticeAt({ repo: REPO, alert: 1 }));
  await eventually('it to be told', () => facts.of('notice.sent').length === 1);
  expect(patched()).toBe(1);
});

test('what fails is tried again, a limit is obeyed, and one that is gone is given up', async () => {
  const { github, note, facts, alert } = await scene();
  github.fail(502, 3);
  github.limit('secondary', 1, { route: 'alert_update' });
  github.inject({ kind: 'status', status: 401, body: {} }, { route: 'alert', times: 2 });
  await note(noticeAt({ repo: REPO, alert: 1 }));
  await eventually('it to be told', () => facts.of('notice.sent').length === 1);
  expect((await alert())['state']).toBe('resolved');
  expect(facts.of('fault.raised').map(({ code }) => code)).toEqual([
    'github.credential-refused',
    'github.rate-limited',
  ]);
  const before = github.calls().alert;
  await note(noticeAt({ repo: REPO, alert: 9 }));
  await eventually('it to be given up', () => facts.of('notice.failed').length === 1);
  expect(facts.of('notice.failed')).toMatchObject([{ channel: 'github-alert', detail: 'GitHub: status 404' }]);
  expect(github.calls().alert - before).toBe(5);
});

describe('where GitHub wants a person to allow it', () => {
  const HOUR = 60 * MINUTE;

  test.each<[status: 403 | 422, stepMs: number, least: number, most: number]>([
    [403, 6 * HOUR, 28, 30],
    [422, 24 * HOUR, 7, 9],
  ])('%i: it is pending, said once, looked at again, and given up after a week', async (...row) => {
    const [delegatedDismissal, stepMs, least, most] = row;
    const { note, facts, patched, told } = await scene({ delegatedDismissal, stepMs });
    await note(noticeAt({ repo: REPO, alert: 1 }));
    await eventually('it to be given up', () => facts.of('notice.failed').length === 1);
    expect(told()).toEqual(['notice.pending', 'notice.failed']);
    expect(facts.of('notice.failed')[0]?.detail).toMatch(/week/);
    expect(patched()).toBeGreaterThanOrEqual(least);
    expect(patched()).toBeLessThanOrEqual(most);
  });

  test('a request lies there: it is not asked for again, and a reviewer who agrees closes it', async () => {
    const { github, note, facts, patched, told, rows } = await scene({ stepMs: 10 * MINUTE });
    const open = { state: 'open', closure_request_comment: 'said', closure_request_reviewer: null };
    github.inject(
      { kind: 'wrongShape', body: { ...open, closure_request_comment: null } },
      { route: 'alert_update', times: 1 },
    );
    await note(noticeAt({ repo: REPO, alert: 1 }));
    await eventually('it to be pending', () => facts.of('notice.pending').length === 1);
    const asked = github.inject({ kind: 'wrongShape', body: open }, { route: 'alert' });
    const [row] = rows();
    expect(Number(row?.['due_at']) - Number(row?.['asked_at'])).toBeGreaterThanOrEqual(HOUR);
    await eventually('it to be looked at', () => asked.struck >= 3);
    await github.changeAlert(REPO, 1, { resolution: 'revoked', login: 'reviewer' });
    asked.clear();
    await eventually('it to be told', () => facts.of('notice.sent').length === 1);
    expect([told(), patched()]).toEqual([['notice.pending', 'notice.sent'], 1]);
  });
});

test('end to end: each alert of a key is closed once it is dead, and the webhooks of that cause nothing', async () => {
  const [credential, token, secret] = [fresh().secret, fresh().secret, fresh().secret];
  const dir = scratch();
  const workos = await startEmulatedWorkos({ credential });
  const github = await startEmulatedGithub({ token, webhookSecret: secret, check });
  closers.push(
    () => rmSync(dir, { recursive: true, force: true }),
    () => workos.close(),
    () => github.close(),
  );
  for (const repo of [REPO, 'acme/other']) await github.createRepository(repo);
  const daemon = await startDaemonProcess({
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WEBHOOK_SECRET: secret, DATA_DIR: dir },
    ...{ GITHUB_TOKEN: token, GITHUB_API_URL: github.url, GITHUB_RECONCILE_SECONDS: '3600' },
  });
  closers.push(() => daemon.stop('SIGKILL'));
  github.setHookUrl(`${daemon.ingressUrl}/api/github/webhooks`);
  // A repository that is new to us is looked at once; that is over before there is an alert.
  for (const repo of [REPO, 'acme/other']) await github.comment(repo, { issue: 1, body: 'hello' });
  await eventually('both to be looked at', () => github.calls().alerts === 4);
  const key = workos.issueKey({ name: 'leaked', seed: token });
  const leak = { secret: key.value, secretType: 'workos_production_api_key' };
  // Of each alert `created` and `resolved` are told.
  const told = () => github.deliveries().filter(({ event }) => event === 'secret_scanning_alert');
  await github.raiseAlert(REPO, leak);
  await eventually('the first to be closed', () => told().length === 2);
  expect(workos.isLive(key.id)).toBe(false);
  await github.raiseAlert('acme/other', leak);
  await eventually('the second to be closed', () => told().length === 4);
  await pause(700);
  const { alert, alert_update: closed } = github.calls();
  expect([alert, closed, workos.stats().calls.delete]).toEqual([4, 2, 1]);
  expect(told().every(({ status }) => status > 199 && status < 300)).toBe(true);
  expect(await daemon.stop('SIGTERM')).toBe(0);
  expect(daemon.output()).not.toContain(key.value);
});
