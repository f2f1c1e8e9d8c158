import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createWorkosTrail } from '../detectors/workos-customer-key.trail.ts';
import { fixedSecret } from '../src/core/live-secret.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import type { Trail } from '../src/core/trail.ts';
import { outcomes } from '../src/core/verdict.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { createIssuer } from '../src/issuers/road.ts';
import { createTrail } from '../src/respond/trail.ts';
import { openStore } from '../src/store.ts';
import { eventually } from './support/eventually.ts';
import { createQuickClock, revoked, startChannel } from './support/notices.ts';
import { createFacts } from './support/sink.ts';
import { faultsOf } from './support/workos-published.ts';

const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;

let dir = '';
let store: Store;
let workos: EmulatedWorkos;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keyfuse-trail-'));
  store = openStore(join(dir, 'keyfuse.db'));
  workos = await startEmulatedWorkos({ credential: CREDENTIAL });
  for (const id of ['org_1', 'org_2']) workos.addOrganization(id);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await workos.close();
  await store.close();
  await rm(dir, { recursive: true });
});

/** A daemon's part of it; `leastMs`: how long each of its pauses is by its own clock. */
const office = ({
  leastMs = 60_000,
  trail = createWorkosTrail() as Trail,
  credential = CREDENTIAL,
  at = store,
} = {}) => {
  const facts = createFacts();
  const clock = createQuickClock(leastMs);
  const needs = { clock, record: facts.record };
  const pace = { perSecond: 10_000, concurrency: 8, patienceMs: 10_000, deadlineMs: 5_000, bodyBytes: 1_000_000 };
  const settings = { issuer: 'workos', environment: 'default', baseUrl: new URL(workos.url) };
  const issuer = createIssuer({ ...settings, ...pace, credential: fixedSecret(new Secret(credential)) }, needs);
  const kept = createTrail({ trail, issuers: [issuer], store: at, ...needs });
  const channel = startChannel(kept, at);
  closers.push(channel.end);
  const sent = (n: number) => eventually(`${n} entries`, () => facts.of('notice.sent').length === n);
  return { ...channel, facts, sent, rotation: kept.rotation };
};
const calls = () => workos.stats().calls;
const actions = () => workos.auditEvents().map(({ action }) => action);

describe('what an organization reads of its keys', () => {
  test('is that a key leaked and is dead: as WorkOS publishes events, and nothing that tells where the key was', async () => {
    const { note, sent, facts } = office();
    const notice = revoked('a');
    await note(notice);
    await sent(2);
    const events = workos.auditEvents().toSorted((a, b) => a.action.localeCompare(b.action));
    for (const { organization: organization_id, event } of events)
      expect(faultsOf('AuditLogEventIngestionDto', { organization_id, event })).toEqual([]);
    const metadata = { source: 'github', detector: 'test-key', fingerprint: notice.fingerprint, severity: 'high' };
    const fixed = {
      ...{ version: 1, actor: { type: 'service', id: 'keyfuse', name: 'Keyfuse' }, context: { location: 'internal' } },
      targets: [
        { type: 'api_key', id: 'api_key_a', name: 'key a' },
        { type: 'organization', id: 'org_1' },
        { type: 'user', id: 'user_1' },
      ],
    };
    expect(events).toMatchObject([
      { organization: 'org_1', event: { ...fixed, action: 'api_key.leak_detected', metadata } },
      { event: { ...fixed, action: 'api_key.leak_revoked', metadata: { ...metadata, latency_ms: 250 } } },
    ]);
    // Each place of the notice, and who was there.
    const { locator, github } = notice.found;
    for (const place of [locator, github?.repo, github?.path, github?.commit])
      expect(JSON.stringify(events)).not.toContain(place);
    expect(facts.of('notice.sent')).toMatchObject([{ channel: 'audit-log' }, { incident: notice.incident }]);
  });

  test.each(outcomes)('an outcome of %s is told as far as something was done', async (outcome) => {
    const detected = 'api_key.leak_detected';
    const told: Partial<Record<string, readonly string[]>> = {
      revoked: [detected, 'api_key.leak_revoked'],
      'already-gone': [detected, 'api_key.leak_revoked'],
      refused: [detected, 'api_key.leak_revoke_failed'],
      'still-live': [detected],
      unproved: [detected],
    };
    const wanted = told[outcome] ?? [];
    const { note, sent } = office();
    await note(revoked('a', { outcome }));
    await note(revoked('b', { outcome: 'unproved' }));
    await sent(wanted.length + 1);
    const ofA = workos.auditEvents().filter(({ event }) => JSON.stringify(event).includes('api_key_a'));
    expect(ofA.map(({ action }) => action).sort()).toEqual(wanted);
  });

  test('a key of an organization names no user; what has no owner, or is another issuer’s, is no line', async () => {
    const { note, sent } = office();
    const { key, found } = revoked('a');
    const owner = { type: 'organization', id: 'org_2' } as const;
    await note(revoked('nobody', { key: key && { id: key.id, environment: 'default' } }));
    await note(revoked('other', { issuer: 'other' }));
    await note(revoked('again', { again: true }));
    await note(revoked('b', { key: key && { ...key, owner }, found: { ...found, source: 'syslog' } }));
    await sent(2);
    expect(workos.auditEvents()).toHaveLength(2);
    for (const { organization, event } of workos.auditEvents()) {
      expect([organization, JSON.stringify(event['targets'])]).toEqual(['org_2', expect.not.stringContaining('user')]);
      expect(event['metadata']).toMatchObject({ source: 'log' });
    }
  });

  test('a rotation is a line too, once, from any process on the database', async () => {
    const { rotation, sent } = office();
    const occurredAt = Date.parse('2026-11-01T12:00:00Z');
    const of = { environment: 'default', organization: 'org_1', key: { id: 'api_key_r', name: 'ci' }, occurredAt };
    await store.write(rotation({ ...of, action: 'api_key.rotation_scheduled' }));
    await store.write(rotation({ ...of, action: 'api_key.rotated' }));
    await store.write(rotation({ ...of, action: 'api_key.rotated' }));
    await sent(2);
    expect(actions().sort()).toEqual(['api_key.rotated', 'api_key.rotation_scheduled']);
    for (const { event } of workos.auditEvents())
      expect(event).toMatchObject({ occurred_at: '2026-11-01T12:00:00.000Z', metadata: {} });
  });
});

describe('delivery', () => {
  test.each([
    ['the answer is lost', { kind: 'lostAnswer' }],
    ['the connection is reset', { kind: 'reset' }],
    ['a page of something else answers', { kind: 'html200' }],
    ['it is throttled', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }],
    ['the issuer is broken', { kind: 'status', status: 503 }],
    ['the answer is of another shape', { kind: 'missingField' }],
  ] as const)('when %s, the same entry goes again, and stands there once', async (_, fault) => {
    workos.inject(fault, { times: 3, route: 'audit' });
    const { note, sent } = office();
    await note(revoked('a'));
    await sent(2);
    expect(actions().sort()).toEqual(['api_key.leak_detected', 'api_key.leak_revoked']);
  });

  test('a process that dies before it learns of the answer sends the same again', async () => {
    const real = createWorkosTrail();
    const lost: Trail = {
      issuer: 'workos',
      async write(...entry) {
        await real.write(...entry);
        return { reason: 'timeout' };
      },
    };
    const first = office({ trail: lost });
    await first.note(revoked('a'));
    await eventually('the entries to be taken', () => workos.auditEvents().length === 2);
    await first.end();
    const second = office();
    await second.sent(2);
    expect(workos.auditEvents()).toHaveLength(2);
    expect(calls().audit).toBeGreaterThanOrEqual(4);
  });

  test('one that is never taken is given up after a day and counted; a refusal of our credential halts nothing', async () => {
    const { note, facts, sent, end } = office({ leastMs: 3_600_000 });
    const { key } = revoked('a');
    const owner = { type: 'organization', id: 'org_gone' } as const;
    await note(revoked('a', { key: key && { ...key, owner }, outcome: 'unproved' }));
    await note(revoked('b', { outcome: 'unproved' }));
    await sent(1);
    await eventually('it to be given up', () => facts.of('notice.failed').length === 1);
    expect(facts.of('notice.failed')).toMatchObject([{ channel: 'audit-log', detail: 'status 400' }]);
    expect(facts.of('notice.late')).toHaveLength(1);
    await end();

    const refused = office({ leastMs: 3_600_000, credential: 'another' });
    await refused.note(revoked('c', { outcome: 'unproved' }));
    await eventually('it to be given up', () => refused.facts.of('notice.failed').length === 1);
    expect(refused.facts.of('notice.failed')).toMatchObject([{ detail: 'issuer.credential-refused' }]);
  });
});

describe('schemas', () => {
  test('are made once: daemons after the first find them, and those that begin together make no more than one each', async () => {
    const stores = Array.from({ length: 3 }, (_, n) => openStore(join(dir, `${n}.db`)));
    for (const one of stores) closers.push(() => one.close());
    const together = stores.map((at) => office({ at }));
    for (const [n, one] of together.entries())
      for (let m = 0; m < 5; m += 1) await one.note(revoked(`${n} ${m}`, { outcome: 'unproved' }));
    await eventually('all entries', () => workos.auditEvents().length === 15);
    for (const one of together) await one.end();
    expect(new Set(workos.auditEvents().map(({ event }) => event['version']))).toEqual(new Set([1]));
    const made = calls()['create-schema'];
    expect(made).toBeGreaterThanOrEqual(1);
    expect(made).toBeLessThanOrEqual(3);
    const later = office();
    await later.note(revoked('later', { outcome: 'unproved' }));
    await later.sent(1);
    expect(calls()).toMatchObject({ 'create-schema': made, schemas: expect.any(Number) });
  });

  test('of others stand beside ours, in any order and on any page, and the oldest that means what ours does is named', async () => {
    const path = `${workos.url}/audit_logs/actions/api_key.leak_detected/schemas`;
    const make = (body: object) =>
      fetch(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${CREDENTIAL}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const text = { type: 'string' };
    const ours = {
      targets: [{ type: 'user', metadata: { type: 'object', properties: {} } }, { type: 'organization' }],
      actor: { metadata: { type: 'object', properties: {} } },
      metadata: { properties: { severity: text, fingerprint: text, detector: text, source: text }, type: 'object' },
    };
    await make({ targets: [{ type: 'door' }] });
    for (let n = 0; n < 2; n += 1) await make({ ...ours, targets: [...ours.targets, { type: 'api_key' }] });
    for (let n = 0; n < 150; n += 1) await make({ targets: [{ type: `other ${n}` }] });
    const before = calls()['create-schema'];
    const { note, sent } = office();
    await note(revoked('a', { outcome: 'unproved' }));
    await sent(1);
    expect(workos.auditEvents()[0]?.event['version']).toBe(2);
    expect(calls()['create-schema']).toBe(before);
  });

  test('that were made although the answer was lost are found', async () => {
    workos.inject({ kind: 'lostAnswer' }, { times: 1, route: 'create-schema' });
    const { note, sent } = office();
    await note(revoked('a', { outcome: 'unproved' }));
    await sent(1);
    expect(calls()['create-schema']).toBe(1);
  });

  test('that cannot be listed are not made anew', async () => {
    workos.inject({ kind: 'html200' }, { times: 4, route: 'schemas' });
    const { note, sent } = office();
    await note(revoked('a', { outcome: 'unproved' }));
    await sent(1);
    expect(calls()).toMatchObject({ schemas: 6, 'create-schema': 1 });
  });
});
