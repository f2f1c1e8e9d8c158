import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Fact } from '../src/core/facts.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { createGithub, githubReconciler } from '../src/sources/index.ts';
import { eventually } from './support/eventually.ts';
import { createApp, type GithubBench, openBeside, REPO, startGithubBench } from './support/github-bench.ts';

let bench: GithubBench;
let now: ReturnType<typeof openBeside>;

/** The room with its reconciler, looking ten times a second. */
const open = (client = bench.client) =>
  openBeside(bench.open(client), ({ room, stop }) => {
    const { facts, sink, clock } = bench;
    const note = (fact: Fact): void => void facts.record(fact);
    const needs = { ...room, github: client, clock, note, repositories: [], everyMs: 100 };
    return githubReconciler(needs).run(sink.emit, stop.signal);
  });
const leak = (seed: string): string => sample(`reconciled ${seed}`, 40);
const commit = (seed: string) => ({ message: seed, files: { [`${seed}.env`]: `K=${leak(seed)}\n` } });
const swept = () => eventually('the repository is known', () => now.room.cursors.get(`alerts ${REPO}`) !== undefined);

beforeEach(async () => {
  bench = await startGithubBench();
  now = open();
});
afterEach(async () => {
  await now.away();
  await bench.close();
});

describe('after an outage', () => {
  test('deliveries that failed are read back, each once, and what they named is fetched', async () => {
    const { github, has, facts } = bench;
    await github.comment(REPO, { issue: 1, body: 'so that the hook is known' });
    await swept();
    await now.away();
    await github.openIssue(REPO, { title: 'while away', body: leak('issue') });
    const pushed = await github.push(REPO, { commits: [commit('push')] });
    expect(pushed.delivery?.status).toBe(503);
    now = open();
    for (const seed of ['issue', 'push']) await has(leak(seed));
    expect(bench.placeOf(leak('issue'))?.receivedAt).toBeLessThanOrEqual(Date.now());
    const recovered = facts.of('delivery.recovered').map(({ how, event }) => `${how} ${event}`);
    expect(recovered.sort()).toEqual(['read-back issues', 'read-back push']);
    await pause(500);
    expect(facts.of('delivery.recovered').length).toBe(2);
    expect(now.room.unscanned()).toBe(0);
    expect(facts.of('fault.raised')).toEqual([]);
  });

  test('what no webhook tells of: four tags at once, a branch of a lost push, one that was forced, one that was deleted', async () => {
    const { github, has } = bench;
    await github.comment(REPO, { issue: 1, body: 'so that the repository is known' });
    await swept();
    await now.away();
    github.setHookUrl(undefined);
    const base = await github.push(REPO, { branch: 'forced', commits: [commit('before')] });
    await github.push(REPO, { branch: 'forced', commits: [commit('replaced')] });
    await github.push(REPO, { branch: 'forced', base: base.after, force: true, commits: [commit('instead')] });
    await github.push(REPO, { branch: 'gone', commits: [commit('deleted')] });
    await github.deleteBranch(REPO, 'gone');
    await github.push(REPO, { commits: [commit('main')] });
    const tags = [1, 2, 3, 4].map((n) => ({ name: `v${n}`, message: `tag ${leak(`tag ${n}`)}` }));
    await github.pushTags(REPO, tags);
    await github.raiseAlert(REPO, { secret: leak('alert'), secretType: 'workos_production_api_key' });
    await github.raiseAlert(REPO, { secret: leak('generic'), secretType: 'http_bearer_authentication_header' });
    github.setHookUrl(bench.url);
    now = open();
    for (const seed of ['before', 'replaced', 'instead', 'deleted', 'main', 'tag 1', 'tag 4', 'alert', 'generic'])
      await has(leak(seed));
    await eventually('all is read', () => now.room.waiting() === 0);
    expect(now.room.unscanned()).toBe(0);
  });

  test('what happened before a repository got another name is found under the new one', async () => {
    const { github, has } = bench;
    await github.comment(REPO, { issue: 1, body: 'so that the repository is known' });
    await swept();
    await now.away();
    github.setHookUrl(undefined);
    await github.pushTags(
      REPO,
      [1, 2, 3, 4].map((n) => ({ name: `v${n}`, message: leak(`renamed ${n}`) })),
    );
    const told = bench.open();
    github.setHookUrl(bench.url);
    await github.renameRepository(REPO, 'new');
    await told.shut();
    now = open();
    for (const n of [1, 4]) await has(leak(`renamed ${n}`));
    // Whatever cursor has the old name in it.
    const left = 'select name from github_cursors where name like ?';
    expect(now.store.read((sql) => sql.all(left, `% ${REPO}`))).toEqual([]);
  });

  test('what came by webhook is not fetched again', async () => {
    const { github, has } = bench;
    await github.push(REPO, { commits: [commit('one'), commit('two')] });
    for (const seed of ['one', 'two']) await has(leak(seed));
    await swept();
    await eventually('the push is compared', () => now.room.waiting() === 0);
    const before = github.calls();
    await pause(400);
    expect(github.calls()).toMatchObject({ commit: 2, compare: before.compare });
  });

  test('a push that nobody told of is read, although a branch at its head was told of', async () => {
    const { github, has } = bench;
    await github.comment(REPO, { issue: 1, body: 'so that the repository is known' });
    await swept();
    await now.away();
    github.setHookUrl(undefined);
    const { after } = await github.push(REPO, { commits: [commit('first'), commit('second'), commit('third')] });
    const told = bench.open();
    github.setHookUrl(bench.url);
    await github.push(REPO, { branch: 'release', base: after, commits: [] });
    await has(leak('third'));
    await told.shut();
    now = open();
    for (const seed of ['first', 'second', 'third']) await has(leak(seed));
  });
});

describe('an App', () => {
  test('its deliveries are asked for as itself, its repositories are known, its tokens are made once', async () => {
    await now.away();
    await bench.close();
    const { app, privateKey } = createApp();
    bench = await startGithubBench({ app, hookKind: 'app' });
    const base64 = new Secret(Buffer.from(privateKey.expose()).toString('base64'));
    const client = createGithub({
      baseUrl: bench.github.url,
      app: { id: '4711', privateKey: base64 },
      clock: bench.clock,
    });
    const { github, has } = bench;
    github.setHookUrl(undefined);
    now = open(client);
    await swept();
    await now.away();
    github.setHookUrl(`${bench.ingress.url}/api/github/webhooks`, 'app');
    expect((await github.push(REPO, { commits: [commit('lost')] })).delivery?.status).toBe(503);
    now = open(client);
    await has(leak('lost'));
    expect(bench.facts.of('delivery.recovered').length).toBe(1);
    expect(github.calls().app_token).toBeLessThanOrEqual(2);
  });
});
