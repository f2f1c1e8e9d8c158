import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock as clock } from '../src/core/clock.ts';
import { scanPull } from '../src/sources/github/pull.ts';
import { scanRange } from '../src/sources/github/range.ts';
import { createGithub } from '../src/sources/index.ts';
import { startAnswers, type TestAnswer } from './support/answers.ts';

const [old, now] = ['a'.repeat(40), 'b'.repeat(40)];
let close: () => void;
afterEach(() => close());

/** What a work names, against a GitHub that answers so. */
const named = async (scan: typeof scanRange, item: string, answer: (url: URL) => TestAnswer) => {
  const github = await startAnswers(answer);
  close = github.close;
  const client = createGithub({ baseUrl: github.url, clock });
  // Neither asks for more than this.
  const needs = { github: client, stop: new AbortController().signal } as never;
  const wanted = await scan({ repo: 'acme/app', item } as never, needs);
  return wanted?.map(({ kind, item: name }) => `${kind} ${name}`);
};

describe('a range', () => {
  const compared = (status: string, total: number) => ({
    body: { status, total_commits: total, commits: [{ sha: now }] },
  });
  test.each([
    ['diverged, a few commits', compared('diverged', 5), [`range ${now}..${old}`, `commit ${now}`]],
    ['diverged, too many for calls', compared('diverged', 400), [`history ${old}..${now}`, `range ${now}..${old}`]],
    ['ahead, too many for calls', compared('ahead', 400), [`history ${old}..${now}`]],
    ['no common ancestor', { status: 404, body: {} }, [`history ${old}..${now}`, `range ${now}..${old}`]],
  ])('%s: what was replaced is named too', async (_, answer, expected) => {
    const all = await named(scanRange, `${old}..${now}`, ({ pathname }) =>
      pathname.includes('/compare/') ? answer : { body: { sha: now } },
    );
    expect(all).toEqual(expected);
  });
});

describe('a pull request from a fork', () => {
  test('that was forced to another commit before we came: what it had is named too', async () => {
    const list = () => ({ body: [{ sha: now }] });
    expect(await named(scanPull, `7@${old}`, list)).toEqual([`commit ${now}`, `range ..${old}`]);
    close();
    expect(await named(scanPull, `7@${now}`, list)).toEqual([`commit ${now}`]);
  });
});
