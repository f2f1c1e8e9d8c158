import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Octokit } from '@octokit/rest';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import { eventually } from './support/eventually.ts';
import { GITHUB_SECRET, GITHUB_TOKEN, quietOctokit, type Receiver, startReceiver } from './support/github.ts';
import { openGithubOpenapi } from './support/github-openapi.ts';

const openapi = openGithubOpenapi();
let github: EmulatedGithub;
let receiver: Receiver;
let octokit: Octokit;
let count = 0;
let repo: string;
let at: { owner: string; repo: string };
let directory: string;
let first: string;
let now = Date.UTC(2026, 6, 1);

beforeAll(async () => {
  receiver = await startReceiver();
  github = await startEmulatedGithub({
    token: GITHUB_TOKEN,
    webhookSecret: GITHUB_SECRET,
    hookUrl: receiver.url,
    hookTimeoutMs: 300,
    organizations: ['acme'],
    now: () => now,
    check: openapi.requestFaults,
  });
  octokit = quietOctokit(github.url, GITHUB_TOKEN);
});
afterAll(async () => {
  receiver.close();
  await github.close();
});
beforeEach(async () => {
  count += 1;
  repo = `acme/told${count}`;
  at = { owner: 'acme', repo: `told${count}` };
  receiver.reply = 204;
  directory = await github.createRepository(repo);
  first = (await github.push(repo, { commits: [{ message: 'first', files: { a: '1\n' } }] })).after;
  receiver.received.length = 0;
});

/** The webhooks since the test began: their kind, and what GitHub's description has against them. */
const told = () =>
  receiver.received.map(({ headers, body }) => {
    const payload = JSON.parse(body.toString()) as Record<string, unknown>;
    const event = String(headers['x-github-event']);
    const action = payload['action'] === undefined ? '' : `-${String(payload['action'])}`;
    const name = `${event}${action}`.replaceAll('_', '-');
    return { event, name, payload, faults: openapi.webhookFaults(name, payload) };
  });
const fits = (...names: readonly string[]) => {
  const all = told();
  expect(all.flatMap(({ name, faults }) => faults.map((fault) => `${name} ${fault}`))).toEqual([]);
  expect(all.map(({ name }) => name).sort()).toEqual([...names].sort());
  return all.map(({ payload }) => payload);
};
const git = (...args: string[]): string =>
  execFileSync('git', ['--git-dir', directory, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  }).trim();

describe('what happens in a repository is told as GitHub tells it', () => {
  test('tags: each by create and push, and none at all when they are more than three', async () => {
    const { tags, said } = await github.pushTags(repo, [{ name: 'light' }, { name: 'noted', message: 'says so' }]);
    expect(said.map(({ delivery }) => delivery?.status)).toEqual([204, 204, 204, 204]);
    const payloads = fits('create', 'create', 'push', 'push');
    expect(payloads.map(({ ref }) => ref)).toEqual(
      expect.arrayContaining(['light', 'noted', 'refs/tags/light', 'refs/tags/noted']),
    );
    expect(git('cat-file', '-t', tags[1]?.sha ?? '')).toBe('tag');
    expect(git('for-each-ref', '--format=%(contents)', 'refs/tags/noted')).toBe('says so');
    expect(git('rev-parse', 'light', 'noted^{commit}')).toBe(`${first}\n${first}`);
    receiver.received.length = 0;
    await github.pushTags(
      repo,
      [1, 2, 3, 4].map((n) => ({ name: `v${n}` })),
    );
    fits();
    expect(git('tag').split('\n')).toHaveLength(6);
  });

  test('releases, jobs, checks, statuses and deployments', async () => {
    const { id } = await github.publishRelease(repo, {
      tag: 'v1',
      body: 'notes',
      assets: { 'a.zip': Buffer.from('zip') },
    });
    await github.finishJob(repo, { log: 'the log' });
    await github.finishRun(repo, { logs: Buffer.from('zip'), artifacts: { build: Buffer.from('zip') } });
    await github.completeCheckRun(repo, { summary: 'fine', annotations: [{ path: 'a', line: 1, message: 'look' }] });
    await github.status(repo, { description: 'built', targetUrl: 'https://ci.example' });
    await github.deployStatus(repo, { description: 'deployed', payload: { a: 1 }, logUrl: 'https://log.example' });
    const all = fits(
      'release-published',
      'workflow-job-completed',
      'workflow-run-completed',
      'check-run-completed',
      'status',
      'deployment-status-created',
    );
    expect(all[0]).toMatchObject({ release: { id, body: 'notes', assets: [{ name: 'a.zip', size: 3 }] } });
    expect(JSON.stringify(all[1])).not.toContain('the log');
    expect(all[3]).toMatchObject({ check_run: { output: { summary: 'fine', annotations_count: 1 }, head_sha: first } });
    expect(all[4]).toMatchObject({ sha: first, description: 'built' });
    expect(all[5]).toMatchObject({
      deployment: { payload: { a: 1 } },
      deployment_status: { log_url: 'https://log.example' },
    });
  });

  test('discussions, threads and pull requests from forks', async () => {
    const { id: number } = await github.startDiscussion(repo, { title: 't', body: 'b' });
    await github.commentDiscussion(repo, { number, body: 'said' });
    const fork = await github.openForkPullRequest(repo, {
      ...{ title: 'p', body: 'q', login: 'mallory' },
      commits: [{ message: 'from afar', files: { b: '2\n' } }],
    });
    const comment = await github.reviewComment(repo, { number: fork.id, path: 'b', body: 'why' });
    await github.resolveThread(repo, { comment: comment.id });
    const more = await github.pushForkPullRequest(repo, {
      number: fork.id,
      commits: [{ message: 'more', files: { b: '3' } }],
    });
    const all = fits(
      ...['discussion-created', 'discussion-comment-created', 'pull-request-opened', 'pull-request-synchronize'],
      ...['pull-request-review-comment-created', 'pull-request-review-thread-resolved'],
    );
    expect(fork.id).toBe(number + 1);
    expect(all[2]).toMatchObject({
      pull_request: {
        head: { sha: fork.made[0], repo: { full_name: `mallory/${at.repo}`, fork: true } },
        base: { sha: first },
      },
    });
    expect(all[4]).toMatchObject({ thread: { comments: [{ body: 'why' }] } });
    expect(git('rev-parse', `refs/pull/${fork.id}/head`)).toBe(more.made[0]);
    expect(git('branch', '--contains', fork.made[0] ?? '')).toBe('');
  });

  test('a push to the branch of a pull request is told by both', async () => {
    await github.push(repo, { branch: 'topic', commits: [{ message: 't', files: { t: '1' } }] });
    const { id } = await github.openPullRequest(repo, { title: 't', body: 'b', head: 'topic' });
    receiver.received.length = 0;
    const { after } = await github.push(repo, { branch: 'topic', commits: [{ message: 't', files: { t: '2' } }] });
    fits('push', 'pull-request-synchronize');
    expect(git('rev-parse', `refs/pull/${id}/head`)).toBe(after);
  });

  test('going public, renaming, installing and the wiki', async () => {
    await github.createRepository('acme/hidden', { private: true, installed: false });
    await github.installRepositories(['acme/hidden']);
    await github.setPublic('acme/hidden');
    await github.renameRepository('acme/hidden', 'shown');
    const { sha } = await github.editWiki('acme/shown', { page: 'How to', text: 'first\n' });
    const again = await github.editWiki('acme/shown', { page: 'How to', text: 'second\n' });
    const [installed, , publicized, renamed, page, edited] = fits(
      ...[
        'installation-repositories-added',
        'public',
        'repository-publicized',
        'repository-renamed',
        'gollum',
        'gollum',
      ],
    );
    const { id: repositoryId } = (publicized?.['repository'] ?? {}) as { id?: number };
    expect(installed).toMatchObject({ repositories_added: [{ full_name: 'acme/hidden', private: true }] });
    expect(publicized).toMatchObject({ repository: { private: false } });
    expect(renamed).toMatchObject({
      changes: { repository: { name: { from: 'hidden' } } },
      repository: { full_name: 'acme/shown', id: repositoryId },
    });
    expect(page).toMatchObject({ pages: [{ action: 'created', page_name: 'How-to', title: 'How to', sha }] });
    expect(edited).toMatchObject({ pages: [{ action: 'edited', sha: again.sha }] });
    const { data } = await octokit.rest.repos.get({ owner: 'acme', repo: 'hidden' });
    expect(data.full_name).toBe('acme/shown');
  });
});

describe('deliveries', () => {
  const list = async (path: string) => {
    const response = await fetch(github.url + path, { headers: { authorization: `Bearer ${GITHUB_TOKEN}` } });
    const text = await response.text();
    return { status: response.status, link: response.headers.get('link') ?? '', text, all: JSON.parse(text) };
  };

  test('are listed newest first with ids beyond 2^53, in pages, and told whole', async () => {
    const { data: hooks } = await octokit.rest.repos.listWebhooks(at);
    expect(openapi.answerFaults('GET /repos/{owner}/{repo}/hooks', 200, hooks)).toEqual([]);
    const base = `/repos/${repo}/hooks/${hooks[0]?.id}/deliveries`;
    for (let n = 0; n < 3; n += 1) await github.openIssue(repo, { title: `${n}`, body: 'b' });
    const page = await list(`${base}?per_page=3`);
    expect(openapi.answerFaults('GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries', 200, page.all)).toEqual([]);
    const ids = [...page.text.matchAll(/"id":(\d+),"guid"/g)].map(([, id]) => BigInt(id ?? 0));
    expect(ids.every((id, n) => id > 2n ** 53n && (n === 0 || id < (ids[n - 1] ?? 0n)))).toBe(true);
    expect(page.all[0]).toMatchObject({
      event: 'issues',
      action: 'opened',
      status: 'OK',
      status_code: 204,
      redelivery: false,
    });
    const next = await list(new URL(/<([^>]+)>; rel="next"/.exec(page.link)?.[1] ?? '').href.slice(github.url.length));
    expect([next.all.map(({ event }: { event: string }) => event), next.link]).toEqual([['push'], '']);
    const whole = await list(`${base}/${ids[0]}`);
    expect(whole.all).toMatchObject({
      request: { payload: { issue: { title: '2' } }, headers: { 'X-Github-Event': 'issues' } },
    });
    expect((await list(`${base}?status=bogus`)).status).toBe(422);
    expect((await list(`${base}/1`)).status).toBe(404);
  });

  test('that failed are seen, and made again with the same guid', async () => {
    receiver.reply = 503;
    await github.openIssue(repo, { title: 'refused', body: 'b' });
    receiver.reply = 'never';
    await github.openIssue(repo, { title: 'unanswered', body: 'b' });
    github.setHookUrl('http://127.0.0.1:1/');
    await github.openIssue(repo, { title: 'nobody there', body: 'b' });
    github.setHookUrl(receiver.url);
    receiver.reply = 200;
    const [hook] = (await octokit.rest.repos.listWebhooks(at)).data;
    const base = `/repos/${repo}/hooks/${hook?.id}/deliveries`;
    const { all, text } = await list(base);
    const said = all.map(({ status, status_code: code }: { status: string; status_code: number }) => [status, code]);
    expect(said).toEqual([
      ['failed to connect to host', 0],
      ['timed out', 0],
      ['Invalid HTTP Response: 503', 503],
      ['OK', 204],
    ]);
    expect((await list(`${base}?status=failure`)).all).toHaveLength(1);
    const id = [...text.matchAll(/"id":(\d+),"guid"/g)][1]?.[1];
    receiver.received.length = 0;
    const again = await fetch(`${github.url}${base}/${id}/attempts`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${GITHUB_TOKEN}` } },
    });
    expect(again.status).toBe(202);
    await eventually('the redelivery is listed', async () => (await list(base)).all.length === 5);
    expect((await list(base)).all[0]).toMatchObject({ redelivery: true, guid: all[1].guid, status: 'OK' });
    expect(receiver.received[0]?.headers['x-github-delivery']).toBe(all[1].guid);
    now += 3 * 24 * 3_600_000 + 1;
    expect((await list(base)).all).toEqual([]);
  });

  test('of hooks of organizations and of further hooks', async () => {
    const other = await startReceiver();
    const id = github.addHook({
      kind: 'organization',
      target: 'acme',
      url: other.url,
      secret: 'another',
      events: ['issues'],
    });
    await github.openIssue(repo, { title: 't', body: 'b' });
    expect([receiver.received.length, other.received.length]).toEqual([1, 1]);
    expect(other.received[0]?.headers['x-github-hook-installation-target-type']).toBe('organization');
    const { data } = await octokit.rest.orgs.listWebhooks({ org: 'acme' });
    expect(openapi.answerFaults('GET /orgs/{org}/hooks', 200, data)).toEqual([]);
    expect(data.map((hook) => hook.id)).toEqual([id]);
    expect((await list(`/orgs/acme/hooks/${id}/deliveries`)).all).toHaveLength(1);
    expect((await list('/orgs/octocat/hooks')).status).toBe(404);
    expect((await list('/app/hook/deliveries')).status).toBe(401);
    other.close();
  });
});
