import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Emit } from '../src/core/fragment.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import { GithubRefusal } from '../src/sources/github/refusal.ts';
import { createGithub } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { scratch, WEBHOOK_SECRET } from './support/benches.ts';
import { eventually, gate } from './support/eventually.ts';
import { type GithubRoom, githubRoom } from './support/github-room.ts';
import { startIngress, type TestIngress } from './support/ingress.ts';
import { startChild } from './support/kill.ts';
import { createFacts, createSink, type Facts, type Sink } from './support/sink.ts';

const TOKEN = sample('the token of the emulated GitHub', 40);
const REPO = 'acme/app';
const delays = { missing: [50, 50, 50, 50], failing: [50, 50, 50] };

let dir: string;
let store: Store;
let ingress: TestIngress;
let github: EmulatedGithub;
let facts: Facts;
let sink: Sink;
let source: GithubRoom;
let stop: AbortController;
let running: Promise<void>;
/** What patches and blobs have to wait for. */
let filesWait: Promise<void> | undefined;

const open = (token: string = TOKEN, clock = systemClock): void => {
  stop = new AbortController();
  const client = createGithub({ baseUrl: github.url, token: new Secret(token), clock, timeoutMs: 3_000 });
  const needs = { ingress, store, clock, record: facts.record, github: client, limits: { delays } };
  source = githubRoom({ ...needs, secrets: [new Secret(WEBHOOK_SECRET)] });
  const emit: Emit = async (fragment) => {
    if (fragment.origin.locator.includes(':')) await filesWait;
    await sink.emit(fragment);
  };
  running = source.run(emit, stop.signal);
};
const shut = async (): Promise<void> => {
  sink.open();
  stop.abort();
  await running;
};

beforeEach(async () => {
  dir = scratch();
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  ingress = await startIngress();
  github = await startEmulatedGithub({ token: TOKEN, webhookSecret: WEBHOOK_SECRET });
  await github.createRepository(REPO);
  facts = createFacts();
  sink = createSink();
  filesWait = undefined;
  open();
  await github.push(REPO, { commits: [{ message: 'the beginning', files: { 'readme.txt': 'hello\n' } }] });
  github.setHookUrl(`${ingress.url}/api/github/webhooks`);
});
afterEach(async () => {
  await shut();
  await github.close();
  await ingress.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

const allRead = () => eventually('all commits are read', () => source.waiting() === 0);
const placeOf = (text: string) => sink.taken.find(({ bytes }) => Buffer.from(bytes).includes(text))?.origin;

describe('commits of a push', () => {
  test('a key that one commit adds and the next removes is found', async () => {
    const key = sample('added, then removed', 40);
    const commits = [
      { message: 'add', files: { 'conf/app.env': `KEY=${key}\n` } },
      { message: 'remove', files: { 'conf/app.env': null } },
    ];
    const { made, delivery } = await github.push(REPO, { commits });
    expect(delivery?.status).toBe(200);
    await allRead();
    expect(sink.has(key)).toBe(true);
    const origin = placeOf(key);
    expect([`${REPO}@${made[0]}:conf/app.env`, `${REPO}@${made[1]}:conf/app.env`]).toContain(origin?.locator);
    expect(origin?.link).toContain(`/blob/`);
    expect(github.calls().compare).toBe(0);
    expect(github.calls().commit).toBe(2);
    expect(source.unscanned()).toBe(0);
  });

  test('the message and the file names are read too', async () => {
    const [message, name] = [sample('in a message', 40), sample('in a name', 40)];
    await github.push(REPO, { commits: [{ message: `fix\n\n${message}`, files: { [`dir/${name}.txt`]: 'x\n' } }] });
    await allRead();
    expect(sink.has(message)).toBe(true);
    expect(sink.has(name)).toBe(true);
  });

  test('more than 300 files are paged through', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 700 }, (_, i) => [`f/${i}.txt`, `${sample(`file ${i}`, 24)}\n`]),
    );
    await github.push(REPO, { commits: [{ message: 'many', files }] });
    await allRead();
    const all = sink.texts().join('\n');
    for (let i = 0; i < 700; i += 1) expect([i, all.includes(sample(`file ${i}`, 24))]).toEqual([i, true]);
    expect(github.calls().commit).toBe(3);
  });

  test('a file without a patch, binary or large, is read whole', async () => {
    const [inBinary, inLarge] = [sample('in a binary', 40), sample('in a large file', 40)];
    const large = `${'a line of a large file\n'.repeat(60_000)}${inLarge}\n`;
    const files = { 'a.bin': Buffer.from(`\0\x01\xff${inBinary}\0`, 'latin1'), 'large.txt': large, empty: '' };
    await github.push(REPO, { commits: [{ message: 'no patch', files }] });
    await allRead();
    expect(sink.has(inBinary)).toBe(true);
    expect(sink.has(inLarge)).toBe(true);
    expect(github.calls().blob).toBe(2);
    expect(source.unscanned()).toBe(0);
  });

  test('a forced push: what stood there before is read', async () => {
    github.setHookUrl(undefined);
    const key = sample('forced away', 40);
    await github.push(REPO, { commits: [{ message: 'leak', files: { 'a.env': `${key}\n` } }] });
    github.setHookUrl(`${ingress.url}/api/github/webhooks`);
    await github.push(REPO, { commits: [{ message: 'clean', files: { 'a.env': 'nothing\n' } }], force: true });
    await allRead();
    expect(sink.has(key)).toBe(true);
    expect(source.unscanned()).toBe(0);
  });

  test('a new branch is read', async () => {
    const key = sample('on a branch', 40);
    await github.push(REPO, { branch: 'topic', commits: [{ message: 'new', files: { 'b.env': `${key}\n` } }] });
    await allRead();
    expect(sink.has(key)).toBe(true);
    expect(source.unscanned()).toBe(0);
  });

  test('the row goes only after every file is durable', async () => {
    const door = gate();
    filesWait = door.passed;
    const key = sample('waits', 40);
    const { delivery } = await github.push(REPO, { commits: [{ message: 'm', files: { 'a.env': `${key}\n` } }] });
    expect(delivery?.status).toBe(200);
    await pause(400);
    expect(github.calls().commit).toBe(1);
    expect(source.waiting()).toBe(1);
    door.open();
    await allRead();
    expect(sink.has(key)).toBe(true);
  });
});

describe('when GitHub does not give a commit', () => {
  const pushOne = (text: string) =>
    github.push(REPO, { commits: [{ message: 'one', files: { 'a.env': `${text}\n` } }] });

  test.each([404, 409, 422] as const)('a %i for a moment after the push is waited out', async (status) => {
    const race = github.race(3, status);
    await pushOne(sample(`race ${status}`, 40));
    await allRead();
    expect(sink.has(sample(`race ${status}`, 40))).toBe(true);
    expect(github.calls().commit).toBe(4);
    expect(source.unscanned()).toBe(0);
    expect(race).toBeDefined();
  });

  test('a rate limit is obeyed, is no attempt, and holds the other commits too', async () => {
    github.limit('secondary', 2, { seconds: 2, status: 429 });
    const begun = performance.now();
    await pushOne(sample('limited', 40));
    await allRead();
    expect(performance.now() - begun).toBeGreaterThan(1_900);
    expect(sink.has(sample('limited', 40))).toBe(true);
    expect(facts.of('fault.raised').map(({ code }) => code)).toContain('github.rate-limited');
    expect(github.calls().commit).toBeLessThanOrEqual(4);
  });

  test('a primary limit is waited out until its reset', async () => {
    github.limit('primary', 1, { seconds: 2 });
    const begun = performance.now();
    await pushOne(sample('primary', 40));
    await allRead();
    expect(performance.now() - begun).toBeGreaterThan(900);
    expect(sink.has(sample('primary', 40))).toBe(true);
  });

  test.each([
    ['an error of theirs', () => github.fail(503, 2)],
    ['half an answer', () => github.inject({ kind: 'truncated' }, { times: 2 })],
    ['a cut connection', () => github.inject({ kind: 'truncated', end: 'cut' }, { times: 2 })],
    ['a web page', () => github.inject({ kind: 'html200' }, { times: 2 })],
    ['an answer of another shape', () => github.inject({ kind: 'wrongShape' }, { times: 2 })],
    ['a reset', () => github.inject({ kind: 'reset' }, { times: 2 })],
  ])('%s is tried again', async (name, plant) => {
    plant();
    await pushOne(sample(name, 40));
    await allRead();
    expect(sink.has(sample(name, 40))).toBe(true);
    expect(source.unscanned()).toBe(0);
  });

  test('what comes due while it is looked for is not left for a minute', async () => {
    await shut();
    let passed = 0;
    const now = (): number => {
      passed += 20;
      return systemClock.now() + passed;
    };
    open(TOKEN, { ...systemClock, now });
    for (let n = 0; n < 6; n += 1) {
      github.fail(503, 3);
      await pushOne(sample(`comes due ${n}`, 40));
      await allRead();
      expect(source.unscanned()).toBe(0);
    }
  });

  test('silence is given up and tried again', async () => {
    github.inject({ kind: 'hang' }, { times: 1 });
    await pushOne(sample('silence', 40));
    await allRead();
    expect(sink.has(sample('silence', 40))).toBe(true);
  });

  test('an endless answer is given up, and the commit is unscanned', async () => {
    github.inject({ kind: 'huge' }, { times: 1 });
    await pushOne(sample('endless', 40));
    await eventually('it is given up', () => source.unscanned() === 1);
  });

  test('for ever: it is unscanned, kept and counted, and a later push of it is read', async () => {
    github.race(100, 404);
    const { payload } = await pushOne(sample('never', 40));
    await eventually('it is given up', () => source.unscanned() === 1);
    expect(source.waiting()).toBe(0);
    expect(facts.of('source.unscanned').map(({ reason, detail }) => [reason, detail])).toEqual([
      ['refused', 'GitHub: status 404'],
    ]);
    expect(github.calls().commit).toBe(1 + delays.missing.length);
    github.clearFaults();
    await github.deliver('push', payload);
    await allRead();
    expect(source.unscanned()).toBe(0);
    expect(sink.has(sample('never', 40))).toBe(true);
  });

  test('one file that cannot be had does not keep the others from being read', async () => {
    github.inject({ kind: 'status', status: 404 }, { route: 'blob', times: 100 });
    const key = sample('beside it', 40);
    const files = { 'a.bin': Buffer.from([0, 1, 2, 255]), 'b.env': `${key}\n` };
    await github.push(REPO, { commits: [{ message: 'two', files }] });
    await eventually('it is given up', () => source.unscanned() === 1);
    expect(sink.has(key)).toBe(true);
  });

  test('a token that is refused gives no commit up', async () => {
    await shut();
    open('another token');
    await pushOne(sample('refused', 40));
    await eventually('it is said', () =>
      facts.of('fault.raised').some(({ code }) => code === 'github.credential-refused'),
    );
    await pause(500);
    expect(source.waiting()).toBe(1);
    expect(source.unscanned()).toBe(0);
    await shut();
    open();
    await allRead();
    expect(sink.has(sample('refused', 40))).toBe(true);
  });

  test('a topic that refuses gives no commit up', async () => {
    const commits = [{ message: 'one', files: { 'a.env': `${sample('later', 40)}\n` } }];
    github.race(1);
    await github.push(REPO, { commits });
    sink.refuse(true);
    await pause(600);
    expect(source.waiting()).toBe(1);
    sink.refuse(false);
    await allRead();
    expect(sink.has(sample('later', 40))).toBe(true);
  });
});

describe('the client', () => {
  test('takes our token to no other host, by redirect or by page', async () => {
    const seen: (string | undefined)[] = [];
    const foreign = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    const elsewhere = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`;
    const answers = [
      { status: 302, headers: { location: elsewhere } },
      { status: 200, headers: { link: `<${elsewhere}>; rel="next"` } },
    ];
    for (const { status, headers } of answers) {
      const host = createServer((_, response) => response.writeHead(status, headers).end('{}'));
      await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
      const baseUrl = `http://127.0.0.1:${(host.address() as AddressInfo).port}/api/v3`;
      const client = createGithub({ baseUrl, token: new Secret(TOKEN), clock: systemClock });
      const read = async (): Promise<void> => {
        for await (const _ of client.pages({ path: '/repos/a/b/commits/x', stop: new AbortController().signal }));
      };
      await expect(read()).rejects.toThrow(GithubRefusal);
      host.closeAllConnections();
      host.close();
    }
    foreign.close();
    expect(seen).toEqual([]);
  });

  test('follows a redirect of the same host, says its version, and keeps the token out of its errors', async () => {
    const seen: (string | undefined)[] = [];
    const host = createServer((request, response) => {
      seen.push(`${request.url} ${request.headers['x-github-api-version']}`);
      const moved = request.url?.startsWith('/repos/');
      response.writeHead(moved ? 301 : 500, moved ? { location: '/repositories/1/x' } : {}).end('{"message":"no"}');
    });
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const client = createGithub({ baseUrl, token: new Secret(TOKEN), clock: systemClock });
    const error = await client
      .download({ path: `/repos/a/b/git/blobs/${'c'.repeat(40)}`, stop: stop.signal })
      [Symbol.asyncIterator]()
      .next()
      .catch((e: unknown) => e);
    expect(seen).toEqual([`/repos/a/b/git/blobs/${'c'.repeat(40)} 2022-11-28`, '/repositories/1/x 2022-11-28']);
    expect(error).toMatchObject({ status: 500 });
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).stack);
    expect(shown).not.toContain(TOKEN);
    host.closeAllConnections();
    host.close();
  });

  test('without a token it says so once', async () => {
    await shut();
    stop = new AbortController();
    const client = createGithub({ baseUrl: github.url, clock: systemClock });
    const needs = { ingress, store, clock: systemClock, record: facts.record, github: client };
    source = githubRoom({ ...needs, secrets: [new Secret(WEBHOOK_SECRET)] });
    running = source.run(sink.emit, stop.signal);
    await eventually('it is said', () =>
      facts.of('fault.raised').some(({ code }) => code === 'github.unauthenticated'),
    );
  });
});

describe('kill -9', () => {
  test('every commit of an answered push is read, however often the process is killed', async () => {
    await shut();
    const place = scratch();
    const keys: string[] = [];
    const files = (round: number, i: number): Record<string, string> => {
      keys.push(sample(`killed ${round} ${i}`, 32));
      return { [`r${round}/f${i}.env`]: `${keys.at(-1)}\n` };
    };
    let waiting = 1;
    for (let round = 0; round < 6 || waiting > 0; round += 1) {
      const child = await startChild('github', place, github.url, TOKEN, WEBHOOK_SECRET);
      try {
        github.setHookUrl(`${child.said.split(' ')[1]}/api/github/webhooks`);
        if (round < 6) {
          const commits = Array.from({ length: 6 }, (_, i) => ({ message: `c ${round} ${i}`, files: files(round, i) }));
          expect((await github.push(REPO, { commits })).delivery?.status).toBe(200);
        }
        await pause(round < 6 ? Math.random() * 60 : 1_000);
      } finally {
        await child.kill();
      }
      const after = openStore(join(place, 'db'), { reserveBytes: 0 });
      waiting = Number(
        after.read((sql) => sql.get(`select count(*) as n from github_work where state <> 'done'`))?.['n'],
      );
      await after.close();
      expect(round).toBeLessThan(30);
    }
    const emitted = readFileSync(join(place, 'emitted'), 'utf8');
    for (const key of keys) expect([key, emitted.includes(key)]).toEqual([key, true]);
    rmSync(place, { recursive: true });
    open();
  }, 90_000);
});
