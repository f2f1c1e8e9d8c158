import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { systemClock as clock } from '../../src/core/clock.ts';
import type { Fact } from '../../src/core/facts.ts';
import { sample } from '../../src/core/sample.ts';
import { Secret } from '../../src/core/secret.ts';
import { signatureOf } from '../../src/demo/github/parcel.ts';
import { startEmulatedGithub } from '../../src/demo/github.ts';
import {
  createGithub,
  createGithubWork,
  githubEvents,
  githubPartner,
  httpLogs,
  logFiles,
  logStdin,
} from '../../src/sources/index.ts';
import { openStore } from '../../src/store.ts';
import type { Bench, Subject } from '../source.contract.ts';
import { githubRoom } from './github-room.ts';
import { startIngress } from './ingress.ts';
import { createSigner, startKeyServer } from './partner.ts';
import { syslogSubjects } from './syslog.ts';

export const WEBHOOK_SECRET = 'the webhook secret';

/** A directory of its own. */
export const scratch = (): string => mkdtempSync(join(tmpdir(), 'keyfuse-sources-'));

/** Posts over a socket of its own; gives the status, 0 when there was none. */
export const post = (
  url: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<number> =>
  new Promise((resolve) => {
    const asked = request(url, {
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-length': `${Buffer.byteLength(body)}` },
    });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', () => resolve(0));
    asked.end(body);
  });

/** Headers of a delivery as GitHub sends it. */
export const deliveryHeaders = (
  event: string,
  body: string | Buffer,
  { secret = WEBHOOK_SECRET, guid = crypto.randomUUID() }: { secret?: string; guid?: string } = {},
): Record<string, string> => ({
  'content-type': 'application/json',
  'x-github-event': event,
  'x-github-delivery': guid,
  'x-hub-signature-256': signatureOf(secret, body),
});

export const commentPayload = (body: string): string =>
  JSON.stringify({
    action: 'created',
    issue: { number: 7, title: 'a title', body: null, html_url: 'https://example.test/7' },
    comment: { body, html_url: 'https://example.test/7#c' },
    repository: { full_name: 'acme/app' },
    sender: { login: 'mona' },
  });

/** Counts what senders were told. */
const counting = () => {
  const told: number[] = [];
  return {
    hear: (status: number): void => void told.push(status),
    acknowledged: () => told.filter((status) => status >= 200 && status < 300).length,
    refused: () => told.filter((status) => status === 503).length,
  };
};

const webhook: Subject = {
  name: 'github-webhook',
  replayable: true,
  async start({ record }): Promise<Bench> {
    const dir = scratch();
    const store = openStore(join(dir, 'db'), { reserveBytes: 0 });
    const ingress = await startIngress();
    const url = `${ingress.url}/api/github/webhooks`;
    const { hear, acknowledged, refused } = counting();
    return {
      source: githubRoom({ ingress, secrets: [new Secret(WEBHOOK_SECRET)], store, clock, record }),
      say(text) {
        const body = commentPayload(text);
        void post(url, body, deliveryHeaders('issue_comment', body)).then(hear);
      },
      async garble() {
        await post(url, '{"action":', deliveryHeaders('issue_comment', '{"action":'));
      },
      counted: 'malformed',
      acknowledged,
      refused,
      async close() {
        await ingress.close();
        await store.close();
        rmSync(dir, { recursive: true });
      },
    };
  },
};

const partner: Subject = {
  name: 'github-partner',
  replayable: true,
  async start({ record }): Promise<Bench> {
    const dir = scratch();
    const store = openStore(join(dir, 'db'), { reserveBytes: 0 });
    const ingress = await startIngress();
    const signer = createSigner();
    const server = await startKeyServer([signer.published]);
    const { hear, acknowledged, refused } = counting();
    const send = (body: string): Promise<number> =>
      post(`${ingress.url}/api/github/secret-scanning`, body, signer.headers(body));
    return {
      source: githubPartner({ ingress, keys: server.keys, store, clock, record, feedbackMs: 0 }),
      say: (text) => void send(JSON.stringify([{ token: text, type: 'a_type', url: '', source: 'commit' }])).then(hear),
      garble: () => send('[{"token":').then(() => undefined),
      counted: 'malformed',
      acknowledged,
      refused,
      async close() {
        await ingress.close();
        server.close();
        await store.close();
        rmSync(dir, { recursive: true });
      },
    };
  },
};

const events: Subject = {
  name: 'github-events',
  replayable: true,
  async start({ record }): Promise<Bench> {
    const dir = scratch();
    const store = openStore(join(dir, 'db'), { reserveBytes: 0 });
    const token = sample('a token of a poller', 40);
    const github = await startEmulatedGithub({ token, webhookSecret: WEBHOOK_SECRET });
    await github.createRepository('acme/app');
    const client = createGithub({ baseUrl: github.url, token: new Secret(token), clock });
    const work = createGithubWork({ store, clock, record });
    const needs = { ...work, github: client, repositories: ['acme/app'], note: (fact: Fact) => void record(fact) };
    // A minute takes 60 ms.
    const hasty = { ...clock, sleep: (ms: number, stop?: AbortSignal) => clock.sleep(ms / 1_000, stop) };
    return {
      source: githubEvents({ ...needs, clock: hasty }),
      say: (text) => void github.comment('acme/app', { issue: 1, body: text }),
      async close() {
        await github.close();
        await store.close();
        rmSync(dir, { recursive: true });
      },
    };
  },
};

/** One way of sending logs over HTTP: where to, and what is made of a text. */
const logsBy = (path: string, send: (text: string) => readonly [body: Uint8Array, headers: Headers]): Subject => ({
  name: 'http-logs',
  replayable: true,
  async start({ record }): Promise<Bench> {
    const ingress = await startIngress();
    const { hear, acknowledged, refused } = counting();
    const say = (text: string): Promise<void> => post(ingress.url + path, ...send(text)).then(hear);
    return {
      source: httpLogs({ ingress, clock, record }),
      say: (text) => void say(text),
      garble: () => post(`${ingress.url}/services/collector`, 'no object', {}).then(hear),
      counted: 'malformed',
      acknowledged,
      refused,
      close: ingress.close,
    };
  },
});
type Headers = Readonly<Record<string, string>>;

const packedLines = logsBy('/logs', (text) => [
  gzipSync(`{"message":"${text}"}\n`),
  { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
]);
const splunk = logsBy('/services/collector/event', (text) => [Buffer.from(`{"event":"${text}"}{"event":"next"}`), {}]);

const stdin: Subject = {
  name: 'stdin',
  replayable: false,
  async start({ record }): Promise<Bench> {
    const input = new PassThrough();
    return {
      source: logStdin({ input, clock, record }),
      say: (text) => void input.write(`${text}\n`),
      async garble() {
        input.write(Buffer.from([0, 0xff, 0xfe, 0xc3, 0x0a, 0, 0xd8]));
      },
      async close() {
        input.destroy();
      },
    };
  },
};

const file: Subject = {
  name: 'file',
  replayable: true,
  async start({ record }): Promise<Bench> {
    const dir = scratch();
    const path = join(dir, 'app.log');
    writeFileSync(path, '');
    const store = openStore(join(dir, 'db'), { reserveBytes: 0 });
    const ends: number[] = [];
    let size = 0;
    const append = (bytes: Buffer): void => {
      appendFileSync(path, bytes);
      size += bytes.length;
    };
    return {
      source: logFiles({ paths: [path], store, clock, record, pollMs: 100, fromStart: true }),
      say(text) {
        append(Buffer.from(`${text}\n`));
        ends.push(size);
      },
      garble: async () => append(Buffer.from([0, 0xff, 0xfe, 0xc3, 0x0a, 0, 0xd8])),
      acknowledged() {
        const row = store.read((sql) => sql.get('select max(at) as at from log_files'));
        return ends.filter((end) => end <= Number(row?.['at'] ?? 0)).length;
      },
      async close() {
        await store.close();
        rmSync(dir, { recursive: true });
      },
    };
  },
};

export const subjects: readonly Subject[] = [
  ...[webhook, partner, events, file, stdin, packedLines, splunk],
  ...syslogSubjects(scratch),
];
