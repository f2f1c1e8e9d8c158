import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock as clock } from '../src/core/clock.ts';
import type { GithubClientName } from '../src/core/github-facts.ts';
import type { GithubClient } from '../src/sources/github/client.ts';
import { createGithub } from '../src/sources/index.ts';
import { eventually } from './support/eventually.ts';

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

const fine: Reply = (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
const limited =
  (headers: Record<string, string>, message = 'too much'): Reply =>
  (response) =>
    void response.writeHead(429, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ message }));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that answers with the given replies in turn, then well; and when each call came to it. */
const start = async (...replies: Reply[]) => {
  const came: { path: string; at: number }[] = [];
  const server = createServer((request, response) => {
    came.push({ path: `${request.method} ${request.url}`, at: performance.now() });
    request.resume().on('end', () => (replies.shift() ?? fine)(response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = (name: GithubClientName = 'calm', { base = url, timeoutMs = 5_000 } = {}) =>
    createGithub({ baseUrl: base, clock, name, timeoutMs });
  return { came, client, url, gaps: () => came.slice(1).map(({ at }, i) => at - (came[i]?.at ?? 0)) };
};

const forever = new AbortController().signal;
const close = (n: number, stop = forever) =>
  ({ method: 'PATCH', path: `/repos/a/b/secret-scanning/alerts/${n}`, body: { state: 'resolved' }, stop }) as const;
const comment = { method: 'POST', path: '/repos/a/b/issues/1/comments', body: { body: 'x' }, stop: forever } as const;
/** How long it took, in ms, and what came of it. */
const timed = async (work: Promise<unknown>) => {
  const begun = performance.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason as { status?: number; waitMs?: number },
  );
  return { ms: performance.now() - begun, error };
};

describe('the calm client', () => {
  test('makes one change a second and one comment in three; the urgent one waits for nobody', async () => {
    const { client, came, gaps } = await start();
    const enterprise = await start();
    const calm = client();
    const comments = enterprise.client('calm', { base: `${enterprise.url}/api/v3` });
    const slow = Promise.all([
      ...[1, 2].map((n) => calm.json(close(n))),
      ...[comment, comment].map((one) => comments.json(one)),
    ]);
    await eventually('the first change', () => came.length === 1);
    await client('urgent').json(close(3));
    await slow;
    expect(came.map(({ path }) => path.slice(-1))).toEqual(['1', '3', '2']);
    expect(gaps().reduce((all, gap) => all + gap, 0)).toBeGreaterThan(800);
    expect(enterprise.came.map(({ path }) => path)).toEqual(Array(2).fill('POST /api/v3/repos/a/b/issues/1/comments'));
    expect(enterprise.gaps()[0]).toBeGreaterThan(2_600);
  });

  test.each<[string, Reply]>([
    ['retry-after', limited({ 'retry-after': '2' })],
    ['retry-after of a secondary limit', limited({ 'retry-after': '2' }, 'You have exceeded a secondary rate limit.')],
    [
      'x-ratelimit-reset',
      (response, request) =>
        limited({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + 2) })(
          response,
          request,
        ),
    ],
  ])('says nothing more while a limit lasts: %s', async (_, reply) => {
    const { client, came, gaps } = await start(reply);
    const calm = client();
    const { ms, error } = await timed(calm.json({ path: '/meta', stop: forever }));
    expect(error).toMatchObject({ status: 429, waitMs: expect.any(Number) });
    expect(ms).toBeLessThan(1_900);
    await Promise.all([calm.json({ path: '/meta', stop: forever }), calm.json({ path: '/meta', stop: forever })]);
    expect(came.length).toBe(3); // what was refused was not asked again behind our back
    expect(gaps()[0]).toBeGreaterThanOrEqual(900);
  });

  test.each<[string, readonly Reply[], (calm: GithubClient) => Promise<unknown>]>([
    ['its turn', [], (calm) => calm.json(comment)],
    ['a limit to be over', [limited({ 'retry-after': '60' })], (calm) => calm.json({ path: '/meta', stop: forever })],
  ])('stop ends at once what waits for %s, and it is never sent', async (_, replies, before) => {
    const { client, came } = await start(...replies);
    const calm = client();
    await before(calm).catch(() => undefined);
    const stop = new AbortController();
    const waiting = timed(calm.json({ ...comment, stop: stop.signal }));
    await pause(50);
    stop.abort();
    expect((await waiting).ms).toBeLessThan(2_500);
    await pause(3_100); // its turn would have come
    expect(came.length).toBe(1);
  });

  test('no answer is known soon: refused, reset, silent, silent in the middle of an error', async () => {
    const { client } = await start(
      (response) => response.socket?.resetAndDestroy(),
      () => undefined,
      (response) => void response.writeHead(500, { 'content-length': '100' }).write('half'),
    );
    const calm = client('calm', { timeoutMs: 300 });
    const gone = createGithub({ baseUrl: 'http://127.0.0.1:9', clock, name: 'calm' });
    for (const one of [gone, calm, calm, calm]) {
      const { ms, error } = await timed(one.json({ path: '/meta', stop: forever }));
      expect(error).toMatchObject({ name: 'GithubRefusal', status: 0 });
      expect(ms).toBeLessThan(2_000);
    }
    expect(await calm.json({ path: '/meta', stop: forever })).toEqual({});
  });
});
