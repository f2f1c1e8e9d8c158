import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { systemClock as clock } from '../src/core/clock.ts';
import { fixedSecret, type Live } from '../src/core/live-secret.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { createGithub } from '../src/sources/index.ts';
import { startAnswers } from './support/answers.ts';
import { createApp } from './support/github-bench.ts';

const closers: (() => unknown)[] = [];
const start: typeof startAnswers = async (answer) => {
  const server = await startAnswers(answer);
  closers.push(server.close);
  return server;
};
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const stop = new AbortController().signal;
const HOUR = 3_600_000;

/** The store in which Octokit keeps tokens for an hour takes no clock of ours. */
const hoursLater = async (hours: number, work: () => Promise<void>): Promise<void> => {
  const { now } = Date;
  Date.now = () => now() + hours * HOUR;
  await work().finally(() => {
    Date.now = now;
  });
};

test('an App that was removed and installed again is found once its token has run out', async () => {
  let installed = 1;
  const { url, asked } = await start(({ pathname }, { headers }) => {
    if (pathname.endsWith('/installation')) return { body: { id: installed } };
    const number = /installations\/(\d+)\/access_tokens/.exec(pathname)?.[1];
    if (number === undefined) return { body: { as: headers.authorization } };
    if (number !== String(installed)) return { status: 404, body: { message: 'Not Found' } };
    const until = new Date(Date.now() + HOUR).toISOString();
    return { status: 201, body: { token: `token-${number}`, expires_at: until, permissions: {} } };
  });
  const { privateKey } = createApp();
  const client = createGithub({ baseUrl: url, clock, app: { id: '4711', privateKey } });
  const ask = () => client.json({ path: '/repos/acme/app', stop });
  expect(await ask()).toEqual({ as: 'Bearer token-1' });
  installed = 2;
  await hoursLater(2, async () => {
    expect(await ask()).toEqual({ as: 'Bearer token-2' });
    expect(await client.gitHeader('acme/app')).toBe(`Basic ${btoa('x-access-token:token-2')}`);
  });
  expect(asked.filter((call) => call.includes('/installation')).length).toBe(5);
});

test('a download is followed from host to host, and within one; our token stays here', async () => {
  const seen: unknown[] = [];
  const far = await start(({ pathname }, { headers }) => {
    seen.push(headers.authorization);
    const headersOf = { '/one': { location: `${far.url}/two` }, '/two': { location: 'three?signed' } }[pathname];
    return headersOf ? { status: 302, headers: headersOf, body: 'Moved' } : { body: 'the log' };
  });
  const api = await start(() => ({ status: 302, headers: { location: `${far.url}/one` } }));
  const client = createGithub({ baseUrl: api.url, clock, token: new Secret(sample('a token', 40)) });
  expect(await text(client.download({ path: '/repos/a/b/actions/jobs/1/logs', stop }))).toBe('the log');
  expect(far.asked).toEqual(['GET /one', 'GET /two', 'GET /three?signed']);
  expect(seen).toEqual([undefined, undefined, undefined]);
});

test('a token that GitHub refuses is asked for anew, so that the next call has the new one', async () => {
  const [old, fresh] = ['old', 'fresh'].map((seed) => new Secret(sample(`a ${seed} token`, 40))) as [Secret, Secret];
  const asked: Secret[] = [];
  let current = old;
  const live: Live = () => ({
    ...{ ...fixedSecret(old), now: () => current, known: () => [current] },
    async newerThan(refused) {
      asked.push(refused);
      current = fresh;
      return fresh;
    },
  });
  const api = await start((_, { headers }) =>
    headers.authorization === `Bearer ${fresh.expose()}` ? { body: '{}' } : { status: 401, body: '{}' },
  );
  const client = createGithub({ baseUrl: api.url, clock, token: old, live });
  await expect(client.json({ path: '/repos/a/b', stop })).rejects.toMatchObject({ status: 401 });
  expect(await client.json({ path: '/repos/a/b', stop })).toEqual({});
  expect(asked).toEqual([old]);
});

test('a download that goes on and on, or back to us, is refused, and what its redirects say is not taken for it', async () => {
  const turn = await start(() => ({ status: 302, headers: { location: `${turn.url}/again` }, body: 'Moved' }));
  const back = await start(() => ({ status: 302, headers: { location: `${api.url}/user` }, body: 'Moved' }));
  const api = await start(({ pathname }) => ({
    status: 302,
    headers: { location: pathname === '/x' ? turn.url : back.url },
  }));
  const client = createGithub({ baseUrl: api.url, clock });
  for (const path of ['/x', '/y']) {
    const taken: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const bytes of client.download({ path, stop })) taken.push(bytes);
    };
    await expect(read()).rejects.toMatchObject({ name: 'GithubRefusal', status: 0 });
    expect(taken).toEqual([]);
  }
  expect([turn.asked.length, back.asked.length, api.asked.length]).toEqual([3, 1, 2]);
});
