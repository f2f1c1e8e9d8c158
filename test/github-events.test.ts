import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Fact } from '../src/core/facts.ts';
import { sample } from '../src/core/sample.ts';
import { githubEvents } from '../src/sources/index.ts';
import { eventually } from './support/eventually.ts';
import { type GithubBench, openBeside, REPO, startGithubBench } from './support/github-bench.ts';

/** A minute takes 60 ms. */
const clock = { ...systemClock, sleep: (ms: number, stop?: AbortSignal) => systemClock.sleep(ms / 1_000, stop) };
const leak = (seed: string): string => sample(`event ${seed}`, 40);
const commit = (seed: string) => ({ message: seed, files: { [`${seed}.env`]: `K=${leak(seed)}\n` } });

let bench: GithubBench;
let now: ReturnType<typeof open>;

const open = (repositories = [REPO]) =>
  openBeside(bench.open(), ({ room, stop }) => {
    const note = (fact: Fact): void => void bench.facts.record(fact);
    const needs = { ...room, github: bench.client, repositories, clock, note };
    return githubEvents(needs).run(bench.sink.emit, stop.signal);
  });

beforeEach(async () => {
  bench = await startGithubBench();
  bench.github.setHookUrl(undefined);
  now = open();
});
afterEach(async () => {
  await now.away();
  await bench.close();
});

test('pushes list no commits: they are compared; a forced one brings what it replaced', async () => {
  const { github, has } = bench;
  await github.push(REPO, { commits: [commit('one'), commit('two')] });
  for (const seed of ['one', 'two']) await has(leak(seed));
  expect(bench.placeOf(leak('one'))).toMatchObject({ source: 'github-events' });
  await now.away();
  const base = await github.push(REPO, { branch: 'topic', commits: [commit('base')] });
  await github.push(REPO, { branch: 'topic', commits: [commit('replaced')] });
  await github.push(REPO, { branch: 'topic', base: base.after, force: true, commits: [commit('instead')] });
  now = open();
  for (const seed of ['base', 'replaced', 'instead']) await has(leak(seed));
  await eventually('all is read', () => now.room.waiting() === 0);
  expect(now.room.unscanned()).toBe(0);
});

test('what people write, releases, wikis, and pull requests, whose texts the list leaves out', async () => {
  const { github, has } = bench;
  await github.openIssue(REPO, { title: 'i', body: leak('issue') });
  await github.comment(REPO, { issue: 1, body: leak('comment') });
  await github.publishRelease(REPO, {
    tag: 'v1',
    body: leak('notes'),
    assets: { 'a.txt': Buffer.from(leak('asset')) },
  });
  await github.editWiki(REPO, { page: 'Home', text: leak('wiki') });
  const pull = { title: 't', body: leak('pull'), login: 'mallory', commits: [commit('fork')] };
  await github.openForkPullRequest(REPO, pull);
  for (const seed of ['issue', 'comment', 'notes', 'asset', 'wiki', 'pull', 'fork']) await has(leak(seed));
  await eventually('all is read', () => now.room.waiting() === 0);
  expect(now.room.unscanned()).toBe(0);
  expect(bench.facts.rejected('malformed')).toBe(0);
});

test('each event is read once, whatever happens in between, and nothing new costs nothing', async () => {
  const { github, has, sink, facts } = bench;
  await github.comment(REPO, { issue: 1, body: leak('once') });
  await has(leak('once'));
  await eventually('the cursor stands', () => now.room.cursors.get(`events ${REPO}`) !== undefined);
  await now.away();
  now = open();
  const asked = github.calls().repository_events;
  await eventually('it looked again and again', () => github.calls().repository_events > asked + 4);
  expect(sink.texts().filter((text) => text.includes(leak('once'))).length).toBe(1);
  const classes = facts.of('github.answered').map((fact) => fact.class);
  expect(classes.filter((one) => one === '3xx').length).toBeGreaterThan(2);
  expect(facts.of('fault.raised')).toEqual([]);
});

test('an event that is listed late, behind newer ones, is read too', async () => {
  const { github, has, sink } = bench;
  const list = github.holdEvents(1);
  await github.comment(REPO, { issue: 1, body: leak('late') });
  await github.comment(REPO, { issue: 1, body: leak('soon') });
  await has(leak('soon'));
  expect(sink.has(leak('late'))).toBe(false);
  list();
  await github.comment(REPO, { issue: 1, body: leak('after') });
  for (const seed of ['late', 'after']) await has(leak(seed));
  expect(sink.texts().filter((text) => text.includes(leak('soon'))).length).toBe(1);
});

test('the first look reads the past, also where nothing happened yet: what comes then is live', async () => {
  const { github, has, placeOf } = bench;
  await github.comment(REPO, { issue: 1, body: leak('past') });
  await github.createRepository('acme/quiet');
  await now.away();
  const asked = github.calls().repository_events;
  now = open(['acme/quiet', REPO]);
  await eventually('both were looked at', () => github.calls().repository_events > asked + 3);
  await github.comment('acme/quiet', { issue: 1, body: leak('first') });
  await has(leak('first'));
  expect(placeOf(leak('first'))).toMatchObject({ mode: 'live' });
});
