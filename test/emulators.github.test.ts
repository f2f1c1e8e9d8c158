import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Octokit } from '@octokit/rest';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import { quietOctokit, GITHUB_SECRET as SECRET, GITHUB_TOKEN as TOKEN } from './support/github.ts';

const REPO = 'acme/app';
const AT = { owner: 'acme', repo: 'app' };
const ZERO = '0'.repeat(40);

let github: EmulatedGithub;
let directory: string;

beforeEach(async () => {
  github = await startEmulatedGithub({ token: TOKEN, webhookSecret: SECRET });
  directory = await github.createRepository(REPO);
});
afterEach(() => github.close());

const git = (...args: string[]): string =>
  execFileSync('git', ['--git-dir', directory, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  }).trim();

const octokit = (auth = TOKEN): Octokit => quietOctokit(github.url, auth);

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(github.url + path, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });

const one = (files: Record<string, string | Buffer | null>, message = 'a change') => ({ message, files });

describe('the git behind it', () => {
  test('a push makes real commits that git itself tells', async () => {
    const odd = 'a "quoted" näme\\with\nall.txt';
    const pushed = await github.push(REPO, {
      commits: [
        one({ 'a.txt': 'one\n', [odd]: Buffer.from([0, 255, 10]) }, 'first\n\nwith a body'),
        one({ 'a.txt': null }),
      ],
    });
    expect(git('rev-parse', 'HEAD')).toBe(pushed.after);
    expect(git('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(git('log', '--reverse', '--format=%H')).toBe(pushed.made.join('\n'));
    expect(git('log', '-1', '--format=%B', pushed.made[0] ?? '')).toBe('first\n\nwith a body');
    expect(git('ls-tree', '-z', '--name-only', 'HEAD').replaceAll('\0', '')).toBe(odd);
    expect(execFileSync('git', ['--git-dir', directory, 'show', `HEAD:${odd}`])).toEqual(Buffer.from([0, 255, 10]));
    expect(git('fsck', '--strict')).toBe('');
    expect(git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  });

  test('merges, roots, force pushes and deletions move refs as git would', async () => {
    const first = await github.push(REPO, { commits: [one({ a: '1' }), one({ a: '2' })] });
    const side = await github.push(REPO, { branch: 'side', base: first.made[0] ?? '', commits: [one({ b: '1' })] });
    const merge = await github.push(REPO, {
      commits: [{ message: 'merge', files: { b: '1', inMerge: 'x' }, parents: [first.after, side.after] }],
    });
    expect(git('log', '-1', '--format=%P')).toBe(`${first.after} ${side.after}`);
    expect(merge.forced).toBe(false);
    const forced = await github.push(REPO, { force: true, commits: [one({ c: '1' })] });
    expect([forced.before, forced.forced]).toEqual([merge.after, true]);
    expect(git('rev-parse', 'HEAD^')).toBe(first.after);
    const forward = await github.push(REPO, { force: true, base: forced.after, commits: [one({ d: '1' })] });
    expect(forward.forced).toBe(false);
    await github.push(REPO, { force: true, commits: [] });
    const dropped = await github.push(REPO, { force: true, commits: [] });
    expect([git('rev-parse', 'HEAD'), dropped.forced]).toEqual([first.after, true]);
    expect(dropped.payload).toMatchObject({ forced: true, commits: [], head_commit: { id: first.after } });
    expect(git('cat-file', '-t', merge.after)).toBe('commit');
    const gone = await github.deleteBranch(REPO, 'side');
    expect(gone.payload).toMatchObject({
      deleted: true,
      after: ZERO,
      before: side.after,
      commits: [],
      head_commit: null,
    });
    expect(git('branch', '--list', 'side')).toBe('');
    const rooted = await github.push(REPO, { force: true, commits: [{ ...one({ r: '1' }), parents: [] }] });
    expect(git('log', '-1', '--format=%P', rooted.after)).toBe('');
  });

  test('concurrent pushes to one branch lose no commit', async () => {
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => github.push(REPO, { commits: [one({ [`f${n}`]: `${n}` })] })),
    );
    expect(git('rev-list', '--count', 'HEAD')).toBe('8');
    expect(git('ls-tree', '--name-only', 'HEAD').split('\n')).toHaveLength(8);
  });

  test('the folder is removed at the end', async () => {
    const other = await startEmulatedGithub({ token: TOKEN, webhookSecret: SECRET });
    const folder = await other.createRepository('acme/other');
    expect(existsSync(folder)).toBe(true);
    await other.close();
    expect(existsSync(dirname(dirname(dirname(folder))))).toBe(false);
  });
});

describe('Octokit sees GitHub', () => {
  test('a commit with its patches, against what git itself says', async () => {
    await github.push(REPO, {
      commits: [one({ 'src/a.ts': 'a\nb\nc\n', gone: 'x\n', 'old name': 'keep\n'.repeat(9) })],
    });
    const { after } = await github.push(REPO, {
      commits: [
        one({
          'src/a.ts': 'a\nB\nc\nd',
          gone: null,
          'old name': null,
          'new name': `${'keep\n'.repeat(9)}more\n`,
          empty: '',
        }),
      ],
    });
    const { data } = await octokit().rest.repos.getCommit({ ...AT, ref: after });
    const files = new Map(data.files?.map((file) => [file.filename, file]));
    expect([...files.keys()].sort()).toEqual(['empty', 'gone', 'new name', 'src/a.ts']);
    expect(files.get('src/a.ts')).toMatchObject({ status: 'modified', additions: 2, deletions: 1, changes: 3 });
    expect(files.get('src/a.ts')?.patch).toBe('@@ -1,3 +1,4 @@\n a\n-b\n+B\n c\n+d\n\\ No newline at end of file');
    expect(files.get('src/a.ts')?.sha).toBe(git('rev-parse', `${after}:src/a.ts`));
    expect(files.get('gone')).toMatchObject({ status: 'removed', deletions: 1, patch: '@@ -1 +0,0 @@\n-x' });
    expect(files.get('gone')?.sha).toBe(git('rev-parse', `${after}^:gone`));
    expect(files.get('new name')).toMatchObject({ status: 'renamed', previous_filename: 'old name', additions: 1 });
    expect(files.get('empty')).not.toHaveProperty('patch');
    expect(data.stats).toEqual({ total: 5, additions: 3, deletions: 2 });
    expect(data.parents.map(({ sha }) => sha)).toEqual([git('rev-parse', `${after}^`)]);
    expect(data.commit.tree.sha).toBe(git('rev-parse', `${after}^{tree}`));
    const byBranch = await octokit().rest.repos.getCommit({ ...AT, ref: 'main' });
    expect(byBranch.data.sha).toBe(after);
  });

  test('a root commit shows everything; a merge shows its difference from the first parent', async () => {
    const root = await github.push(REPO, { commits: [one({ a: '1\n' })] });
    const side = await github.push(REPO, { branch: 'side', commits: [one({ b: '2\n' })] });
    const main = await github.push(REPO, { commits: [one({ c: '3\n' })] });
    const merge = await github.push(REPO, {
      commits: [
        { message: 'merge', files: { b: '2\n', evil: 'added in the merge\n' }, parents: [main.after, side.after] },
      ],
    });
    const files = async (ref: string) => (await octokit().rest.repos.getCommit({ ...AT, ref })).data.files;
    expect((await files(root.after))?.map(({ filename, patch }) => [filename, patch])).toEqual([
      ['a', '@@ -0,0 +1 @@\n+1'],
    ]);
    expect((await files(merge.after))?.map(({ filename }) => filename)).toEqual(['b', 'evil']);
  });

  test('more than 300 files come in pages, up to 3,000', async () => {
    const many = (count: number, tag: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`${tag}/${String(n).padStart(4, '0')}`, `${n}\n`]));
    const some = await github.push(REPO, { commits: [one(many(650, 'some'))] });
    const first = await octokit().rest.repos.getCommit({ ...AT, ref: some.after });
    expect(first.data.files).toHaveLength(300);
    expect(first.headers.link).toMatch(/[?&]page=2>; rel="next", .*page=3>; rel="last"/);
    const all = await octokit().paginate(octokit().rest.repos.getCommit, { ...AT, ref: some.after }, ({ data }) =>
      (data as unknown as { files: { filename: string }[] }).files.map(({ filename }) => filename),
    );
    expect(all).toEqual(Object.keys(many(650, 'some')));
    const huge = await github.push(REPO, { commits: [one(many(3100, 'huge'))] });
    const last = await octokit().rest.repos.getCommit({ ...AT, ref: huge.after, page: 10 });
    expect(last.data.files).toHaveLength(300);
    expect(last.headers.link).not.toContain('rel="next"');
    const beyond = await octokit().rest.repos.getCommit({ ...AT, ref: huge.after, page: 11 });
    expect(beyond.data.files).toEqual([]);
    expect(last.data.stats?.total).toBe(3100);
  });

  test('a patch is missing for binary files and for large ones, and the blob has what it hid', async () => {
    const binary = Buffer.concat([Buffer.from('text before\0'), Buffer.from('key=hidden\n')]);
    const files = {
      binary,
      'too many lines': 'x\n'.repeat(20_001),
      'too many bytes': `${'y'.repeat(99)}\n`.repeat(5100),
      'just right': 'x\n'.repeat(19_000),
    };
    const { after } = await github.push(REPO, { commits: [one(files)] });
    const { data } = await octokit().rest.repos.getCommit({ ...AT, ref: after });
    const told = new Map(data.files?.map((file) => [file.filename, file]));
    expect([...told].filter(([, file]) => 'patch' in file).map(([name]) => name)).toEqual(['just right']);
    expect(told.get('too many lines')).toMatchObject({ status: 'added', additions: 20_001, changes: 20_001 });
    expect(told.get('binary')).toMatchObject({ status: 'added', changes: 0 });
    const sha = told.get('binary')?.sha ?? '';
    const blob = await octokit().rest.git.getBlob({ ...AT, file_sha: sha });
    expect(Buffer.from(blob.data.content, 'base64')).toEqual(binary);
    expect(blob.data).toMatchObject({ encoding: 'base64', size: binary.length, sha });
    const raw = await get(`/repos/${REPO}/git/blobs/${sha}`, { accept: 'application/vnd.github.raw+json' });
    expect(Buffer.from(await raw.arrayBuffer())).toEqual(binary);
    await expect(octokit().rest.git.getBlob({ ...AT, file_sha: '1'.repeat(40) })).rejects.toMatchObject({
      status: 404,
    });
  });

  test('a comparison hides what was added and removed again, and stops at 300 files and 250 commits', async () => {
    const base = await github.push(REPO, { commits: [one({ a: '1\n' })] });
    const steps = Array.from({ length: 258 }, (_, n) => one({ step: `${n}\n` }, `step ${n}`));
    const wide = one(Object.fromEntries(Array.from({ length: 310 }, (_, n) => [`w/${n}`, `${n}`])), 'wide');
    const { after } = await github.push(REPO, {
      commits: [one({ leak: 'key\n' }), one({ leak: null }), ...steps, wide],
    });
    const { data } = await octokit().rest.repos.compareCommitsWithBasehead({ ...AT, basehead: `${base.after}...main` });
    expect(data).toMatchObject({ status: 'ahead', ahead_by: 261, behind_by: 0, total_commits: 261 });
    expect(data.commits).toHaveLength(250);
    expect(data.commits.at(-1)?.sha).toBe(after);
    expect(data.files).toHaveLength(300);
    expect(data.files?.filter(({ filename }) => !filename.startsWith('w/')).map(({ filename }) => filename)).toEqual([
      'step',
    ]);
    const paged = await octokit().rest.repos.compareCommitsWithBasehead({
      ...AT,
      basehead: `${base.after}...main`,
      per_page: 100,
      page: 3,
    });
    expect([paged.data.commits.length, paged.data.files?.length]).toEqual([61, 0]);
  });

  test('a comparison starts at the merge base', async () => {
    await github.push(REPO, { commits: [one({ base: '1' })] });
    await github.push(REPO, { branch: 'side', commits: [one({ side: '1' })] });
    await github.push(REPO, { commits: [one({ main: '1' }), one({ main: '2' })] });
    const { data } = await octokit().rest.repos.compareCommitsWithBasehead({ ...AT, basehead: 'main...side' });
    expect(data).toMatchObject({ status: 'diverged', ahead_by: 1, behind_by: 2 });
    expect(data.merge_base_commit.sha).toBe(git('merge-base', 'main', 'side'));
    expect(data.files?.map(({ filename }) => filename)).toEqual(['side']);
  });

  test('commits are listed newest first', async () => {
    await expect(octokit().rest.repos.listCommits(AT)).rejects.toMatchObject({ status: 409 });
    const { made } = await github.push(REPO, { commits: Array.from({ length: 35 }, (_, n) => one({ a: `${n}` })) });
    const listed = await octokit().paginate(octokit().rest.repos.listCommits, { ...AT, sha: made[33] ?? '' });
    expect(listed.map(({ sha }) => sha)).toEqual(made.slice(0, 34).reverse());
  });

  test('errors are GitHub errors', async () => {
    await github.push(REPO, { commits: [one({ a: '1' }), one({ a: '2' })] });
    const reason = async (ask: Promise<unknown>) => {
      const error = await ask.then(
        () => undefined,
        (thrown: unknown) => thrown as { status: number; response: { data: Record<string, unknown> } },
      );
      return [error?.status, error?.response.data['message'], typeof error?.response.data['documentation_url']];
    };
    const ref = 'main';
    expect(await reason(octokit('wrong').rest.repos.getCommit({ ...AT, ref }))).toEqual([
      401,
      'Bad credentials',
      'string',
    ]);
    expect((await fetch(`${github.url}/rate_limit`)).status).toBe(401);
    expect(await reason(octokit().rest.repos.getCommit({ owner: 'acme', repo: 'no', ref }))).toEqual([
      404,
      'Not Found',
      'string',
    ]);
    expect(await reason(octokit().rest.repos.getCommit({ ...AT, ref: '2'.repeat(40) }))).toEqual([
      422,
      `No commit found for SHA: ${'2'.repeat(40)}`,
      'string',
    ]);
    for (const odd of ['--help', 'main..', ':/x', 'main@{0}', 'main~1', 'main^', '%2d%2dall']) {
      expect([odd, (await get(`/repos/${REPO}/commits/${odd}`)).status]).toEqual([odd, 422]);
    }
    expect((await get('/repos/acme/../../x')).status).toBe(404);
    expect((await fetch(`${github.url}/repos/${REPO}`, { method: 'DELETE' })).status).toBe(401);
  });

  test('every answer counts down the rate limit', async () => {
    await github.push(REPO, { commits: [one({ a: '1' })] });
    const seen = async () => (await octokit().rest.repos.getCommit({ ...AT, ref: 'main' })).headers;
    const before = Number((await seen())['x-ratelimit-remaining']);
    const headers = await seen();
    expect(headers).toMatchObject({ 'x-ratelimit-limit': '5000', 'x-ratelimit-resource': 'core' });
    expect(Number(headers['x-ratelimit-remaining'])).toBe(before - 1);
    expect(Number(headers['x-ratelimit-reset']) * 1000).toBeGreaterThan(Date.now());
    const { data } = await octokit().rest.rateLimit.get();
    expect(data.resources.core.remaining).toBe(before - 1);
  });
});

describe('switches', () => {
  let sha: string;
  beforeEach(async () => {
    sha = (await github.push(REPO, { commits: [one({ a: '1' })] })).after;
  });
  const ask = () => get(`/repos/${REPO}/commits/${sha}`);

  test('a fresh push is not there yet, then it is', async () => {
    github.race(2);
    github.race(1, 409);
    github.race(1, 422);
    const statuses = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await ask()).status);
    expect(statuses).toEqual([404, 404, 409, 422, 200]);
    expect(github.calls().commit).toBe(5);
  });

  test('limits answer with the headers that say when to come back', async () => {
    github.limit('primary', 1, { seconds: 60 });
    github.limit('secondary', 1, { seconds: 7, status: 429 });
    const primary = await ask();
    expect([primary.status, primary.headers.get('x-ratelimit-remaining'), primary.headers.get('retry-after')]).toEqual([
      403,
      '0',
      null,
    ]);
    expect(Number(primary.headers.get('x-ratelimit-reset')) - Date.now() / 1000).toBeGreaterThan(50);
    const secondary = await ask();
    expect([secondary.status, secondary.headers.get('retry-after')]).toEqual([429, '7']);
    expect(((await secondary.json()) as { message: string }).message).toContain('secondary rate limit');
    expect((await ask()).status).toBe(200);
  });

  test('failures, faults and latency', async () => {
    github.fail(502, 1);
    expect((await ask()).status).toBe(502);
    github.inject({ kind: 'html200' }, { route: 'commit', times: 1 });
    expect((await ask()).headers.get('content-type')).toBe('text/html');
    github.setLatency(200);
    const start = performance.now();
    expect((await ask()).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(190);
  });
});
