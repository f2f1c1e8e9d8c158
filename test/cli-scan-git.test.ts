import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { sample } from '../src/core/sample.ts';
import { createPatchReader } from '../src/sources/git-patch.ts';
import { runScan, scratch } from './support/scan-run.ts';

const { at, remove } = scratch('scan-git');
afterAll(remove);

const key = (seed: string): string => `sk_${sample(`git ${seed}`, 43)}`;

/** A repository of its own. */
const repository = (name: string) => {
  const dir = at(name);
  mkdirSync(dir);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
      ...{ cwd: dir, encoding: 'utf8', stdio: 'pipe', env: { PATH: process.env['PATH'], HOME: dir } },
    }).trim();
  git('init', '-q', '-b', 'main');
  const put = (path: string, text: string | Uint8Array): void => {
    mkdirSync(dirname(`${dir}/${path}`), { recursive: true });
    writeFileSync(`${dir}/${path}`, text);
  };
  const commit = (message = 'x', ...args: string[]): string => {
    git('add', '-A');
    git('commit', '-qm', message, ...args);
    return git('rev-parse', 'HEAD');
  };
  return { dir, git, put, commit, remove: (path: string) => rmSync(`${dir}/${path}`) };
};

describe('--git', () => {
  test('what was ever added, on any ref, with its first commit, path, line and offset', async () => {
    const { dir, git, put, commit, remove } = repository('history');
    put('a.txt', `one\nA=${key('a')}\n`);
    const first = commit();
    put('a.txt', `zero\none\nA=${key('a')}\ntwo\n\n  B=${key('b')}\n`);
    const second = commit();
    remove('a.txt');
    commit();
    git('checkout', '-q', '-b', 'side', first);
    put('ordner/ü "x"\tb', key('side'));
    const third = commit();
    git('tag', 'kept');
    git('checkout', '-q', 'main');
    git('branch', '-qD', 'side');
    const { findings, exit } = await runScan([dir], { git: true });
    expect(exit).toBe(1);
    expect(
      findings().map(({ file, line, column, offset, commit }) => ({ file, line, column, offset, commit })),
    ).toEqual(
      expect.arrayContaining([
        { file: `${dir}/a.txt`, line: 2, column: 3, offset: 6, commit: first },
        { file: `${dir}/a.txt`, line: 6, column: 5, offset: 67, commit: second },
        { file: `${dir}/ordner/ü "x"\tb`, line: 1, column: 1, offset: 0, commit: third },
      ]),
    );
    expect(findings()).toHaveLength(3);
    expect((await runScan([dir], { format: 'text', git: true })).err).toMatch(/^4 commits, /);
    expect((await runScan([dir])).findings()).toEqual([]); // the files alone
  });

  test('what stands in a commit’s message, whatever else that looks like', async () => {
    const { dir, git, put, commit } = repository('messages');
    put('a.txt', 'x');
    const first = commit(`Rotate\n\ncommit 0123\n+++ b/b.txt\n@@ -0,0 +1,9 @@\n+ old: ${key('message')} (ü)\n\n--\n`);
    git('commit', '-q', '--allow-empty', '-m', `sk in the subject: ${key('subject')}`);
    const second = git('rev-parse', 'HEAD');
    put('a.txt', `y ${key('file')}`);
    const third = commit();
    const { findings } = await runScan([dir], { git: true });
    expect(findings().map(({ file, line, column, offset, commit }) => [file, line, column, offset, commit])).toEqual([
      [`${dir}/COMMIT_EDITMSG`, 6, 8, 55, first],
      [`${dir}/COMMIT_EDITMSG`, 1, 20, 19, second],
      [`${dir}/a.txt`, 1, 3, 2, third],
    ]);
  });

  test('told once per path and key, at the first commit; with --every-commit for each that adds it', async () => {
    const { dir, put, commit, remove } = repository('again');
    put('x', key('x'));
    const first = commit();
    remove('x');
    commit();
    put('x', key('x'));
    put('y', key('x'));
    const third = commit();
    const seen = async (everyCommit: boolean) =>
      (await runScan([dir], { git: true, everyCommit }))
        .findings()
        .map(({ file, commit }) => `${file.at(-1)} ${commit}`);
    expect(await seen(false)).toEqual([`x ${first}`, `y ${third}`]);
    expect(await seen(true)).toEqual([`x ${first}`, `x ${third}`, `y ${third}`]);
  });

  test('merges: what a merge itself adds; a key of the branch keeps its own commit', async () => {
    const { dir, git, put, commit } = repository('merge');
    put('a', 'a\n');
    commit();
    git('checkout', '-qb', 'side');
    put('b', key('branch'));
    const side = commit();
    git('checkout', '-q', 'main');
    put('c', 'c\n');
    commit();
    git('merge', '-q', '--no-commit', '--no-ff', 'side');
    put('evil', key('evil'));
    const merge = commit('merge');
    const found = (await runScan([dir], { git: true })).findings();
    expect(found.map(({ file, commit }) => [file.split('/').at(-1), commit])).toEqual([
      ['b', side],
      ['evil', merge],
    ]);
  });

  test('--since: younger commits only; a folder: only what is below', async () => {
    const { dir, git, put, commit } = repository('since');
    put('old', key('old'));
    git('add', '-A');
    execFileSync(
      'git',
      ['-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-qm', 'x', '--date=2001-01-01T00:00:00Z'],
      {
        ...{ cwd: dir, env: { PATH: process.env['PATH'], GIT_COMMITTER_DATE: '2001-01-01T00:00:00Z' } },
      },
    );
    put('new', key('new'));
    put('sub/new', key('sub'));
    commit();
    const files = async (path: string, since?: string) =>
      (await runScan([path], { git: true, ...(since && { since }) }))
        .findings()
        .map(({ file }) => file.slice(dir.length + 1));
    expect(await files(dir, '2002-01-01')).toEqual(['new', 'sub/new']);
    expect(await files(`${dir}/sub`)).toEqual(['sub/new']);
    git('clone', '-q', '--bare', '.', at('bare.git'));
    expect((await runScan([at('bare.git')], { git: true })).findings()).toHaveLength(3);
  });

  test('binary files, and what is in archives', async () => {
    const { dir, put, commit, remove } = repository('binary');
    put('core', Buffer.concat([Buffer.from([0, 1, 0xff, 10, 0]), Buffer.from(key('core'))]));
    put('a.zip', zipSync({ 'x/y': Buffer.from(`\n${key('zip')}`) }));
    commit();
    remove('a.zip');
    commit();
    expect((await runScan([dir], { git: true })).findings()).toMatchObject([
      { file: `${dir}/a.zip!/x/y`, line: 2, via: ['zip'] },
      { file: `${dir}/core`, line: 2, offset: 5 },
    ]);
  });

  test('a zip that gets another member', async () => {
    const { dir, put, commit } = repository('grown');
    const readme = Buffer.from(Array.from({ length: 400 }, (_, n) => n * n * 7_919).join('\n'));
    const mtime = new Date(2_020, 1);
    put('a.zip', zipSync({ readme }, { mtime }));
    commit();
    put('a.zip', zipSync({ readme, env: Buffer.from(`${key('grown')}\n`.repeat(3)) }, { mtime }));
    const grown = commit();
    expect((await runScan([dir], { git: true })).findings()).toMatchObject([
      { file: `${dir}/a.zip!/env`, commit: grown, via: ['zip'] },
    ]);
  });

  test('names of files, of empty ones too, of branches and tags, and the messages of tags', async () => {
    const { dir, git, put, commit } = repository('names');
    put(`sub/${key('full')}.txt`, 'x');
    const first = commit();
    put(`"ä ${key('empty')}`, '');
    put('b', '');
    const second = commit();
    git('branch', `on-${key('branch')}`);
    git('tag', '-a', 'v1', '-m', `for\n${key('tag')}`);
    const { findings, out } = await runScan([dir], { git: true });
    const tag = git('cat-file', 'tag', 'v1').indexOf(key('tag'));
    const told = findings().map(({ file, line, column, offset, commit }) => [file, line, column, offset, commit]);
    expect(told).toHaveLength(4);
    expect(told).toEqual(
      expect.arrayContaining([
        [`${dir}/sub/[secret].txt`, 1, 5, 4, first],
        [`${dir}/"ä [secret]`, 1, 5, 4, second],
        [`${dir}/refs/heads/on-[secret]`, 1, 15, 14, undefined],
        [`${dir}/refs/tags/v1`, 7, 1, tag, undefined],
      ]),
    );
    expect((await runScan([dir], { git: true, since: '2100-01-01' })).findings()).toEqual([]);
    for (const seed of ['full', 'empty', 'branch', 'tag']) expect(out).not.toContain(key(seed));
    put(key('staged'), '');
    git('add', '-A');
    expect((await runScan([dir], { staged: true })).findings()).toMatchObject([{ line: 1, column: 1, offset: 0 }]);
  });

  test('a hostile repository runs nothing and hides nothing', async () => {
    const { dir, git, put, commit } = repository('hostile');
    const mark = at('ran');
    const script = at('run.sh');
    writeFileSync(script, `#!/bin/sh\necho ran >> ${mark}\ncat\n`);
    chmodSync(script, 0o755);
    put('.gitattributes', '* diff=evil filter=evil\n*.bin -diff binary\n');
    put('a.bin', `x\n${key('attributes')}\n`);
    // Content that looks like the headers of a patch.
    put(
      'b',
      `commit ${'0'.repeat(40)}\ndiff --git a/x b/x\n+++ b/x\n@@ -0,0 +1,9 @@\n-- a\n++ b/other\n${key('headers')}\n`,
    );
    // In UTF-16 these are lines of their own, beside the blank before each line of a message.
    const lines = '\n+++ b/x.tar\n@@ -1,9999999 +1,1 @@\n+xxx\n';
    const real = commit(`x${Buffer.from(lines).toString('utf16le')}`);
    git('replace', real, git('commit-tree', git('hash-object', '-t', 'tree', '/dev/null'), '-m', 'empty'));
    for (const [name, value] of Object.entries({
      ...{ 'core.fsmonitor': script, 'core.pager': script, 'diff.external': script, 'core.hooksPath': at('') },
      ...{ 'diff.evil.textconv': script, 'diff.evil.command': script, 'filter.evil.clean': script },
      ...{ 'filter.evil.smudge': script, 'gpg.program': script, 'log.showSignature': 'true', 'log.showRoot': 'false' },
      ...{ 'diff.noprefix': 'true', 'color.ui': 'always', 'diff.context': '9', 'diff.renames': 'copies' },
      ...{ 'diff.interHunkContext': '99', 'diff.mnemonicPrefix': 'true', 'core.quotePath': 'true' },
      'i18n.logOutputEncoding': 'UTF-16LE',
    }))
      git('config', name, value);
    rmSync(mark, { force: true });
    const { findings, err } = await runScan([dir], { git: true });
    expect(err).toBe('');
    expect(findings()).toMatchObject([
      { file: `${dir}/a.bin`, line: 2, commit: real },
      { file: `${dir}/b`, line: 7, column: 1, commit: real },
    ]);
    expect(readFileSync(`${dir}/b`).indexOf('sk_')).toBe(findings()[1]?.offset);
    await runScan([dir], { staged: true });
    await runScan([dir], { gitignore: true });
    expect(existsSync(mark)).toBe(false);
  });

  test('no repository, no folder, no git: told, exit 2', async () => {
    mkdirSync(at('plain'));
    const env = { GIT_CEILING_DIRECTORIES: at('') };
    expect(await runScan([at('plain')], { git: true, env })).toMatchObject({
      ...{ exit: 2, err: expect.stringContaining('not a git repository') },
    });
    expect((await runScan([at('run.sh')], { git: true })).exit).toBe(2);
    expect((await runScan([at('run.sh'), at('plain')], { git: true, env, format: 'text' })).err).toMatch(
      /^0 commits, .*; 2 repositories could not be read$/m,
    );
    const { dir } = repository('empty');
    expect((await runScan([dir], { git: true, format: 'text' })).err).toMatch(/^0 commits, .*: 0 found$/m);
    expect(await runScan([at('history')], { git: true, env: { PATH: '/nonexistent' } })).toMatchObject({
      ...{ exit: 2, err: expect.stringContaining('git is not installed') },
    });
  });
});

describe('--staged', () => {
  test('what the next commit adds, and nothing else', async () => {
    const { dir, git, put, commit } = repository('staged');
    put('a', `${key('committed')}\n`);
    const before = await runScan([dir], { staged: true });
    expect(before.exit).toBe(0); // nothing staged in a repository without a commit
    git('add', '-A');
    expect((await runScan([dir], { staged: true })).findings()).toMatchObject([{ file: `${dir}/a`, line: 1 }]);
    commit();
    put('a', `${key('committed')}\nx\n  ${key('staged')}\n`);
    git('add', '-A');
    put('a', `${key('working')}\n`);
    put('untracked', key('untracked'));
    put('b', 'b\n');
    git('add', 'b');
    const { findings } = await runScan([dir], { staged: true });
    expect((await runScan([dir], { format: 'text', staged: true })).err).toMatch(/^2 files, .*: 1 found$/m);
    expect(findings()).toMatchObject([{ file: `${dir}/a`, line: 3, column: 3, offset: 51 }]);
    expect(findings()[0]).not.toHaveProperty('commit');
  });

  test('as a hook, the index that git names', async () => {
    const { dir, git, put } = repository('hook');
    put('partial', key('partial'));
    git('add', '-A');
    const env = { GIT_INDEX_FILE: `${dir}/.git/other-index` };
    expect((await runScan([dir], { staged: true, env })).findings()).toEqual([]);
    expect((await runScan([dir], { staged: true })).findings()).toHaveLength(1);
  });
});

describe('the reader of patches', () => {
  test('any cut of the stream says the same', () => {
    const patch = Buffer.from(
      `commit abc\n Add x\n \n commit c0ffee\n @@ -1 +1 @@\n\ndiff --git a/x b/x\nindex 0..12 100644\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@ f\n--- a/y\n+++ b/y\n+two\n\\ No newline at end of file\n@@ -9,0 +11 @@\n+\ncommit def\n\ndiff --git a/x b/x\nindex 1..2\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n`,
    );
    const said = (cuts: readonly number[]): readonly string[] => {
      const log: string[] = [];
      const read = createPatchReader({
        commit: (id) => log.push(`commit ${id}`, 'message '),
        message: (bytes) => log.push(`${log.pop()}${bytes}`),
        file: (path, blob) => log.push(`file ${path} ${blob}`),
        hunk: (line) => log.push(`hunk ${line}: `),
        added: (bytes) => log.push(`${log.pop()}${bytes}`),
      });
      const places = [0, ...[...cuts].sort((a, b) => a - b), patch.length];
      for (const [n, from] of places.entries()) read(patch.subarray(from, places[n + 1] ?? patch.length));
      return log;
    };
    expect(said([])).toEqual([
      ...['commit abc', 'message Add x\n\ncommit c0ffee\n@@ -1 +1 @@\n'],
      ...['file x 12', 'hunk 1: ++ b/y\ntwo\n', 'hunk 11: \n', 'commit def', 'message '],
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(patch.length), { maxLength: 12 }), (cuts) => {
        expect(said(cuts)).toEqual(said([]));
      }),
    );
  });
});
