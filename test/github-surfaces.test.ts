import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { sample } from '../src/core/sample.ts';
import { eventually } from './support/eventually.ts';
import { type GithubBench, REPO, startGithubBench } from './support/github-bench.ts';

let bench: GithubBench;
let now: ReturnType<GithubBench['open']>;

beforeAll(async () => {
  bench = await startGithubBench();
  now = bench.open();
});
afterEach(async () => {
  await eventually('all is read', () => now.room.waiting() === 0);
  expect(now.room.unscanned()).toBe(0);
});
afterAll(async () => {
  await now.shut();
  await bench.close();
});

const leak = (seed: string): string => sample(`surface ${seed}`, 40);
const commit = (seed: string) => ({
  message: seed,
  files: { [`${seed.replaceAll(' ', '-')}.env`]: `K=${leak(seed)}\n` },
});
/** Something happens that no webhook tells of. */
const untold = async <T>(work: () => Promise<T>): Promise<T> => {
  bench.github.setHookUrl(undefined);
  const done = await work();
  bench.github.setHookUrl(bench.url);
  return done;
};

describe('pushes', () => {
  test('a new branch brings commits that its push does not list', async () => {
    const { github, has, placeOf } = bench;
    const { made } = await untold(() => github.push(REPO, { branch: 'hidden', commits: [commit('a'), commit('b')] }));
    await github.push(REPO, { branch: 'shown', base: made[1] ?? '', commits: [commit('c')] });
    for (const seed of ['a', 'b', 'c']) await has(leak(seed));
    expect(placeOf(leak('a'))).toMatchObject({
      locator: `${REPO}@${made[0]}:a.env`,
      github: { repo: REPO, commit: made[0] },
    });
  });

  test('a force push: the whole chain that it replaced', async () => {
    const { github, has } = bench;
    const base = await github.push(REPO, {
      branch: 'forced',
      commits: [{ message: 'base', files: { 'base.txt': 'x\n' } }],
    });
    await untold(() => github.push(REPO, { branch: 'forced', commits: [commit('old one'), commit('old two')] }));
    await github.push(REPO, { branch: 'forced', force: true, base: base.after, commits: [commit('new')] });
    for (const seed of ['old one', 'old two', 'new']) await has(leak(seed));
  });

  test('a deleted branch: what it had and the default branch has not', async () => {
    const { github, has } = bench;
    await untold(() => github.push(REPO, { branch: 'gone', commits: [commit('lost one'), commit('lost two')] }));
    await github.deleteBranch(REPO, 'gone');
    for (const seed of ['lost one', 'lost two']) await has(leak(seed));
  });

  test('a merge is told by what it brings to its first parent', async () => {
    const { github, has } = bench;
    const one = await untold(() =>
      github.push(REPO, { branch: 'side', commits: [{ message: 's', files: { 'side.txt': 's\n' } }] }),
    );
    const main = await untold(() => github.push(REPO, { commits: [{ message: 'm', files: { 'main.txt': 'm\n' } }] }));
    const parents = [main.after, one.after];
    const files = { 'only-in-the-merge.env': `${leak('merge')}\n` };
    await github.push(REPO, { commits: [{ message: 'merged', parents, files }] });
    await has(leak('merge'));
  });

  test('the message of an annotated tag', async () => {
    const { github, has, placeOf } = bench;
    await github.pushTags(REPO, [{ name: 'v1', message: `first ${leak('tag')}` }, { name: 'v1-plain' }]);
    await has(leak('tag'));
    expect(placeOf(leak('tag'))?.locator).toBe(`${REPO} (tag v1)`);
  });

  test('a zip in a commit is unpacked', async () => {
    const zip = Buffer.from(zipSync({ 'inner/app.env': Buffer.from(`K=${leak('zip')}\n`.repeat(50)) }));
    await bench.github.push(REPO, { commits: [{ message: 'zip', files: { 'backup.zip': zip } }] });
    await bench.has(leak('zip'));
    expect(bench.placeOf(leak('zip'))?.locator).toMatch(/:backup\.zip!\/inner\/app\.env$/);
  });
});

describe('pull requests', () => {
  test('commits of a fork, which no push tells of, at first and later', async () => {
    const { github, has } = bench;
    const text = { title: 'fix', body: leak('fork body'), login: 'mallory' };
    const { id, made } = await github.openForkPullRequest(REPO, {
      ...text,
      commits: [commit('fork one'), commit('fork two')],
    });
    for (const seed of ['fork one', 'fork two', 'fork body']) await has(leak(seed));
    await github.pushForkPullRequest(REPO, { number: id, commits: [commit('fork three')] });
    await has(leak('fork three'));
    expect(bench.placeOf(leak('fork one'))?.github).toMatchObject({ commit: made[0] });
    expect(bench.placeOf(leak('fork body'))?.github).toEqual({ repo: REPO, thread: id });
  });

  test('a review, its comment, its edit, its thread', async () => {
    const { github, has } = bench;
    await github.push(REPO, { branch: 'topic', commits: [commit('topic')] });
    const { id: number } = await github.openPullRequest(REPO, { title: 't', body: leak('pull body'), head: 'topic' });
    await github.editPullRequest(REPO, { number, title: leak('new title'), body: 'clean' });
    await github.review(REPO, { number, body: leak('review') });
    const { id } = await github.reviewComment(REPO, { number, path: 'topic.env', body: leak('review comment') });
    await github.editComment(REPO, { id, body: leak('edited') });
    await github.resolveThread(REPO, { comment: id });
    for (const seed of ['pull body', 'new title', 'review', 'review comment', 'edited', 'topic']) await has(leak(seed));
  });
});

describe('what people write', () => {
  test('issues, comments, edits, deletions, discussions, commit comments', async () => {
    const { github, has } = bench;
    const { id: number } = await github.openIssue(REPO, { title: leak('title'), body: leak('body') });
    await github.editIssue(REPO, { number, title: 'clean', body: 'clean' });
    const { id } = await github.comment(REPO, { issue: number, body: leak('comment') });
    await github.deleteComment(REPO, { id });
    const talk = await github.startDiscussion(REPO, { title: 'd', body: leak('discussion') });
    await github.commentDiscussion(REPO, { number: talk.id, body: leak('discussion comment') });
    const { after } = await github.push(REPO, { commits: [{ message: 'x', files: { 'x.txt': 'x\n' } }] });
    await github.commitComment(REPO, { sha: after, body: leak('commit comment') });
    for (const seed of ['title', 'body', 'comment', 'discussion', 'discussion comment', 'commit comment'])
      await has(leak(seed));
    expect(bench.placeOf(leak('discussion comment'))?.link).toMatch(/\/discussions\/\d+#/);
    expect(bench.placeOf(leak('commit comment'))?.github).toEqual({ repo: REPO, commit: after });
  });

  test('release notes and files, unpacked', async () => {
    const zip = Buffer.from(zipSync({ 'app/config.env': Buffer.from(`K=${leak('asset')}\n`) }));
    const assets = { 'app.zip': zip, 'plain.txt': Buffer.from(leak('plain asset')) };
    await bench.github.publishRelease(REPO, { tag: 'v2', body: leak('notes'), assets });
    for (const seed of ['notes', 'asset', 'plain asset']) await bench.has(leak(seed));
    expect(bench.placeOf(leak('asset'))?.locator).toMatch(/^acme\/app \(release asset \d+\)!\/app\/config\.env$/);
  });
});

describe('what machines write', () => {
  test('the log of a job, from another host that must not see our token', async () => {
    const lines = Array.from({ length: 2_000 }, (_, i) => `2026-11-28T10:00:00.0000000Z line ${i}`);
    lines[1_500] += ` \u001b[36;1mexport K=${leak('log')}\u001b[0m`;
    await bench.github.finishJob(REPO, { log: lines.join('\n') });
    await bench.has(leak('log'));
    expect(bench.placeOf(leak('log'))?.locator).toMatch(/^acme\/app \(log of job \d+\)$/);
  });

  test('the files that a run of Actions left', async () => {
    const zip = Buffer.from(zipSync({ 'out/.git/config': Buffer.from(`token = ${leak('artifact')}\n`) }));
    await bench.github.finishRun(REPO, { artifacts: { build: zip, empty: Buffer.from(zipSync({})) } });
    await bench.has(leak('artifact'));
    expect(bench.placeOf(leak('artifact'))?.locator).toMatch(
      /^acme\/app \(Actions artifact \d+\)!\/out\/\.git\/config$/,
    );
  });

  test('check runs and their annotations, statuses, deployments', async () => {
    const { github, has } = bench;
    const annotations = Array.from({ length: 120 }, (_, i) => ({
      path: 'a.ts',
      line: 1,
      message: i === 110 ? leak('annotation') : `note ${i}`,
    }));
    await github.completeCheckRun(REPO, { summary: leak('summary'), annotations });
    await github.status(REPO, { description: leak('status'), targetUrl: `https://ci.example/?k=${leak('target')}` });
    await github.deployStatus(REPO, { description: leak('deploy'), payload: { env: { K: leak('payload') } } });
    for (const seed of ['summary', 'annotation', 'status', 'target', 'deploy', 'payload']) await has(leak(seed));
  });
});

describe('alerts', () => {
  test('the secret is fetched, for it is in no webhook; one that is closed is left alone', async () => {
    const { github, has, placeOf, facts } = bench;
    const { id } = await github.raiseAlert(REPO, { secret: leak('alert'), secretType: 'workos_production_api_key' });
    await has(leak('alert'));
    expect(placeOf(leak('alert'))).toMatchObject({ source: 'github-alert', github: { repo: REPO, alert: id } });
    const before = github.calls();
    await github.changeAlert(REPO, id, { resolution: 'revoked' });
    await eventually('it is told', () => facts.of('source.accepted').length > 0);
    await eventually('all is read', () => now.room.waiting() === 0);
    expect(github.calls()).toEqual(before);
  });

  test('one of two keys, one below the other in base64, is not the alert of either', async () => {
    const { github, has, placeOf } = bench;
    const secret = Buffer.from(`${leak('upper')}\n${leak('lower')}`).toString('base64');
    await github.raiseAlert(REPO, { secret, secretType: 'workos_production_api_key' });
    await has(secret);
    expect(placeOf(secret)?.github).toEqual({ repo: REPO });
    const single = Buffer.from(leak('single')).toString('base64');
    const { id } = await github.raiseAlert(REPO, { secret: single, secretType: 'workos_production_api_key' });
    await has(single);
    expect(placeOf(single)?.github).toEqual({ repo: REPO, alert: id });
  });
});

describe('the work list', () => {
  test('what was renamed is fetched under its new name', async () => {
    const { github, has } = bench;
    await github.createRepository('acme/old');
    await github.push('acme/old', { commits: [{ message: 'b', files: { 'b.txt': 'b\n' } }] });
    github.race(1);
    await github.push('acme/old', { commits: [commit('renamed')] });
    await github.renameRepository('acme/old', 'new');
    await has(leak('renamed'));
    const names = () => now.store.read((sql) => sql.all('select repo, former from github_former_names'));
    await eventually('its comments go along', () => names().length > 0);
    expect(names()).toEqual([{ repo: 'acme/new', former: 'acme/old' }]);
  });
});

describe('what is odd', () => {
  test('many files without a patch in one commit are read by git, not by a call each', async () => {
    const { github, has, placeOf } = bench;
    const binary = (n: number) => Buffer.from(`\0\xff ${n} ${n === 50 ? leak('binary') : ''}\0`, 'latin1');
    const files = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`${n}.bin`, binary(n)]));
    const before = github.calls().blob;
    const { after } = await github.push(REPO, { commits: [{ message: 'images', files }] });
    await has(leak('binary'));
    expect(placeOf(leak('binary'))).toMatchObject({ locator: `${REPO}@${after}:50.bin`, mode: 'live' });
    expect(now.room.list.find('history', REPO, `only ${after}`)?.state).toBeDefined();
    expect(github.calls().blob).toBe(before);
  });

  test('an annotated tag that GitHub has late is waited for', async () => {
    const { github, has } = bench;
    const late = github.inject({ kind: 'status', status: 404, body: {} }, { route: 'tag', times: 3 });
    await github.pushTags(REPO, [{ name: 'late', message: `first ${leak('late tag')}` }]);
    await has(leak('late tag'));
    expect(late.struck).toBe(3);
  });

  test('an alert that may hold more than one key is scanned, but not closed with the first that dies', async () => {
    const { github, has, placeOf } = bench;
    for (const between of ['\nB=', ',', ' ', '","b":"', '&b=', ';', '|']) {
      const [one, other] = [leak(`one ${between}`), leak(`other ${between}`)];
      await github.raiseAlert(REPO, { secret: `${one}${between}${other}`, secretType: 'a_custom_pattern' });
      for (const key of [one, other]) {
        await has(key);
        expect([between, placeOf(key)]).toMatchObject([between, { source: 'github-alert' }]);
        expect([between, placeOf(key)?.github]).toEqual([between, { repo: REPO }]);
      }
    }
  });
});
