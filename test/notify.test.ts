import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Clock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import type { Fact } from '../src/core/facts.ts';
import { fixedSecret, type Live } from '../src/core/live-secret.ts';
import type { Notice } from '../src/core/notice.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import type { Outcome } from '../src/core/verdict.ts';
import { createNotifier } from '../src/respond/notify.ts';
import { openStore } from '../src/store.ts';
import { eventually } from './support/eventually.ts';
import { expired } from './support/expired.ts';

const NOTICE: Notice = {
  ...{
    incident: '',
    fingerprint: '',
    outcome: 'revoked',
    detector: 'test-key',
    issuer: 'workos',
    critical: false,
    text: 'T',
  },
  found: { source: 'github-webhook', locator: 'octo/repo@abc:.env', receivedAt: 1_000_000, mode: 'live' },
};

let dir = '';
let store: Store;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfuse-notify-'));
  store = openStore(join(dir, 'keyfuse.db'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await store.close();
  await rm(dir, { recursive: true });
});

/** A receiver that answers with the given statuses in turn, then 200; and a notifier whose waits take no time. */
const desk = (...statuses: number[]) => deskOf({ statuses });

const deskOf = async ({ statuses = [], live = fixedSecret }: { statuses?: number[]; live?: Live }) => {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const facts: Fact[] = [];
  let ahead = 0;
  let blocked = 0;
  const record = async (fact: Fact) => {
    if (blocked-- > 0) throw new Fault('journal.blocked', 'planted');
    facts.push(fact);
  };
  const clock: Clock = {
    now: () => Date.now() + ahead,
    monotonic: () => performance.now(),
    async sleep() {
      ahead += 3_600_000;
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
  const settings = { url, secret: new Secret('s3cret') };
  const notifier = createNotifier(settings, { store, clock, record, live });
  const stop = new AbortController();
  const running = notifier.run(stop.signal);
  closers.push(
    () => server.close(),
    () => running,
    () => stop.abort(),
  );
  const note = (incident: string, outcome: Outcome = 'revoked', more: Partial<Notice> = {}) =>
    store.write(notifier.note({ ...NOTICE, incident, outcome, ...more }, new Secret('a key')));
  const block = (times: number) => {
    blocked = times;
  };
  const end = async () => {
    stop.abort();
    await running;
  };
  return { received, facts, note, block, end };
};

test('a notice is not signed with what has expired, nor sent without a signature', async () => {
  const { received, facts, note } = await deskOf({ live: expired });
  await note('inc_1');
  await eventually('a word of it', () => facts.length === 1);
  expect(facts).toMatchObject([{ type: 'notice.late', detail: 'secret.expired' }]);
  expect(received).toEqual([]);
});

test('a notice arrives once per outcome, signed over its bytes', async () => {
  const { received, facts, note } = await desk();
  await note('inc_1');
  await note('inc_1');
  await note('inc_1', 'still-live');
  await eventually('two notices', () => facts.length === 2);
  expect(received.map(({ body }) => JSON.parse(body).outcome).sort()).toEqual(['revoked', 'still-live']);
  for (const { headers, body } of received)
    expect(headers['x-keyfuse-signature']).toBe(`sha256=${createHmac('sha256', 's3cret').update(body).digest('hex')}`);
  expect(facts).toMatchObject([{ type: 'notice.sent' }, { type: 'notice.sent' }]);
});

test('a further sighting is no news', async () => {
  const { received, facts, note } = await desk();
  await note('inc_1', 'revoked', { again: true });
  await note('inc_2');
  await eventually('the other notice', () => facts.length === 1);
  expect(received.map(({ body }) => JSON.parse(body).incident)).toEqual(['inc_2']);
});

test('what was told is not told again, even after a restart', async () => {
  const first = await desk();
  await first.note('inc_1', 'held');
  await eventually('the notice', () => first.facts.length === 1);
  await first.end();
  const second = await desk();
  await second.note('inc_1', 'held');
  await second.note('inc_2', 'held');
  await eventually('the other notice', () => second.facts.length === 1);
  expect([...first.received, ...second.received].map(({ body }) => JSON.parse(body).incident)).toEqual([
    'inc_1',
    'inc_2',
  ]);
});

test('a journal that is blocked for a while stops no notices', async () => {
  const { received, facts, note, block } = await desk();
  block(2);
  await note('inc_1');
  await note('inc_2');
  await note('inc_3');
  // Sent, and said: what could not be said is sent once more.
  await eventually('all notices', () => facts.length === 3);
  expect(new Set(received.map(({ body }) => JSON.parse(body).incident))).toEqual(new Set(['inc_1', 'inc_2', 'inc_3']));
});

test('one that is refused is tried again, a redirect is not followed, and the others do not wait', async () => {
  const { received, facts, note } = await desk(500, 302);
  await note('inc_1');
  await eventually('the notice', () => facts.length === 1);
  expect(received.map(({ body }) => JSON.parse(body).incident)).toEqual(['inc_1', 'inc_1', 'inc_1']);
  expect(facts).toMatchObject([{ type: 'notice.sent', incident: 'inc_1' }]);
});

test('one that never arrives is given up, counted, and gone', async () => {
  const { received, facts, note } = await desk(...Array.from({ length: 40 }, () => 503));
  await note('inc_1');
  await eventually('it to be given up', () => facts.length === 2);
  const detail = 'status 503';
  expect(facts).toMatchObject([
    { type: 'notice.late', detail },
    { type: 'notice.failed', detail },
  ]);
  expect(received.length).toBeGreaterThan(20);
  await note('inc_1');
  expect(store.read((sql) => sql.all('select due_at from outbox'))).toEqual([{ due_at: null }]);
});

test('what a version before wrote down goes out, and what it told is not told again', async () => {
  store.migrate(`create table notices (
    id integer primary key, incident text not null, outcome text not null, body text not null,
    attempts integer not null default 0, due_at integer, unique (incident, outcome));
    insert into notices (incident, outcome, body, due_at) values ('inc_1', 'held', '{"incident":"inc_1"}', 5),
      ('inc_2', 'revoked', '{"incident":"inc_2"}', null)`);
  const { received, facts, note } = await desk();
  await note('inc_1', 'held');
  await note('inc_2');
  await note('inc_3');
  await eventually('both notices', () => facts.length === 2);
  expect(received.map(({ body }) => JSON.parse(body).incident).sort()).toEqual(['inc_1', 'inc_3']);
});
