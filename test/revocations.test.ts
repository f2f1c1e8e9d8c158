import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../src/core/errors.ts';
import { RevocationNotice } from '../src/core/revocation-notice.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import { type Outcome, outcomes } from '../src/core/verdict.ts';
import { createRevocations, type RevocationSettings } from '../src/respond/revocations.ts';
import { openStore } from '../src/store.ts';
import { eventually } from './support/eventually.ts';
import { expired } from './support/expired.ts';
import { startHook } from './support/hook.ts';
import { createQuickClock, revoked, startChannel } from './support/notices.ts';
import { createFacts } from './support/sink.ts';

const SIGNING = Buffer.from(sample('signing', 32)).toString('base64');
const KEY = `sk_${sample('a dead key', 43)}`;

let dir = '';
let store: Store;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfuse-revocations-'));
  store = openStore(join(dir, 'keyfuse.db'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await store.close();
  await rm(dir, { recursive: true });
});

const hook = async (...statuses: number[]) => {
  const started = await startHook(...statuses);
  closers.push(started.close);
  return started;
};

const office = (
  settings: Partial<RevocationSettings>,
  announce?: (fingerprint: string, body: string) => Promise<void>,
) => {
  const facts = createFacts();
  const clock = createQuickClock(60_000);
  const set = { urls: [], secret: new Secret(`whsec_${SIGNING}`), sha256: true, ...settings };
  const channel = startChannel(createRevocations(set, { store, clock, record: facts.record, announce }), store);
  closers.push(channel.end);
  return { ...channel, facts };
};

describe('the notice of a key that is proved dead', () => {
  test('says all that a gateway can know the key by, and is signed as Standard Webhooks are', async () => {
    const { url, heard } = await hook();
    const { note, facts } = office({ urls: [url] });
    await note(revoked('a'), KEY);
    await eventually('the notice', () => facts.of('notice.sent').length === 1);
    const [{ method, headers, body }] = heard as [(typeof heard)[0]];
    const { timestamp, ...rest } = RevocationNotice.parse(JSON.parse(body));
    expect(method).toBe('POST');
    expect(rest).toEqual({
      type: 'api_key.revoked',
      data: {
        ...{ incident: revoked('a').incident, outcome: 'revoked', issuer: 'workos', environment: 'default' },
        ...{ keyId: 'api_key_a', owner: { type: 'user', id: 'user_1', organization: 'org_1' }, detector: 'test-key' },
        fingerprint: revoked('a').fingerprint,
        sha256: createHash('sha256').update(KEY).digest('hex'),
      },
    });
    const [id, at] = [headers['webhook-id'], Number(headers['webhook-timestamp'])];
    expect(id).toBe(revoked('a').incident);
    expect(Math.abs(at - Date.parse(timestamp) / 1000)).toBeLessThan(3_600);
    const mac = createHmac('sha256', Buffer.from(SIGNING, 'base64')).update(`${id}.${at}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${mac}`);
    expect(facts.of('notice.sent')).toMatchObject([
      { channel: 'revocation-webhook', incident: id, seconds: expect.any(Number) },
    ]);
  });

  test('is not signed with what has expired, nor sent without a signature', async () => {
    const { url, heard } = await hook();
    const facts = createFacts();
    const needs = { store, clock: createQuickClock(60_000), record: facts.record, live: expired };
    const set = { urls: [url], secret: new Secret(SIGNING), sha256: true };
    const channel = startChannel(createRevocations(set, needs), store);
    closers.push(channel.end);
    await channel.note(revoked('a'), KEY);
    await eventually('a word of it', () => facts.of('notice.late').length === 1);
    expect(facts.of('notice.late')).toMatchObject([{ detail: 'secret.expired' }]);
    expect(heard).toEqual([]);
  });

  test('holds neither the key nor a place where it was', async () => {
    const { url, heard } = await hook();
    const { note, facts } = office({ urls: [url], sha256: false });
    await note(revoked('a'), KEY);
    await eventually('the notice', () => facts.of('notice.sent').length === 1);
    expect(JSON.parse(heard[0]?.body ?? '').data).not.toHaveProperty('sha256');
    for (const secret of [KEY, createHash('sha256').update(KEY).digest('hex'), 'secret-shop', 'a.env'])
      expect(JSON.stringify(heard)).not.toContain(secret);
  });

  test('is sent of what is proved dead alone, and once', async () => {
    const { url, heard } = await hook();
    const { note, facts } = office({ urls: [url] });
    for (const outcome of outcomes) await note(revoked(outcome, { outcome: outcome as Outcome }));
    await note(revoked('again', { again: true }));
    await note(revoked('no handle', { key: undefined }));
    await note(revoked('revoked'));
    await eventually('both notices', () => facts.of('notice.sent').length === 2);
    expect(store.read((sql) => sql.all('select id from outbox'))).toHaveLength(2);
    expect(heard.map(({ body }) => JSON.parse(body).data.outcome).sort()).toEqual(['already-gone', 'revoked']);
  });

  test('goes to each receiver by itself: one that is away keeps it from no other', async () => {
    const [away, there] = [await hook(503, 302, 200), await hook()];
    const { note, facts } = office({ urls: [away.url, there.url] });
    await note(revoked('a'));
    await eventually('both', () => facts.of('notice.sent').length === 2);
    expect([away.heard.length, there.heard.length]).toEqual([3, 1]);
    expect(new Set([...away.heard, ...there.heard].map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set([...away.heard, ...there.heard].map(({ body }) => body)).size).toBe(1);
    // Each attempt has a time, and so a signature, of its own.
    expect(new Set(away.heard.map(({ headers }) => headers['webhook-signature'])).size).toBe(3);
  });

  test('goes on the topic under the fingerprint, as soon as the brokers take it', async () => {
    const told: [string, string][] = [];
    let away = 2;
    const { note, facts } = office({}, async (...one) => {
      if (away-- > 0) throw new Fault('topic.unreachable', 'planted');
      told.push(one);
    });
    await note(revoked('a'), KEY);
    await eventually('it to be told', () => facts.of('notice.sent').length === 1);
    const [[key, body]] = told as [[string, string]];
    expect(key).toBe(revoked('a').fingerprint);
    expect(RevocationNotice.parse(JSON.parse(body)).data.keyId).toBe('api_key_a');
    expect(facts.of('notice.sent')).toMatchObject([{ channel: 'revocation-topic' }]);
  });
});
