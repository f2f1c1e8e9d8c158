import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sinceOf } from '../src/cli/scan-since.ts';
import { sample } from '../src/core/sample.ts';
import { keyfuse } from './support/daemon.ts';
import { runScan, scratch } from './support/scan-run.ts';

const { at, remove } = scratch('scan-usage');
afterAll(remove);
beforeAll(() => {
  mkdirSync(at('plain'));
  mkdirSync(at('repo'));
  const env = { PATH: process.env['PATH'], HOME: at('') };
  const git = (args: readonly string[], date: string): Buffer =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x', ...args], {
      ...{ cwd: at('repo'), env: { ...env, GIT_COMMITTER_DATE: date } },
    });
  git(['init', '-q'], '');
  for (const date of ['2001-01-01T12:00:00Z', '2002-02-02T12:00:00Z'])
    git(['commit', '-q', '--allow-empty', '-m', date], date);
});

test('--staged outside of a repository, or where nothing can be staged: told, exit 2', async () => {
  const staged = (place: string) => runScan([place], { staged: true, format: 'text' });
  const outside = await staged(at('plain'));
  expect(outside).toMatchObject({ exit: 2, err: expect.stringContaining('(git: not a git repository') });
  expect(outside.err).toMatch(/^0 files, .*; 1 repository could not be read$/m);
  expect(await staged(at('repo', '.git'))).toMatchObject({ exit: 2, err: expect.stringContaining('work tree') });
  expect((await staged(at('repo'))).exit).toBe(0);
});

test.each([
  [{ since: '2001-01-01' }, /--since .* --git/],
  [{ since: '2001-01-01', staged: true }, /--since .* --git/],
  [{ everyCommit: true }, /--every-commit .* --git/],
  [{ git: true, staged: true }, /--git and --staged/],
])('%j would be ignored in part: wrong usage', async (options, said) => {
  const run = await runScan([at('repo')], { format: 'text', ...options });
  expect(run).toMatchObject({ exit: 2, out: '', err: expect.stringMatching(said) });
  expect(run.err).not.toContain('found');
});

test('backfill takes --all, or names', async () => {
  const { exit, output } = await keyfuse(['backfill', '--all', 'acme/app'], { DATA_DIR: at('data') });
  expect({ exit, output }).toMatchObject({
    exit: 2,
    output: expect.stringMatching(/--all .* OWNER\/NAME.*backfill --help/s),
  });
  expect(existsSync(at('data'))).toBe(false);
});

test.each([
  ['git@host.example:a/b.git', false, /give an https URL, and add --git/],
  ['git@host.example:a/b.git', true, /give an https URL, or/],
  ['ssh://git@host.example/a/b.git', true, /give an https URL/],
  ['ftp://host.example/a/b.git', false, /give an https URL/],
  ['https://host.example/a/b', false, /add --git/],
])('%s (--git: %s) is elsewhere: told how it is read', async (place, git, said) => {
  const run = await runScan([at('plain'), place], { format: 'text', git });
  expect(run).toMatchObject({ exit: 2, out: '', err: expect.stringMatching(said) });
  expect(run.err).not.toMatch(/ENOENT|found/);
});

test('a file that is named as an address is a file', async () => {
  writeFileSync(at('plain', 'x@y:z'), '');
  const here = process.cwd();
  process.chdir(at('plain'));
  const run = await runScan(['x@y:z'], { format: 'text' }).finally(() => process.chdir(here));
  expect(run).toMatchObject({ exit: 0, err: expect.stringContaining('1 file,') });
});

test.each(['text', 'jsonl'] as const)('ended by hand: one line says that it is incomplete (%s)', async (format) => {
  const stop = new AbortController();
  const pieces = [Buffer.from(`sk_${sample('usage stop', 43)}\n`)];
  const input = new Readable({
    read() {
      const next = pieces.shift();
      if (next) this.push(next);
      else stop.abort();
    },
  });
  const { exit, err } = await runScan(['-'], { format, input, stop: stop.signal });
  expect({ exit, err }).toEqual({
    exit: 2,
    err: expect.stringMatching(/^keyfuse: ended early, so this is incomplete: 1 file, .*: 1 found\n$/),
  });
});

test('the bar of a terminal is gone when the summary is written', async () => {
  const input = Readable.from(
    (async function* () {
      yield Buffer.from('calm\n');
      await pause(150); // it is drawn ten times a second
      yield Buffer.from('calm\n');
    })(),
  );
  const { err } = await runScan(['-'], { format: 'text', input, isTTY: true });
  const [before, ...drawn] = err.split('\r\u001b[2K');
  expect(before).toBe('');
  expect(drawn.length).toBeGreaterThan(1);
  expect(drawn.pop()).toMatch(/^1 file, /);
  for (const line of drawn) expect(line).toMatch(/ 0 found$/);
});

test('the help says where a key in a message is told', async () => {
  expect((await keyfuse(['scan', '--help'], {})).output).toMatch(/commit's message .* <repo>\/COMMIT_EDITMSG/);
});

test.each([
  [['scan', '--since'], 'keyfuse scan --help'],
  [['parked', 'redrive', 'x'], 'keyfuse parked redrive --help'],
  [['parked', 'nonsense'], 'keyfuse parked --help'],
  [['run', '--role', 'boss'], 'keyfuse run --help'],
  [['nonsense'], 'keyfuse --help'],
])('%j points to its own help', async (args, help) => {
  const { exit, output } = await keyfuse(args, {});
  expect({ exit, output }).toMatchObject({ exit: 2, output: expect.stringContaining(`(try '${help}')`) });
});

describe('--since', () => {
  // Local time: what is relative to a day is that of here.
  const now = new Date(2026, 2, 31, 15, 30, 10, 500).getTime();
  const local = (...parts: readonly [number, number, number, number?, number?, number?]): number => {
    const [year, month, ...rest] = parts;
    return new Date(year, month - 1, ...(rest as [number])).getTime();
  };

  test.each([
    ['2026-03-01', local(2026, 3, 1)],
    ['2024-02-29', local(2024, 2, 29)],
    ['2026-03-01T10:20', local(2026, 3, 1, 10, 20)],
    ['2026-03-01 10:20:30', local(2026, 3, 1, 10, 20, 30)],
    ['2026-03-01T10:20:30Z', Date.UTC(2026, 2, 1, 10, 20, 30)],
    ['2026-03-01 10:20:30 +0200', Date.UTC(2026, 2, 1, 8, 20, 30)],
    ['2026-03-01T10:20:30.999-05:30', Date.UTC(2026, 2, 1, 15, 50, 30)],
    ['1950-01-01', 0],
    ['2 weeks ago', local(2026, 3, 31, 15, 30, 10) - 14 * 86_400_000],
    ['2.weeks', local(2026, 3, 31, 15, 30, 10) - 14 * 86_400_000],
    ['90 minutes', local(2026, 3, 31, 14, 0, 10)],
    ['1.hour.ago', local(2026, 3, 31, 14, 30, 10)],
    ['1 month ago', local(2026, 2, 28, 15, 30, 10)],
    ['2 Years', local(2024, 3, 31, 15, 30, 10)],
    ['yesterday', local(2026, 3, 30)],
    ['today', local(2026, 3, 31)],
  ])('%s is a time', (text, ms) => {
    expect(sinceOf(text, now)).toMatchObject({ ms });
  });

  test.each([
    ...['', 'bananas', 'now', 'weeks', '2 weeks hence', '2w', 'last week', '2O26-01-01', '2026-13-45', '2026-02-29'],
    ...['2026-3-1', '2026-03', '01/02/2026', '2026-03-01T25:00', '2026-03-01T10', '1767225600', '999999 years ago'],
    ...['2026-04-02', '2062-03-01'],
  ])('%j is refused', (text) => {
    expect(() => sinceOf(text, now)).toThrow(/^--since /);
  });

  test('a day that has begun elsewhere is none of the future', () => {
    expect(sinceOf('2026-04-01', now).shown).toBe('2026-04-01');
  });

  test('git is asked for just that, and the summary says since when', async () => {
    const summary = async (since: string) =>
      (await runScan([at('repo')], { git: true, format: 'text', since })).err.replace(/,.*\n/, '');
    expect(await summary('2000-01-01')).toBe('2 commits since 2000-01-01');
    expect(await summary('2001-01-01T12:00:01Z')).toBe('1 commit since 2001-01-01T12:00:01Z');
    expect(await summary('2001-01-01T12:00:00Z')).toBe('2 commits since 2001-01-01T12:00:00Z');
    expect(await summary('1950-01-01')).toBe('2 commits since 1950-01-01');
    expect(await summary('yesterday')).toMatch(/^0 commits since \d{4}-/);
  });

  test('what is no date is wrong usage, and nothing is read', async () => {
    const run = await runScan([at('repo')], { git: true, format: 'text', since: 'bananas' });
    expect(run).toMatchObject({ exit: 2, out: '' });
    expect(run.err).toMatch(/^keyfuse: --since bananas is no date .*2026-11-14.*2 weeks ago.*keyfuse scan --help/);
    expect(run.err).not.toContain('commits');
  });
});
