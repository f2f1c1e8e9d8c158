import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
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

const leak = (seed: string): string => sample(`odd ${seed}`, 40);

test('many files without a patch in one commit are read by git, not by a call each', async () => {
  const { github, has, placeOf } = bench;
  const binary = (n: number) => Buffer.from(`\0\xff ${n} ${n === 50 ? leak('binary') : ''}\0`, 'latin1');
  const files = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`${n}.bin`, binary(n)]));
  const { after } = await github.push(REPO, { commits: [{ message: 'images', files }] });
  await has(leak('binary'));
  expect(placeOf(leak('binary'))).toMatchObject({ locator: `${REPO}@${after}:50.bin`, mode: 'live' });
  expect(now.room.list.find('history', REPO, `only ${after}`)?.state).toBeDefined();
  expect(github.calls().blob).toBe(0);
});

test('an annotated tag that GitHub has late is waited for', async () => {
  const { github, has } = bench;
  const late = github.inject({ kind: 'status', status: 404, body: {} }, { route: 'tag', times: 3 });
  await github.pushTags(REPO, [{ name: 'v1', message: `first ${leak('tag')}` }]);
  await has(leak('tag'));
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
