import { generateKeyPairSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock as clock } from '../../src/core/clock.ts';
import { sample } from '../../src/core/sample.ts';
import { Secret } from '../../src/core/secret.ts';
import { type EmulatedGithubOptions, startEmulatedGithub } from '../../src/demo/github.ts';
import { createGithub } from '../../src/sources/index.ts';
import { openStore } from '../../src/store.ts';
import { scratch, WEBHOOK_SECRET } from './benches.ts';
import { eventually } from './eventually.ts';
import { githubRoom } from './github-room.ts';
import { startIngress } from './ingress.ts';
import { createFacts, createSink } from './sink.ts';

export const GITHUB_TOKEN = sample('the token of the emulated GitHub', 40);
export const REPO = 'acme/app';
const delays = { missing: [50, 50, 50, 50], failing: [50, 50, 50] };

/** An App that the emulated GitHub knows, and its private half. */
export const createApp = () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return { app: { id: 4711, publicKey, slug: 'keyfuse' }, privateKey: new Secret(privateKey) };
};

/** The webhook source and its work, against an emulated GitHub with one repository that has one commit. */
export const startGithubBench = async (options: Partial<EmulatedGithubOptions> = {}) => {
  const dir = scratch();
  const github = await startEmulatedGithub({ token: GITHUB_TOKEN, webhookSecret: WEBHOOK_SECRET, ...options });
  await github.createRepository(REPO);
  await github.push(REPO, { commits: [{ message: 'the beginning', files: { 'readme.txt': 'hello\n' } }] });
  const ingress = await startIngress();
  const url = `${ingress.url}/api/github/webhooks`;
  const facts = createFacts();
  const sink = createSink();
  const client = createGithub({
    baseUrl: github.url,
    token: new Secret(GITHUB_TOKEN),
    clock,
    timeoutMs: 5_000,
    note: (fact) => void facts.record(fact),
  });
  const open = (given = client, emit = sink.emit) => {
    const store = openStore(join(dir, 'db'), { reserveBytes: 0 });
    const needs = {
      ingress,
      store,
      clock,
      record: facts.record,
      github: given,
      limits: { delays },
      git: { dir: join(dir, 'git'), env: process.env },
    };
    const room = githubRoom({ ...needs, secrets: [new Secret(WEBHOOK_SECRET)] });
    const stop = new AbortController();
    const running = room.run(emit, stop.signal);
    return {
      ...{ room, store, stop },
      async shut() {
        stop.abort();
        await running;
        await store.close();
      },
    };
  };
  github.setHookUrl(url);
  return {
    ...{ dir, github, ingress, url, facts, sink, client, open, clock },
    placeOf: (text: string) => sink.taken.find(({ bytes }) => Buffer.from(bytes).includes(text))?.origin,
    has: (text: string) => eventually(`${text.slice(0, 4)}… is found`, () => sink.has(text), 10_000),
    async close() {
      await github.close();
      await ingress.close();
      rmSync(dir, { recursive: true });
    },
  };
};

export type GithubBench = Awaited<ReturnType<typeof startGithubBench>>;

/** The room, and beside it what is under test, which ends with it. */
export const openBeside = (
  opened: ReturnType<GithubBench['open']>,
  run: (opened: ReturnType<GithubBench['open']>) => Promise<void>,
) => {
  const running = run(opened);
  return {
    ...opened,
    async away(): Promise<void> {
      opened.stop.abort();
      await running;
      await opened.shut();
    },
  };
};
