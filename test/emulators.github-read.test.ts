import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { sample } from '../src/core/sample.ts';
import { signatureOf } from '../src/demo/github/parcel.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import { eventually } from './support/eventually.ts';
import { GITHUB_SECRET, GITHUB_TOKEN, quietOctokit, startReceiver, watchAnswers } from './support/github.ts';
import { openGithubOpenapi } from './support/github-openapi.ts';

const openapi = openGithubOpenapi();
const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const APP = { id: 4711, slug: 'fuse', publicKey: keys.publicKey, webhookSecret: 'of the App' };

let github: EmulatedGithub;
let octokit: Octokit;
let faults: string[];
let count = 0;
let repo: string;
let at: { owner: string; repo: string };
let first: string;
const folder = mkdtempSync(join(tmpdir(), 'keyfuse-read-'));
let now: number | undefined;

beforeAll(async () => {
  github = await startEmulatedGithub({
    ...{ token: GITHUB_TOKEN, webhookSecret: GITHUB_SECRET, app: APP, organizations: ['acme'] },
    now: () => now ?? Date.now(),
    check: openapi.requestFaults,
  });
  octokit = quietOctokit(github.url, GITHUB_TOKEN);
  faults = watchAnswers(octokit, openapi);
});
afterAll(async () => {
  await github.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  count += 1;
  now = undefined;
  faults.length = 0;
  repo = `acme/read${count}`;
  at = { owner: 'acme', repo: `read${count}` };
  await github.createRepository(repo);
  first = (await github.push(repo, { commits: [{ message: 'first', files: { a: '1\n' } }] })).after;
});
afterEach(() => {
  expect(faults).toEqual([]);
});

const refusal = (ask: Promise<unknown>): Promise<number> =>
  ask.then(
    () => 0,
    (error: unknown) => (error as { status: number }).status,
  );
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(github.url + path, { headers: { authorization: `Bearer ${GITHUB_TOKEN}`, ...headers }, redirect: 'manual' });

describe('git over http', () => {
  const env = { PATH: process.env['PATH'], GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null', HOME: folder };
  // The server is in this process: git must not be waited for with the loop stopped.
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: folder, env })).stdout.trim();
  const basic = (password: string, user = 'x-access-token') =>
    `http.extraHeader=Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  test('a public repository is cloned by anybody, dangling commits and pull requests are fetched by name', async () => {
    const lost = await github.push(repo, { commits: [{ message: 'lost', files: { lost: 'x\n' } }] });
    await github.push(repo, { force: true, commits: [{ message: 'kept', files: { kept: 'y\n' } }] });
    const fork = await github.openForkPullRequest(repo, {
      ...{ title: 't', body: 'b', login: 'mallory' },
      commits: [{ message: 'from afar', files: { fork: 'z\n' } }],
    });
    await git('clone', '-q', `${github.url}/${repo}.git`, 'public');
    expect(existsSync(join(folder, 'public/kept'))).toBe(true);
    const inside = (...args: string[]) => git('-C', 'public', ...args);
    await inside('fetch', '-q', 'origin', lost.after);
    expect(await inside('log', '-1', '--format=%s', 'FETCH_HEAD')).toBe('lost');
    await inside('fetch', '-q', 'origin', `refs/pull/${fork.id}/head`);
    expect(await inside('rev-parse', 'FETCH_HEAD')).toBe(fork.made[0]);
    await git('clone', '-q', '--bare', '--filter=blob:none', `${github.url}/${repo}.git`, 'partial');
    expect(await git('-C', 'partial', 'rev-list', '--objects', '--missing=print', 'HEAD')).toContain('?');
    await expect(inside('push', '-q', 'origin', 'HEAD:refs/heads/x')).rejects.toThrow(/403/);
    expect(github.calls().git).toBeGreaterThan(5);
  });

  test('a private one needs a token, and its wiki is a repository of its own', async () => {
    const hidden = `acme/hidden${count}`;
    await github.createRepository(hidden, { private: true });
    await github.push(hidden, { commits: [{ message: 'a', files: { a: 'secret\n' } }] });
    const url = `${github.url}/${hidden}.git`;
    await expect(git('ls-remote', url)).rejects.toThrow(/could not read Username|Authentication failed/);
    await expect(git('-c', basic(sample('wrong', 40)), 'ls-remote', url)).rejects.toThrow(
      /Authentication failed|could not read/,
    );
    expect(await git('-c', basic(GITHUB_TOKEN), 'ls-remote', url, 'HEAD')).toContain('HEAD');
    const wiki = url.replace('.git', '.wiki.git');
    await expect(git('-c', basic(GITHUB_TOKEN), 'ls-remote', wiki)).rejects.toThrow(/not found/);
    const { sha } = await github.editWiki(hidden, { page: 'Home', text: 'in the wiki\n' });
    await git('-c', basic(GITHUB_TOKEN), 'clone', '-q', wiki, 'wiki');
    expect(readFileSync(join(folder, 'wiki/Home.md'), 'utf8')).toBe('in the wiki\n');
    expect(await git('-C', 'wiki', 'rev-parse', 'HEAD')).toBe(sha);
    await github.renameRepository(hidden, `renamed${count}`);
    expect(await git('-c', basic(GITHUB_TOKEN), 'ls-remote', url, 'HEAD')).toContain('HEAD');
  });
});

describe('reads', () => {
  test('pull requests with the commits and files of a fork', async () => {
    const commits = Array.from({ length: 251 }, (_, n) => ({ message: `c${n}`, files: { [`f${n % 120}`]: `${n}\n` } }));
    const { id: pull_number } = await github.openForkPullRequest(repo, {
      title: 't',
      body: 'b',
      login: 'mallory',
      commits,
    });
    const { data } = await octokit.rest.pulls.get({ ...at, pull_number });
    expect(data).toMatchObject({
      commits: 251,
      changed_files: 120,
      head: { repo: { full_name: `mallory/${at.repo}` } },
    });
    const told = await octokit.paginate(octokit.rest.pulls.listCommits, { ...at, pull_number, per_page: 100 });
    expect([told.length, told[0]?.commit.message]).toEqual([250, 'c0']);
    const files = await octokit.rest.pulls.listFiles({ ...at, pull_number });
    expect([files.data.length, files.headers.link?.includes('rel="next"')]).toEqual([30, true]);
    await github.review(repo, { number: pull_number, body: 'hm' });
    await github.reviewComment(repo, { number: pull_number, path: 'f1', body: 'why' });
    expect((await octokit.rest.pulls.listReviews({ ...at, pull_number })).data.map(({ body }) => body)).toEqual(['hm']);
    const { data: lines } = await octokit.rest.pulls.listReviewComments({ ...at, pull_number });
    expect((await octokit.rest.pulls.listReviewCommentsForRepo(at)).data).toEqual(lines);
    expect(lines.map(({ body }) => body)).toEqual(['why']);
    await github.openIssue(repo, { title: 'i', body: 'b' });
    expect((await octokit.rest.issues.listForRepo(at)).data.map(({ number }) => number)).toEqual([2, 1]);
    expect((await octokit.rest.pulls.list(at)).data.map(({ number }) => number)).toEqual([1]);
    expect(await refusal(octokit.rest.pulls.get({ ...at, pull_number: 2 }))).toBe(404);
  });

  test('refs, tags, contents and activity', async () => {
    const { tags } = await github.pushTags(repo, [{ name: 'light' }, { name: 'noted', message: 'says so' }]);
    const { data: ref } = await octokit.rest.git.getRef({ ...at, ref: 'tags/noted' });
    expect(ref.object).toMatchObject({ type: 'tag', sha: tags[1]?.sha });
    const { data: tag } = await octokit.rest.git.getTag({ ...at, tag_sha: ref.object.sha });
    expect(tag).toMatchObject({ tag: 'noted', message: 'says so', object: { sha: first, type: 'commit' } });
    const heads = await octokit.rest.git.listMatchingRefs({ ...at, ref: 'tags/' });
    expect(heads.data.map(({ ref: name }) => name)).toEqual(['refs/tags/light', 'refs/tags/noted']);
    expect(await refusal(octokit.rest.git.getRef({ ...at, ref: 'heads/no' }))).toBe(404);
    const owners = '* @acme/security\n';
    await github.push(repo, { branch: 'side', commits: [{ message: 'o', files: { '.github/CODEOWNERS': owners } }] });
    const { data: file } = await octokit.rest.repos.getContent({ ...at, path: '.github/CODEOWNERS', ref: 'side' });
    expect(Buffer.from((file as { content: string }).content, 'base64').toString()).toBe(owners);
    const raw = await get(`/repos/${repo}/contents/.github/CODEOWNERS?ref=side`, {
      accept: 'application/vnd.github.raw+json',
    });
    expect(await raw.text()).toBe(owners);
    const { data: listing } = await octokit.rest.repos.getContent({ ...at, path: '.github', ref: 'side' });
    expect(listing).toMatchObject([{ name: 'CODEOWNERS', type: 'file' }]);
    expect(await refusal(octokit.rest.repos.getContent({ ...at, path: 'CODEOWNERS' }))).toBe(404);
    expect((await octokit.rest.repos.listBranches(at)).data.map(({ name }) => name)).toEqual(['main', 'side']);
    await github.push(repo, { force: true, commits: [{ message: 'other', files: { b: '1' } }] });
    await github.deleteBranch(repo, 'side');
    const kinds: string[] = [];
    let next: string | undefined = `/repos/${repo}/activity?per_page=3`;
    while (next) {
      const page = await get(next);
      kinds.push(...((await page.json()) as { activity_type: string }[]).map(({ activity_type: kind }) => kind));
      next = /<[^>]*?(\/repos[^>]+after=[^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
    }
    expect(kinds).toEqual(['branch_deletion', 'force_push', 'branch_creation', 'branch_creation']);
    const { data: forced } = await octokit.rest.repos.listActivities({ ...at, activity_type: 'force_push' });
    expect(forced).toMatchObject([{ before: first, ref: 'refs/heads/main' }]);
  });

  test('assets and logs are on another host, that refuses credentials, and a log is given once', async () => {
    const assets = { 'a.zip': Buffer.from([80, 75, 3, 4]) };
    const { id: release_id } = await github.publishRelease(repo, { tag: 'v1', body: 'notes', assets });
    const { data: release } = await octokit.rest.repos.getRelease({ ...at, release_id });
    expect((await octokit.rest.repos.listReleases(at)).data).toEqual([release]);
    const { data: listed } = await octokit.rest.repos.listReleaseAssets({ ...at, release_id });
    const asset = `/repos/${repo}/releases/assets/${listed[0]?.id}`;
    expect((await get(asset)).status).toBe(200);
    const led = await get(asset, { accept: 'application/octet-stream' });
    const location = led.headers.get('location') ?? '';
    expect([led.status, new URL(location).host === new URL(github.url).host]).toEqual([302, false]);
    expect((await fetch(location, { headers: { authorization: 'Bearer x' } })).status).toBe(403);
    expect(Buffer.from(await (await fetch(location)).arrayBuffer())).toEqual(assets['a.zip']);
    const { id } = await github.finishJob(repo, { log: 'line one\nline two\n' });
    const log = (await get(`/repos/${repo}/actions/jobs/${id}/logs`)).headers.get('location') ?? '';
    const once = await fetch(log);
    expect([once.headers.get('content-type'), await once.text()]).toEqual([
      'text/plain; charset=utf-8',
      'line one\nline two\n',
    ]);
    expect((await fetch(log)).status).toBe(403);
    const late = (await get(`/repos/${repo}/actions/jobs/${id}/logs`)).headers.get('location') ?? '';
    now = Date.now() + 61_000;
    expect((await fetch(late)).status).toBe(403);
    expect((await get(`/repos/${repo}/actions/jobs/1/logs`)).status).toBe(404);
    const ran = await github.finishRun(repo, { logs: Buffer.from('logs'), artifacts: { build: Buffer.from('built') } });
    const { data: runs } = await octokit.rest.actions.listWorkflowRunsForRepo(at);
    expect(runs).toMatchObject({ total_count: 1, workflow_runs: [{ id: ran.id, status: 'completed' }] });
    const { data: files } = await octokit.rest.actions.listWorkflowRunArtifacts({ ...at, run_id: ran.id });
    expect(files.artifacts).toMatchObject([{ name: 'build', size_in_bytes: 5, expired: false }]);
    for (const [path, content] of [
      [`actions/runs/${ran.id}/logs`, 'logs'],
      [`actions/artifacts/${files.artifacts[0]?.id}/zip`, 'built'],
    ] as const) {
      const link = (await get(`/repos/${repo}/${path}`)).headers.get('location') ?? '';
      expect([path, await (await fetch(link)).text()]).toEqual([path, content]);
    }
    const annotations = [{ path: 'a', line: 3, message: 'look', level: 'failure' as const }];
    const check = await github.completeCheckRun(repo, { summary: 's', annotations });
    const { data } = await octokit.rest.checks.listAnnotations({ ...at, check_run_id: check.id });
    expect(data).toMatchObject([{ path: 'a', start_line: 3, message: 'look', annotation_level: 'failure' }]);
  });

  test('events are trimmed as since October 2025, and answer 304 to who has them', async () => {
    await github.openIssue(repo, { title: 'i', body: 'b' });
    const { after } = await github.push(repo, { commits: [{ message: 'm', files: { b: '1' } }] });
    const fork = await github.openForkPullRequest(repo, { title: 't', body: 'b', login: 'm', commits: [] });
    const { data, headers } = await octokit.rest.activity.listRepoEvents(at);
    expect(data.map(({ type }) => type)).toEqual([
      ...['PullRequestEvent', 'PushEvent', 'IssuesEvent', 'PushEvent', 'CreateEvent'],
    ]);
    expect(Object.keys(data[1]?.payload ?? {}).sort()).toEqual(['before', 'head', 'push_id', 'ref', 'repository_id']);
    expect(data[1]?.payload).toMatchObject({ before: first, head: after });
    expect(data[0]?.payload).toMatchObject({ number: fork.id });
    expect(data[0]?.payload).not.toHaveProperty('pull_request.title');
    expect([typeof data[0]?.id, headers['x-poll-interval']]).toEqual(['string', '60']);
    const used = (await octokit.rest.rateLimit.get()).data.rate.used;
    const known = await get(`/repos/${repo}/events`, { 'if-none-match': headers.etag ?? '' });
    expect([known.status, await known.text()]).toEqual([304, '']);
    expect((await octokit.rest.rateLimit.get()).data.rate.used).toBe(used);
    await github.openIssue(repo, { title: 'j', body: 'b' });
    expect((await get(`/repos/${repo}/events`, { 'if-none-match': headers.etag ?? '' })).status).toBe(200);
    await github.push(repo, { branch: 'gone', commits: [] });
    await github.pushTags(repo, [{ name: 'v1' }]);
    await github.deleteBranch(repo, 'gone');
    const later = (await octokit.rest.activity.listRepoEvents({ ...at, per_page: 4 })).data;
    expect(later.map(({ type, payload }) => `${type} ${(payload as { ref: string }).ref}`)).toEqual([
      ...['DeleteEvent gone', 'CreateEvent v1', 'PushEvent refs/heads/gone', 'CreateEvent gone'],
    ]);
    now = Date.now() + 31 * 24 * 3_600_000;
    expect((await octokit.rest.activity.listRepoEvents(at)).data).toEqual([]);
  });
});

describe('a GitHub App', () => {
  const signIn = (more: object = {}): Octokit => {
    const octo = new Octokit({
      ...{ authStrategy: createAppAuth, auth: { appId: APP.id, privateKey: keys.privateKey, ...more } },
      ...{ baseUrl: github.url, log: { debug() {}, info() {}, warn() {}, error() {} } },
    });
    return octo;
  };

  test('signs in by JWT, takes a token for an installation and sees what it covers', async () => {
    const hidden = `acme/covered${count}`;
    await github.createRepository(hidden, { private: true });
    await github.createRepository(`acme/outside${count}`, { private: true, installed: false });
    await github.createRepository(`octocat/mine${count}`, { private: true });
    const app = signIn();
    const seen = watchAnswers(app, openapi);
    expect((await app.rest.apps.getAuthenticated()).data).toMatchObject({ id: APP.id, slug: 'fuse' });
    const { data: installations } = await app.rest.apps.listInstallations();
    expect(installations.map(({ account }) => (account as { login: string }).login)).toEqual(['acme', 'octocat']);
    const { data: found } = await app.rest.apps.getRepoInstallation(at);
    expect((await app.rest.apps.getOrgInstallation({ org: 'acme' })).data).toEqual(found);
    expect((await app.rest.apps.getUserInstallation({ username: 'octocat' })).data.id).not.toBe(found.id);
    const inside = signIn({ installationId: found.id });
    seen.push(...watchAnswers(inside, openapi));
    const { data: covered } = await inside.rest.apps.listReposAccessibleToInstallation({ per_page: 100 });
    const names = covered.repositories.map(({ full_name: name }) => name);
    expect([names.includes(hidden), names.includes(`acme/outside${count}`)]).toEqual([true, false]);
    expect((await inside.rest.repos.get({ owner: 'acme', repo: `covered${count}` })).data.private).toBe(true);
    expect(await refusal(inside.rest.repos.get({ owner: 'acme', repo: `outside${count}` }))).toBe(404);
    expect(await refusal(inside.rest.repos.get({ owner: 'octocat', repo: `mine${count}` }))).toBe(404);
    expect(await refusal(inside.rest.users.getAuthenticated())).toBe(403);
    const { id: alert_number } = await github.raiseAlert(repo, {
      secret: sample('s', 30),
      secretType: 'workos_api_key',
    });
    const to = { ...at, alert_number, state: 'resolved', resolution: 'revoked' } as const;
    expect((await inside.rest.secretScanning.updateAlert(to)).data.resolved_by).toMatchObject({
      login: 'fuse[bot]',
      type: 'Bot',
    });
    const { token } = (await inside.auth({ type: 'installation' })) as { token: string };
    expect(token).toMatch(/^ghs_4711_[\w-]+\.[\w-]+\.[\w-]+$/);
    await inside.rest.apps.revokeInstallationAccessToken();
    expect((await get(`/repos/${repo}`, { authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await octokit.rest.users.getAuthenticated()).data.login).toBe('octocat');
    expect((await octokit.rest.orgs.get({ org: 'acme' })).data.login).toBe('acme');
    const { data: mine } = await octokit.rest.repos.listForAuthenticatedUser({ per_page: 100 });
    const { data: ofOrg } = await octokit.rest.repos.listForOrg({ org: 'acme', per_page: 100 });
    expect(mine.filter(({ owner }) => owner.login === 'acme').map(({ id }) => id)).toEqual(ofOrg.map(({ id }) => id));
    // The description of this one list wants an account to be a person and an enterprise at once.
    expect(seen.filter((fault) => !/^GET \/app\/installations 200 \/\d+\/account/.test(fault))).toEqual([]);
  });

  test('its JWT must be signed by it, for it, and for ten minutes at most', async () => {
    const { auth } = signIn() as unknown as { auth: (how: object) => Promise<{ token: string }> };
    const { token } = await auth({ type: 'app' });
    const app = (jwt: string) => fetch(`${github.url}/app`, { headers: { authorization: `Bearer ${jwt}` } });
    expect((await app(token)).status).toBe(200);
    expect((await app(`${token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
    expect((await app(GITHUB_TOKEN)).status).toBe(401);
    const other = await signIn({ appId: 1 }).auth({ type: 'app' });
    expect((await app((other as { token: string }).token)).status).toBe(401);
    now = Date.now() + 11 * 60_000;
    expect((await app(token)).status).toBe(401);
    now = Date.now() - 11 * 60_000;
    expect((await app(token)).status).toBe(401);
  });

  test('its hook is told of what it covers, is signed by its own secret, and delivers again', async () => {
    const receiver = await startReceiver();
    github.setHookUrl(receiver.url, 'app');
    receiver.reply = 503;
    await github.openIssue(repo, { title: 't', body: 'b' });
    await github.createRepository(`acme/uncovered${count}`, { installed: false });
    expect((await github.openIssue(`acme/uncovered${count}`, { title: 't', body: 'b' })).delivery).toBeUndefined();
    const [first] = receiver.received;
    expect(first?.headers).toMatchObject({
      'x-hub-signature-256': signatureOf('of the App', first?.body ?? ''),
      'x-github-hook-installation-target-type': 'integration',
    });
    const app = signIn();
    const seen = watchAnswers(app, openapi);
    expect((await app.rest.apps.getWebhookConfigForApp()).data.url).toBe(receiver.url);
    const { data } = await app.rest.apps.listWebhookDeliveries();
    expect(data).toMatchObject([{ event: 'issues', status_code: 503, installation_id: 1 }]);
    // Octokit gives a bigint where its types say number.
    const delivery_id = data[0]?.id ?? 0;
    expect(typeof delivery_id).toBe('bigint');
    receiver.reply = 200;
    await app.rest.apps.redeliverWebhookDelivery({ delivery_id });
    await eventually('the redelivery', () => receiver.received.length === 2);
    expect(receiver.received[1]?.headers['x-github-delivery']).toBe(data[0]?.guid);
    expect((await octokit.rest.repos.listWebhooks(at)).data).toEqual([]);
    expect(seen.filter((fault) => !/\/id: must be integer/.test(fault))).toEqual([]);
    receiver.close();
  });
});
