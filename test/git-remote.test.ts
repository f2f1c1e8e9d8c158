import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { countHistory } from '../src/sources/git-history.ts';
import { createRemote, fetchProgressOf } from '../src/sources/git-remote.ts';
import { startGitServer } from './support/git-server.ts';
import { runScan, scratch } from './support/scan-run.ts';

const { at, remove } = scratch('git-remote');
const key = (seed: string): string => `sk_${sample(`remote ${seed}`, 43)}`;
const mark = at('ran');
const root = at('served');
const home = at('home');
let server: Awaited<ReturnType<typeof startGitServer>>;
/** Headers of every call. */
const seen: string[] = [];
let elsewhere: string | undefined;
let gone = '';

const git = (...args: string[]): string =>
  execFileSync('git', ['-C', `${root}/work`, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
    ...{ encoding: 'utf8', stdio: 'pipe', env: { PATH: process.env['PATH'], HOME: root } },
  }).trim();
const put = (path: string, text: string): void => writeFileSync(`${root}/work/${path}`, text);
const commit = (message: string): string => {
  git('add', '-A');
  git('commit', '-qm', message);
  return git('rev-parse', 'HEAD');
};

/** A repository whose settings, hooks and attributes would run something, served as `hostile.git`. */
const makeHostile = (): void => {
  const script = at('run.sh');
  writeFileSync(script, `#!/bin/sh\necho "$0 $*" >> ${mark}\ncat\n`);
  chmodSync(script, 0o755);
  git('init', '-q', '-b', 'main');
  put('.gitattributes', '* diff=evil filter=evil\n');
  put('.gitmodules', `[submodule "x"]\n\tpath = x\n\turl = ext::${script}\n\tupdate = !${script}\n`);
  put('a', `${key('added')}\n`);
  commit('one');
  put('a', 'nothing\n');
  commit('two');
  git('checkout', '-q', '-b', 'side');
  put('b', `${key('deleted branch')}\n`);
  gone = commit('side');
  git('checkout', '-q', 'main');
  git('branch', '-qD', 'side');
  put('c', `${key('pull')}\n`);
  git('update-ref', 'refs/pull/7/head', commit('pull'));
  git('reset', '-q', '--hard', 'HEAD~1');
  git('tag', '-a', 'v1', '-m', 'a tag');
  git('clone', '-q', '--mirror', '.', `${root}/hostile.git`);
  // What a user, or a machine, may have set up for himself.
  mkdirSync(`${home}/template/hooks`, { recursive: true });
  for (const hook of ['reference-transaction', 'post-checkout', 'post-merge', 'pre-auto-gc'])
    writeFileSync(`${home}/template/hooks/${hook}`, `#!/bin/sh\necho ${hook} >> ${mark}\n`, { mode: 0o755 });
  const settings = [
    `[init]\n\ttemplateDir = ${home}/template\n[core]\n\thooksPath = ${home}/template/hooks\n\tfsmonitor = ${script}`,
    `[credential]\n\thelper = !${script}\n[core]\n\taskPass = ${script}\n[diff "evil"]\n\ttextconv = ${script}`,
    `[filter "evil"]\n\tsmudge = ${script}\n[fetch]\n\trecurseSubmodules = true\n[transfer]\n\tfsckObjects = true`,
    `[url "ssh://nobody@127.0.0.1:1/"]\n\tinsteadOf = ${server.url}/`,
  ];
  writeFileSync(`${home}/.gitconfig`, settings.join('\n'));
};

beforeAll(async () => {
  mkdirSync(`${root}/work`, { recursive: true });
  server = await startGitServer(root, (request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`);
    if (!request.url?.startsWith('/moved')) return false;
    response.writeHead(302, { location: `${elsewhere}${request.url}` }).end();
    return true;
  });
  makeHostile();
});
afterAll(() => {
  server.close();
  remove();
});

const env = { PATH: process.env['PATH'], HOME: home };
let copies = 0;
const remoteOf = (path: string, more: Partial<Parameters<typeof createRemote>[0]> = {}) => {
  copies += 1;
  const dir = at(`copy-${copies}`);
  const stop = new AbortController().signal;
  return { dir, remote: createRemote({ url: `${server.url}${path}`, dir, env, stop, ...more }) };
};
const count = (dir: string, revision: string): Promise<number> =>
  countHistory({ dir, env, revisions: [revision], stop: new AbortController().signal });
const kindOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'fetched',
    (error: { git?: string }) => error.git,
  );

describe('a fetch', () => {
  test('brings every ref, says how far it is, and runs nothing', async () => {
    const lines: string[] = [];
    const { dir, remote } = remoteOf('/hostile.git', { hear: (line) => lines.push(line) });
    await remote.fetch();
    const refs = execFileSync('git', ['-C', dir, 'for-each-ref', '--format=%(refname)'], { encoding: 'utf8' });
    expect(refs.split('\n').filter(Boolean)).toEqual(['refs/heads/main', 'refs/pull/7/head', 'refs/tags/v1']);
    expect(await count(dir, '--all')).toBe(3);
    expect(lines.flatMap((line) => fetchProgressOf(line) ?? [])).toContainEqual({ doing: 'counting', percent: 100 });
    expect(existsSync(mark)).toBe(false);
    expect(remote.isHere()).toBe(false);
    await remote.settle();
    expect(remote.isHere()).toBe(true);
    await remote.remove();
    expect(existsSync(dir)).toBe(false);
  });

  test('of a commit that no ref holds; one that is gone, no repository, and no server are told apart', async () => {
    git('push', '-q', `${root}/hostile.git`, `${gone}:refs/heads/gone`);
    execFileSync('git', ['-C', `${root}/hostile.git`, 'update-ref', '-d', 'refs/heads/gone']);
    const { dir, remote } = remoteOf('/hostile.git');
    await remote.fetch([gone], 1);
    expect(await count(dir, gone)).toBe(1);
    expect(await kindOf(remoteOf('/hostile.git').remote.fetch(['a'.repeat(40)]))).toBe('gone');
    expect(await kindOf(remoteOf('/none.git').remote.fetch())).toBe('absent');
    expect(await kindOf(remoteOf('', { url: 'http://127.0.0.1:1/x.git' }).remote.fetch())).toBe('unreached');
  });

  test('follows no redirect, and gives its credential to nobody else', async () => {
    const other: string[] = [];
    const there = await startGitServer(root, (request, response) => {
      other.push(String(request.url));
      response.writeHead(404).end();
      return true;
    });
    elsewhere = there.url;
    const authorization = `Basic ${sample('credential', 32)}`;
    expect(await kindOf(remoteOf('/moved.git', { authorization }).remote.fetch())).not.toBe('fetched');
    expect(seen.at(-1)).toContain(authorization);
    expect(other).toEqual([]);
    there.close();
  });

  test('goes by the proxy that is set', async () => {
    const url = 'http://127.0.0.1:1/none.git';
    const { remote } = remoteOf('', { url, env: { ...env, http_proxy: server.url, NO_PROXY: '127.0.0.2' } });
    expect(await kindOf(remote.fetch())).not.toBe('fetched');
    expect(seen.at(-1)).toMatch(/^http:\/\/127\.0\.0\.1:1\/none\.git\/info\/refs/);
  });

  test('ends when it is stopped', async () => {
    const stop = new AbortController();
    const silent = await startGitServer(root, () => true);
    const { remote } = remoteOf('', { url: `${silent.url}/x.git`, stop: stop.signal });
    setTimeout(() => stop.abort(), 200);
    const began = performance.now();
    expect(await kindOf(remote.fetch())).toBeDefined();
    expect(performance.now() - began).toBeLessThan(10_000);
    silent.close();
  });
});

describe('keyfuse scan --git URL', () => {
  const clones = () => readdirSync(tmpdir()).filter((name) => name.startsWith('keyfuse-clone-')).length;

  test('the whole history of what is elsewhere; nothing stays of it', async () => {
    const before = clones();
    const { findings, exit, err } = await runScan([`${server.url}/hostile.git`], { git: true, env: { HOME: home } });
    expect(err).toBe('');
    expect(exit).toBe(1);
    expect(
      findings()
        .map(({ file }) => file)
        .sort(),
    ).toEqual([`${server.url}/hostile/a`, `${server.url}/hostile/c`]);
    expect(clones()).toBe(before);
    expect(existsSync(mark)).toBe(false);
  });

  test('the credential of the settings goes to their GitHub alone', async () => {
    const token = sample('a token of scan', 40);
    const call = async (api: string): Promise<string | undefined> => {
      await runScan([`${server.url}/acme/none`], { git: true, env: { GITHUB_TOKEN: token, GITHUB_API_URL: api } });
      return seen.at(-1)?.split(' ').slice(1).join(' ');
    };
    expect(await call(server.url)).toBe(`Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`);
    expect(await call('https://api.github.com')).toBe('undefined');
  });

  test('what is no address for it: told, exit 2', async () => {
    for (const place of [`https://user:${key('password')}@example.com/a`, 'http://example.com/a', 'ssh://x/a']) {
      const { exit, err } = await runScan([place], { git: true });
      expect(exit).toBe(2);
      expect(err).toContain("try 'keyfuse scan --help'");
      expect(err).not.toContain('sk_');
    }
    const { exit, err } = await runScan([`${server.url}/none.git`], { git: true });
    expect([exit, err]).toEqual([2, expect.stringMatching(/not found/)]);
  });
});
