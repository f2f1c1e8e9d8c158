import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import { sample } from '../src/core/sample.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { eventually } from './support/eventually.ts';
import { faultsOf } from './support/workos-published.ts';

// The environment around the keys: who owns them, what happens to them, and what its customers' trails are told.

const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;
const ORG = 'org_01EHZNVPK3SFK441A1RGBFSHRT';
const START = Date.parse('2026-11-23T12:00:00Z');

let workos: EmulatedWorkos;
let now: number;
let ends: (() => unknown)[];

beforeEach(async () => {
  now = START;
  workos = await startEmulatedWorkos({ credential: CREDENTIAL, now: () => now });
  ends = [workos.close];
});
afterEach(() => Promise.all(ends.map((end) => end())));

const sdk = (): WorkOS => {
  const { hostname, port } = new URL(workos.url);
  return new WorkOS(CREDENTIAL, { apiHostname: hostname, port: Number(port), https: false, maxRetries: 0 });
};

type Json = Readonly<Record<string, unknown>>;
const ask = async (path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
  const answer = await fetch(workos.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${CREDENTIAL}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as Json };
};

test('what is asked of users has a limit of its own', async () => {
  const limited = await startEmulatedWorkos({ credential: CREDENTIAL, userRateLimit: { max: 1, perMs: 10_000 } });
  ends.push(limited.close);
  limited.addUser('user_1', ORG);
  const headers = { authorization: `Bearer ${CREDENTIAL}` };
  const statuses: number[] = [];
  for (const path of ['/user_management/users', '/user_management/users/user_1/api_keys', '/organizations', '/events'])
    statuses.push((await fetch(limited.url + path, { headers })).status);
  expect(statuses).toEqual([200, 429, 200, 200]);
});

describe('owners', () => {
  test('organizations and their users page through, as published', async () => {
    for (let nth = 0; nth < 25; nth += 1) workos.addOrganization(`org_${nth}`, `Shop ${nth}`);
    workos.addUser('user_1', 'org_3');
    workos.addUser('user_1', 'org_4');
    workos.addUser('user_2', 'org_4');
    const all = await (await sdk().organizations.listOrganizations()).autoPagination();
    expect(new Set(all.map(({ name }) => name)).size).toBe(25);
    const users = async (organizationId?: string) =>
      (await sdk().userManagement.listUsers(organizationId ? { organizationId } : {})).data.map(({ id }) => id);
    expect([await users(), await users('org_3'), await users('org_4')]).toEqual([
      ['user_2', 'user_1'],
      ['user_1'],
      ['user_2', 'user_1'],
    ]);
    expect(faultsOf('OrganizationList', (await ask('/organizations')).json)).toEqual([]);
    expect(faultsOf('UserlandUserList', (await ask('/user_management/users')).json)).toEqual([]);
    expect(workos.removeOrganization('org_4')).toBe(true);
    expect((await ask('/user_management/users?organization_id=org_4')).status).toBe(404);
    expect((await ask('/organizations/org_4/api_keys')).status).toBe(404);
  });
});

describe('events', () => {
  test('what the API and a dashboard do to keys, in order, with what was before', async () => {
    const { id } = workos.issueKey({ organization: ORG, name: 'one' });
    now += 1_000;
    await ask(`/api_keys/${id}/expire`, { expires_at: '2027-01-01T00:00:00Z' });
    now += 1_000;
    const other = workos.issueKey({ user: 'user_1', organization: 'org_other', name: 'two' }).id;
    now += 1_000;
    workos.removeKey(id);
    const events = async (query = '') => (await ask(`/events${query}`)).json;
    const named = (list: Json) =>
      (list['data'] as { event: string; data: { id: string } }[]).map(({ event, data }) => [event, data.id]);
    const list = await events();
    expect(faultsOf('EventList', list)).toEqual([]);
    expect(named(list)).toEqual([
      ['api_key.created', id],
      ['api_key.updated', id],
      ['api_key.created', other],
      ['api_key.revoked', id],
    ]);
    expect(list['data']).toMatchObject([{}, { data: { previous_attributes: { expires_at: null } } }, {}, {}]);
    expect(named(await events('?events=api_key.revoked,api_key.updated'))).toHaveLength(2);
    expect(named(await events('?organization_id=org_other'))).toEqual([['api_key.created', other]]);
    const page = await sdk().events.listEvents({ events: ['api_key.created', 'api_key.revoked'], limit: 2 });
    expect(page.data.map(({ event }) => event)).toEqual(['api_key.created', 'api_key.created']);
    const { after } = page.listMetadata;
    expect(named(await events(`?events=api_key.created,api_key.revoked&after=${after}`))).toEqual([
      ['api_key.revoked', id],
    ]);
    expect(named(await events(`?range_start=${new Date(now).toISOString()}`))).toEqual([['api_key.revoked', id]]);
    now += 91 * 86_400_000;
    expect((await events())['data']).toEqual([]);
    for (const query of ['?range_start=soon', '?range_start=2026-01-01&range_end=2026-03-01'])
      expect((await ask(`/events${query}`)).status).toBe(400);
  });

  test('a webhook is signed as the SDK checks it, and comes again until it is taken', async () => {
    const secret = sample('webhook secret', 32);
    const bodies: { body: string; signature: string }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        bodies.push({
          body: Buffer.concat(chunks).toString(),
          signature: String(request.headers['workos-signature']),
        });
        response.writeHead(bodies.length === 1 ? 500 : 200).end();
      });
    }).listen(0, '127.0.0.1');
    ends.push(() => server.close());
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    workos.addWebhook({ url, secret });
    now = Date.now();
    const { id } = workos.issueKey({ organization: ORG, name: 'one' });
    await eventually('it came twice', () => bodies.length === 2);
    const [first, again] = bodies;
    expect(again?.body).toBe(first?.body);
    const payload = JSON.parse(again?.body ?? '{}') as Json;
    const event = await sdk().webhooks.constructEvent({ payload, sigHeader: again?.signature ?? '', secret });
    expect([event.event, (event.data as { id: string }).id]).toEqual(['api_key.created', id]);
    workos.removeWebhook(url);
    workos.removeKey(id);
    expect(bodies).toHaveLength(2);
  });
});

describe('audit logs', () => {
  const action = 'api_key.rotated';
  const schema = {
    targets: [{ type: 'api_key' }, { type: 'organization' }],
    metadata: { type: 'object', properties: { latency_ms: { type: 'number' } } },
  };
  const event = (more: Json = {}) => ({
    ...{ action, occurred_at: '2026-11-23T12:00:00Z', actor: { id: 'keyfuse', type: 'service' } },
    ...{ targets: [{ id: 'api_key_1', type: 'api_key' }], context: { location: 'internal' }, ...more },
  });
  const tell = (more: Json = {}, key = '', organization_id = ORG) =>
    ask('/audit_logs/events', { organization_id, event: event(more) }, key ? { 'idempotency-key': key } : {});

  test('a schema comes first, each is a version, and an event must fit the one that it names', async () => {
    workos.addOrganization(ORG);
    expect((await ask(`/audit_logs/actions/${action}/schemas`)).status).toBe(404);
    expect(await tell()).toMatchObject({ status: 400, json: { code: 'invalid_audit_log_event' } });
    const made = await ask(`/audit_logs/actions/${action}/schemas`, schema);
    expect([made.status, made.json['version'], faultsOf('AuditLogSchemaJson', made.json)]).toEqual([201, 1, []]);
    await ask(`/audit_logs/actions/${action}/schemas`, { targets: [{ type: 'user' }] });
    const list = (await ask(`/audit_logs/actions/${action}/schemas`)).json['data'] as { version: number }[];
    expect(list.map(({ version }) => version)).toEqual([2, 1]);
    expect(faultsOf('AuditLogEventIngestionDto', { organization_id: ORG, event: event() })).toEqual([]);
    expect((await tell()).status).toBe(200);
    expect((await tell({ version: 2 })).json['errors']).toEqual([{ instancePath: '/targets' }]);
    expect((await tell({ metadata: { latency_ms: 'fast' } })).json['errors']).toEqual([{ instancePath: '/metadata' }]);
    expect((await tell({ metadata: { a: { b: 1 } } })).status).toBe(400);
    expect((await tell({ metadata: { a: 'x'.repeat(501) } })).status).toBe(400);
    expect((await tell({ context: {} })).status).toBe(422);
    expect((await tell({}, '', 'org_nobody')).status).toBe(400);
    expect(workos.auditEvents()).toMatchObject([{ organization: ORG, action }]);
  });

  test('the same event with the same key is taken once a day; the SDK sends another key each time', async () => {
    workos.addOrganization(ORG);
    await ask(`/audit_logs/actions/${action}/schemas`, schema);
    for (let nth = 0; nth < 3; nth += 1) expect((await tell({}, 'one')).status).toBe(200);
    expect(workos.auditEvents()).toHaveLength(1);
    await tell({}, 'two');
    await tell({ metadata: { latency_ms: 1 } }, 'one');
    now += 25 * 3_600_000;
    await tell({}, 'one');
    expect(workos.auditEvents()).toHaveLength(4);
    const asked = { ...event(), occurredAt: new Date(now), context: { location: 'internal' } } as never;
    for (let nth = 0; nth < 2; nth += 1) await sdk().auditLogs.createEvent(ORG, asked);
    expect(workos.auditEvents()).toHaveLength(6);
    for (let nth = 0; nth < 2; nth += 1) await sdk().auditLogs.createEvent(ORG, asked, { idempotencyKey: 'three' });
    expect(workos.auditEvents()).toHaveLength(7);
  });
});
