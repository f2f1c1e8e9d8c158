import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createEmulator, type Emulator } from 'emulate';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import { createGithub } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { githubRoom } from './support/github-room.ts';
import { startIngress, type TestIngress } from './support/ingress.ts';
import { createFacts, createSink } from './support/sink.ts';

/** A GitHub that nobody of this house wrote. https://github.com/vercel-labs/emulate */
describe('emulate, end to end', () => {
  const token = sample('a token for emulate', 24);
  const secret = sample('a webhook secret for emulate', 24);
  const repo = '/repos/octocat/hello';
  const dir = scratch();
  const sink = createSink();
  const facts = createFacts();
  const stop = new AbortController();
  let emulator: Emulator;
  let ingress: TestIngress;
  let store: Store;
  let running: Promise<void>;
  let room: ReturnType<typeof githubRoom>;

  const call = async (method: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${emulator.url}${path}`, { method, headers, body: JSON.stringify(body) });
    expect([path, answer.ok]).toEqual([path, true]);
    return (await answer.json()) as { readonly sha: string; readonly commit: { readonly sha: string } };
  };
  const put = (path: string, text: string) =>
    call('PUT', `${repo}/contents/${path}`, { message: `adds ${path}`, content: Buffer.from(text).toString('base64') });
  const found = (text: string) => eventually(`${text.slice(0, 4)}…`, () => sink.has(text), 10_000);

  beforeAll(async () => {
    const github = { users: [{ login: 'octocat' }], repos: [{ owner: 'octocat', name: 'hello', auto_init: true }] };
    const tokens = { [token]: { login: 'octocat', scopes: ['repo', 'admin:repo_hook'] } };
    emulator = await createEmulator({ service: 'github', port: await freePort(), seed: { tokens, github } });
    ingress = await startIngress();
    store = openStore(join(dir, 'db'), { reserveBytes: 0 });
    const client = createGithub({ baseUrl: emulator.url, token: new Secret(token), clock });
    room = githubRoom({ ingress, store, clock, record: facts.record, github: client, secrets: [new Secret(secret)] });
    running = room.run(sink.emit, stop.signal);
    const config = { url: `${ingress.url}/api/github/webhooks`, content_type: 'json', secret };
    await call('POST', `${repo}/hooks`, { config, events: ['*'] });
  });
  afterAll(async () => {
    stop.abort();
    await running;
    await Promise.all([emulator.close(), ingress.close(), store.close()]);
    rmSync(dir, { recursive: true });
  });

  test('a push: its signed webhook, the patch that we fetch, the finding', async () => {
    const key = sample('pushed to emulate', 40);
    const { commit } = await put('conf/app.env', `A=1\nK=${key}\n`);
    await found(key);
    const origin = sink.taken.find(({ bytes }) => Buffer.from(bytes).includes(key))?.origin;
    expect(origin?.locator).toBe(`octocat/hello@${commit.sha}:conf/app.env`);
    await eventually('all is read', () => room.waiting() === 0);
    expect(room.unscanned()).toBe(0);
  });

  test('an issue, a comment, a release', async () => {
    const [title, comment, notes] = ['title', 'comment', 'notes'].map((seed) => sample(`emulate ${seed}`, 40));
    await call('POST', `${repo}/issues`, { title: `it says ${title}`, body: 'a body' });
    await call('POST', `${repo}/issues/1/comments`, { body: `use ${comment}` });
    await call('POST', `${repo}/releases`, { tag_name: 'v1', name: 'one', body: `with ${notes}` });
    for (const text of [title, comment, notes]) await found(String(text));
    expect(facts.rejected('malformed')).toBe(0);
  });
});

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
