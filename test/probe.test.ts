import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import type { Store } from '../src/core/store.ts';
import { outcomes } from '../src/core/verdict.ts';
import { createProbe, type ProbeSettings } from '../src/respond/probe.ts';
import { openStore } from '../src/store.ts';
import { createSeal, newKey } from '../src/topic/seal.ts';
import { eventually } from './support/eventually.ts';
import { type Hook, startHook } from './support/hook.ts';
import { createQuickClock, revoked, startChannel } from './support/notices.ts';
import { createFacts } from './support/sink.ts';

const KEY = `sk_${sample('a dead key', 43)}`;
const ring = (name: string) => createSeal([{ id: name, key: Buffer.from(newKey(), 'base64') }]);

let dir = '';
let store: Store;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfuse-probe-'));
  store = openStore(join(dir, 'keyfuse.db'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await store.close();
  await rm(dir, { recursive: true });
});

const api = async (...statuses: number[]): Promise<Hook> => {
  const hook = await startHook(...statuses);
  closers.push(hook.close);
  return hook;
};

const office = (url: URL, more: Partial<ProbeSettings> = {}, seal = ring('one')) => {
  const facts = createFacts();
  const settings = { url, header: 'authorization', template: 'Bearer {key}', refused: [401, 403], ...more };
  const times = { timeoutMs: 1_000, seconds: 300 };
  const needs = { store, clock: createQuickClock(10_000), record: facts.record, seal };
  const channel = startChannel(createProbe({ ...times, ...settings }, needs), store);
  closers.push(channel.end);
  return { ...channel, facts };
};
const kept = () => store.read((sql) => sql.all('select body, due_at from outbox'));
const FORGOTTEN = [{ body: '', due_at: null }];

test('the key is presented as the settings say until it is refused; that is a fact with a time', async () => {
  const { url, heard } = await api(200, 200, 403);
  const { note, facts } = office(url, { header: 'X-Api-Key', template: 'key={key};v=$&' });
  await note(revoked('a'), KEY);
  const [fact] = await eventually('it to be refused', () => facts.all.length > 0 && facts.of('key.refused-by-api'));
  const { incident, fingerprint } = revoked('a');
  expect(fact).toMatchObject({ incident, fingerprint, issuer: 'workos', attempts: 3, seconds: expect.any(Number) });
  expect(heard.map(({ method, headers }) => [method, headers['x-api-key'], headers.authorization])).toEqual(
    Array.from({ length: 3 }, () => ['GET', `key=${KEY};v=$&`, undefined]),
  );
  expect(kept()).toEqual(FORGOTTEN);
});

test.each([
  ['accepts it to the end', [200], 'key.accepted-by-api'],
  ['accepts it and then will not be asked any more', [200, 429], 'key.accepted-by-api'],
  ['says nothing definite', [404], 'key.unanswered-by-api'],
  ['is broken', [500, 302, 429, 503], 'key.unanswered-by-api'],
] as const)('an API that %s is told as that, and the key is forgotten', async (_, statuses, type) => {
  const { url, heard } = await api(...statuses);
  const { note, facts } = office(url);
  await note(revoked('a'), KEY);
  await eventually('the end', () => facts.all.length > 0);
  expect(facts.all).toMatchObject([{ type, attempts: heard.length }]);
  expect(heard.length).toBeGreaterThan(5);
  expect(kept()).toEqual(FORGOTTEN);
});

test('it goes nowhere else: a redirect is not followed', async () => {
  const [there, elsewhere] = [await api(307, 401), await api()];
  there.redirectTo(elsewhere.url);
  const { note, facts } = office(there.url);
  await note(revoked('a'), KEY);
  await eventually('it to be refused', () => facts.of('key.refused-by-api').length === 1);
  expect([there.heard.length, elsewhere.heard.length]).toEqual([2, 0]);
});

test('a key that is not proved dead is never presented', async () => {
  const { url, heard } = await api(401);
  const { note, facts } = office(url);
  for (const outcome of outcomes) await note(revoked(outcome, { outcome }), `${outcome} ${KEY}`);
  await note(revoked('again', { again: true }), `again ${KEY}`);
  await eventually('both', () => facts.all.length === 2);
  expect(heard.map(({ headers }) => headers.authorization).sort()).toEqual([
    `Bearer already-gone ${KEY}`,
    `Bearer revoked ${KEY}`,
  ]);
});

test('what is kept for a probe that the settings name no more is forgotten', async () => {
  const { url, heard } = await api(200);
  const first = office(url, { seconds: 86_400 });
  await first.note(revoked('a'), KEY);
  await eventually('it to be asked', () => heard.length > 0);
  await first.end();
  const asked = heard.length;
  const second = office(url, { url: undefined, seconds: 86_400 });
  await second.note(revoked('b'), KEY);
  await eventually('the end', () => second.facts.all.length > 0);
  expect(second.facts.all).toMatchObject([{ type: 'key.unanswered-by-api', incident: revoked('a').incident }]);
  // It is told before it is forgotten: a crash in between tells it twice.
  await eventually('it to be forgotten', () => JSON.stringify(kept()) === JSON.stringify(FORGOTTEN));
  expect(heard.length).toBe(asked);
});

test('what waits is sealed, survives the process, and opens with the same keys alone', async () => {
  const { url, heard, answer } = await api(200);
  const seal = ring('one');
  const patient = { seconds: 86_400 };
  const first = office(url, patient, seal);
  await first.note(revoked('a'), KEY);
  await eventually('it to be asked', () => heard.length > 0);
  await first.end();
  const files = await Promise.all((await readdir(dir)).map((name) => readFile(join(dir, name))));
  expect(files.length).toBeGreaterThan(1);
  for (const form of [KEY, Buffer.from(KEY).toString('base64').slice(0, 40)])
    expect(files.some((bytes) => bytes.includes(form))).toBe(false);
  expect(kept()).not.toEqual(FORGOTTEN);

  answer(401);
  const second = office(url, patient, seal);
  await eventually('it to be refused', () => second.facts.of('key.refused-by-api').length === 1);
  expect(heard.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`);
  await second.end();

  answer(200);
  const third = office(url, patient, seal);
  await third.note(revoked('b'), KEY);
  await eventually('it to be asked', () => heard.length > 2);
  await third.end();
  const asked = heard.length;
  const strange = office(url, {}, ring('other'));
  await eventually('it to be given up', () => strange.facts.all.length === 1);
  expect(strange.facts.all).toMatchObject([{ type: 'key.unanswered-by-api', detail: 'seal.unknown-key' }]);
  expect(heard).toHaveLength(asked);
});
