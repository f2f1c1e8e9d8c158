import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import { sample } from '../src/core/sample.ts';
import type { Fault } from '../src/demo/faults.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { spawnEmulatedWorkos } from '../src/demo/workos-child.ts';
import { type Assumptions, sha256 } from '../src/demo/workos-keys.ts';
import { faultsOf } from './support/workos-published.ts';

const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;
const ORG = 'org_01EHZNVPK3SFK441A1RGBFSHRT';
const USER = 'user_01EHZNVPK3SFK441A1RGBFSHRT';
const UNKNOWN_ID = 'api_key_01EHZNVPK3SFK441A1RGBFSHRT';

let workos: EmulatedWorkos;
let now: number;
/** What a test started and must be ended, however the test ends. */
let ends: (() => unknown)[];

const start = async (assume: Partial<Assumptions> = {}): Promise<EmulatedWorkos> => {
  const started = await startEmulatedWorkos({ credential: CREDENTIAL, now: () => now, assume });
  ends.push(started.close);
  return started;
};

beforeEach(async () => {
  now = Date.parse('2026-11-23T12:00:00Z');
  ends = [];
  workos = await start();
});
afterEach(() => Promise.all(ends.map((end) => end())));

const sdk = (credential = CREDENTIAL): WorkOS => {
  const { hostname, port } = new URL(workos.url);
  return new WorkOS(credential, {
    apiHostname: hostname,
    port: Number(port),
    https: false,
    maxRetries: 0,
    timeout: 5000,
  });
};

const raw = async (method: string, path: string, body?: unknown) => {
  const answer = await fetch(workos.url + path, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(1000),
    headers: { authorization: `Bearer ${CREDENTIAL}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
};
const validate = (value: string) => raw('POST', '/api_keys/validations', { value });

/** The status line of a request whose path is sent byte by byte, as no URL parser would leave it. */
const rawStatus = async (method: string, path: string): Promise<number> => {
  const { hostname, port } = new URL(workos.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `${method} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${CREDENTIAL}\r\nconnection: close\r\n\r\n`,
  );
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return Number(text.split(' ')[1]);
};

describe('the official SDK sees WorkOS', () => {
  test('a live key validates to its object, is deleted, then validates to null', async () => {
    const { id, value } = workos.issueKey({ organization: ORG, name: 'Production', permissions: ['posts:read'] });
    const client = sdk();
    const live = await client.apiKeys.createValidation({ value });
    expect(live.apiKey).toEqual({
      object: 'api_key',
      id,
      owner: { type: 'organization', id: ORG },
      name: 'Production',
      obfuscatedValue: `sk_...${value.slice(-4)}`,
      lastUsedAt: null,
      permissions: ['posts:read'],
      createdAt: '2026-11-23T12:00:00.000Z',
      updatedAt: '2026-11-23T12:00:00.000Z',
    });
    expect(id).toMatch(/^api_key_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    expect(value).toMatch(/^sk_[A-Za-z0-9]{43}$/);

    now += 250;
    await client.apiKeys.deleteApiKey(id);
    expect(workos.deletedAt(id)).toBe(now);
    expect(workos.isLive(id)).toBe(false);
    expect((await client.apiKeys.createValidation({ value })).apiKey).toBeNull();
    await expect(client.apiKeys.deleteApiKey(id)).rejects.toMatchObject({ name: 'NotFoundException', status: 404 });
  });

  test('an unknown value is null, not an error', async () => {
    expect((await sdk().apiKeys.createValidation({ value: `sk_${sample('nobody', 43)}` })).apiKey).toBeNull();
  });

  test('a wrong credential is 401 for every call, and nothing is done', async () => {
    const { id, value } = workos.issueKey({ organization: ORG, name: 'k' });
    const stranger = sdk('a strangers credential');
    await expect(stranger.apiKeys.createValidation({ value })).rejects.toMatchObject({ status: 401 });
    await expect(stranger.apiKeys.deleteApiKey(id)).rejects.toMatchObject({ name: 'UnauthorizedException' });
    expect(workos.isLive(id)).toBe(true);
    expect([...workos.refusedCredentials()]).toEqual([sha256('a strangers credential')]);
  });

  test('a malformed candidate is 422', async () => {
    await expect(sdk().apiKeys.createValidation({ value: '' })).rejects.toMatchObject({
      name: 'UnprocessableEntityException',
    });
    expect((await raw('POST', '/api_keys/validations', '{"value":')).status).toBe(422);
    expect((await raw('POST', '/api_keys/validations', { value: 7 })).status).toBe(422);
    expect((await raw('POST', '/api_keys/validations', ['a'])).status).toBe(422);
  });

  test('the rate limit answers 429 with Retry-After until its window ends', async () => {
    workos.setRateLimit({ max: 2, perMs: 10_000 });
    const client = sdk();
    await client.apiKeys.createValidation({ value: 'a' });
    await client.apiKeys.createValidation({ value: 'b' });
    await expect(client.apiKeys.createValidation({ value: 'c' })).rejects.toMatchObject({
      name: 'RateLimitExceededException',
      retryAfter: 10,
    });
    const bare = await validate('c');
    expect(bare.json()).toEqual({ message: 'Too many requests.', code: 'rate_limit_exceeded' });
    now += 10_000;
    await client.apiKeys.createValidation({ value: 'c' });
    workos.setRateLimit({ max: 0, perMs: 10_000, retryAfter: false });
    expect((await validate('d')).headers.has('retry-after')).toBe(false);
  });

  test('lists page through with both cursors, newest first', async () => {
    const ids = Array.from({ length: 25 }, (_, n) => workos.issueKey({ organization: ORG, name: `key ${n}` }).id);
    workos.issueKey({ organization: 'org_other', name: 'not in this list' });
    const client = sdk();
    const list = await client.apiKeys.listOrganizationApiKeys({ organizationId: ORG, limit: 10 });
    expect(list.data.map(({ id }) => id)).toEqual(ids.slice(15).reverse());
    expect(list.listMetadata).toEqual({ before: null, after: ids[15] });
    const everything = await client.apiKeys.listOrganizationApiKeys({ organizationId: ORG });
    expect((await everything.autoPagination()).map(({ id }) => id).sort()).toEqual([...ids].sort());
    const back = await client.apiKeys.listOrganizationApiKeys({
      organizationId: ORG,
      limit: 4,
      order: 'asc',
      before: ids[6] ?? '',
    });
    expect(back.data.map(({ id }) => id)).toEqual(ids.slice(2, 6));
    expect(back.listMetadata).toEqual({ before: ids[2], after: ids[5] });
    const end = (await raw('GET', `/organizations/${ORG}/api_keys?order=asc&limit=10&after=${ids[14]}`)).json();
    expect(end['list_metadata']).toEqual({ before: ids[15], after: null });
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'order=up', `after=${UNKNOWN_ID}`]) {
      expect((await raw('GET', `/organizations/${ORG}/api_keys?${query}`)).status).toBe(422);
    }
    await expect(client.apiKeys.listOrganizationApiKeys({ organizationId: 'org_nobody' })).rejects.toMatchObject({
      status: 404,
    });
  });

  test('a created key shows its value once', async () => {
    workos.addOrganization(ORG);
    const client = sdk();
    const created = await client.apiKeys.createOrganizationApiKey({
      organizationId: ORG,
      name: 'new',
      permissions: ['a'],
    });
    expect((await client.apiKeys.createValidation({ value: created.value })).apiKey?.id).toBe(created.id);
    expect((await raw('GET', `/organizations/${ORG}/api_keys`)).text).not.toContain(created.value);
    await expect(
      client.apiKeys.createOrganizationApiKey({ organizationId: 'org_nobody', name: 'new' }),
    ).rejects.toMatchObject({ status: 404 });
    for (const body of [
      {},
      { name: 7 },
      { name: 'x', permissions: 'all' },
      { name: 'x', expires_at: '2020-01-01T00:00:00Z' },
    ]) {
      expect((await raw('POST', `/organizations/${ORG}/api_keys`, body)).status).toBe(422);
    }
  });

  test('keys of users have an owner with an organization', async () => {
    const { id } = workos.issueKey({ user: USER, organization: ORG, name: 'mine' });
    const client = sdk();
    const created = await client.userManagement.createUserApiKey(USER, { name: 'two', organizationId: ORG });
    const owner = { type: 'user', id: USER, organizationId: ORG };
    expect((await client.apiKeys.createValidation({ value: created.value })).apiKey?.owner).toEqual(owner);
    const list = await client.userManagement.listUserApiKeys(USER, { organizationId: ORG });
    expect(list.data.map((key) => key.id)).toEqual([created.id, id]);
    expect((await client.userManagement.listUserApiKeys(USER, { organizationId: 'org_other' })).data).toEqual([]);
    expect((await client.apiKeys.listOrganizationApiKeys({ organizationId: ORG })).data).toEqual([]);
    expect((await raw('POST', `/user_management/users/${USER}/api_keys`, { name: 'x' })).status).toBe(400);
    expect((await raw('GET', '/user_management/users/user_nobody/api_keys')).status).toBe(404);
  });
});

describe('the raw API', () => {
  test('every object fits the published schema, without a field more', async () => {
    const mine = workos.issueKey({ user: USER, organization: ORG, name: 'mine', expiresAt: now + 60_000 });
    const theirs = workos.issueKey({ organization: ORG, name: 'theirs' });
    for (const { value } of [mine, theirs, { value: 'nobody' }]) {
      expect(faultsOf('ApiKeyValidationResponse', (await validate(value)).json())).toEqual([]);
    }
    const organization = `/organizations/${ORG}/api_keys`;
    const user = `/user_management/users/${USER}/api_keys`;
    expect(faultsOf('OrganizationApiKeyList', (await raw('GET', organization)).json())).toEqual([]);
    expect(faultsOf('UserApiKeyList', (await raw('GET', user)).json())).toEqual([]);
    const created = await raw('POST', organization, {
      name: 'a',
      permissions: ['x'],
      expires_at: '2030-01-01T00:00:00Z',
    });
    expect(created.status).toBe(201);
    expect(faultsOf('OrganizationApiKeyWithValue', created.json())).toEqual([]);
    expect(created.json()['expires_at']).toBe('2030-01-01T00:00:00.000Z');
    const createdByUser = await raw('POST', user, { name: 'a', organization_id: ORG });
    expect(faultsOf('UserApiKeyWithValue', createdByUser.json())).toEqual([]);
    expect(faultsOf('ApiKey', (await raw('POST', `/api_keys/${theirs.id}/expire`)).json())).toEqual([]);
    expect(faultsOf('ApiKey', { object: 'api_key' })).not.toEqual([]);
  });

  test('expire: at once, in the future, cleared, and 409 when it is too late', async () => {
    const { id, value } = workos.issueKey({ organization: ORG, name: 'k' });
    const expire = (body?: unknown) => raw('POST', `/api_keys/${id}/expire`, body);
    const live = async () => (await validate(value)).json()['api_key'] !== null;
    expect((await expire({ expires_at: '2026-11-23T12:00:10Z' })).json()['expires_at']).toBe(
      '2026-11-23T12:00:10.000Z',
    );
    expect(await live()).toBe(true);
    expect((await expire({ expires_at: null })).json()['expires_at']).toBeNull();
    now += 60_000;
    expect(await live()).toBe(true);
    expect((await expire({ expires_at: 'soon' })).status).toBe(422);
    expect((await expire({})).status).toBe(200);
    expect(await live()).toBe(false);
    expect(workos.isLive(id)).toBe(false);
    const late = await expire();
    expect([late.status, late.json()['code']]).toEqual([409, 'api_key_already_expired']);
    expect((await raw('POST', `/api_keys/${UNKNOWN_ID}/expire`)).status).toBe(404);
    expect((await raw('DELETE', `/api_keys/${id}`)).status).toBe(204);
    expect((await expire()).status).toBe(404);
  });

  test('an expiry in the past is now', async () => {
    const { id } = workos.issueKey({ organization: ORG, name: 'k' });
    const past = await raw('POST', `/api_keys/${id}/expire`, { expires_at: '2020-01-01T00:00:00Z' });
    expect(past.json()['expires_at']).toBe('2026-11-23T12:00:00.000Z');
  });

  test.each([
    ['before', [null, '2026-11-23T12:00:00.000Z']],
    ['after', ['2026-11-23T12:00:00.000Z', '2026-11-23T12:00:01.000Z']],
    ['unmoved', [null, null]],
  ] as const)('last_used_at, taken as %s', async (lastUsed, expected) => {
    const other = await start({ lastUsed });
    const { value } = other.issueKey({ name: 'k' });
    const seen: unknown[] = [];
    for (let n = 0; n < 2; n += 1, now += 1000) {
      const answer = await fetch(`${other.url}/api_keys/validations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${CREDENTIAL}` },
        body: JSON.stringify({ value }),
      });
      seen.push(((await answer.json()) as { api_key: { last_used_at: unknown } }).api_key.last_used_at);
    }
    expect(seen).toEqual(expected);
  });

  test('a deletion may take time to be seen', async () => {
    const other = await start({ propagationMs: 500 });
    const { id } = other.issueKey({ name: 'k' });
    await fetch(`${other.url}/api_keys/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${CREDENTIAL}` },
    });
    expect(other.isLive(id)).toBe(true);
    now += 500;
    expect(other.isLive(id)).toBe(false);
  });

  test('an odd path is 404 and touches nothing', async () => {
    const { id } = workos.issueKey({ organization: ORG, name: 'k' });
    const odd = [
      `/api_keys/../api_keys/${id}`,
      `/api_keys/%2e%2e/api_keys/${id}`,
      `/organizations/../api_keys/${id}`,
      `/api_keys/${id}/`,
      `//api_keys/${id}`,
      `/api_keys/${id}%20`,
      `/api_keys/${id}/..`,
      '/api_keys/',
    ];
    for (const path of odd) expect([path, await rawStatus('DELETE', path)]).toEqual([path, 404]);
    expect(workos.isLive(id)).toBe(true);
    expect(workos.stats().calls).toMatchObject({ delete: 0, unknown: odd.length });
    expect(await rawStatus('DELETE', `/api_keys/${id}`)).toBe(204);
  });

  test('the ledger counts what came in, and holds no value', async () => {
    const { id, value } = workos.issueKey({ organization: ORG, name: 'k', seed: 'ledger', prefix: 'wos_api_key_' });
    expect(value).toBe(`wos_api_key_${sample('ledger', 43)}`);
    await validate(value);
    await validate(value);
    await validate('another');
    await raw('DELETE', `/api_keys/${id}`);
    expect(workos.validations(sha256(value))).toBe(2);
    expect(workos.validations(sha256('never'))).toBe(0);
    expect(workos.sentValues()).toEqual(new Set([sha256(value), sha256('another')]));
    expect(workos.stats().calls).toMatchObject({ validate: 3, delete: 1, expire: 0, list: 0, create: 0, unknown: 0 });
    expect(workos.stats().newest.at(-1)).toEqual({ method: 'DELETE', path: `/api_keys/${id}`, at: now });
    expect(JSON.stringify(workos.stats())).not.toContain(value);
  });
});

describe('faults', () => {
  let key: { id: string; value: string };
  beforeEach(() => {
    key = workos.issueKey({ organization: ORG, name: 'k' });
  });
  const cause = (error: unknown): string => {
    const { name, cause: inner } = error as Error & { cause?: { code?: string } };
    return inner?.code ?? name;
  };
  const remove = () => raw('DELETE', `/api_keys/${key.id}`);

  const seen: readonly [Fault, (answer: Awaited<ReturnType<typeof raw>>) => void][] = [
    [
      { kind: 'html200' },
      ({ status, headers, text }) =>
        expect([status, headers.get('content-type'), text.startsWith('<!doctype')]).toEqual([200, 'text/html', true]),
    ],
    [
      { kind: 'truncated' },
      ({ status, json }) => {
        expect(status).toBe(200);
        expect(json).toThrow(SyntaxError);
      },
    ],
    [
      { kind: 'redirect' },
      ({ status, headers }) => expect([status, headers.get('location')]).toEqual([302, '/redirected']),
    ],
    [
      { kind: 'status', status: 503, body: { message: 'down' }, headers: { 'retry-after': '3' } },
      ({ status, headers, text }) =>
        expect([status, headers.get('retry-after'), text]).toEqual([503, '3', '{"message":"down"}']),
    ],
    [{ kind: 'status', status: 403 }, ({ status, text }) => expect([status, text]).toEqual([403, ''])],
    [{ kind: 'lying204' }, ({ status }) => expect(status).toBe(204)],
    [{ kind: 'missingField' }, ({ status, text }) => expect([status, text]).toEqual([200, '{}'])],
    [
      { kind: 'wrongShape' },
      ({ status, json }) => {
        expect(status).toBe(200);
        expect(faultsOf('ApiKeyValidationResponse', json())).not.toEqual([]);
      },
    ],
  ];
  test.each(seen.map(([fault, check]) => [fault.kind, fault, check] as const))(
    '%s is seen by a client',
    async (_, fault, check) => {
      const injection = workos.inject(fault, { route: 'validate', times: 1 });
      check(await validate(key.value));
      expect(injection.struck).toBe(1);
      expect((await validate(key.value)).json()['api_key']).toMatchObject({ id: key.id });
      expect(workos.validations(sha256(key.value))).toBe(2);
    },
  );

  test('slow, hang and a latency make the client wait', async () => {
    workos.inject({ kind: 'slow', ms: 300 }, { times: 1 });
    let began = performance.now();
    expect((await validate(key.value)).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(290);
    workos.inject({ kind: 'hang' }, { times: 1 });
    expect(cause(await validate(key.value).catch((error: unknown) => error))).toBe('TimeoutError');
    workos.setLatency(300);
    began = performance.now();
    await validate(key.value);
    expect(performance.now() - began).toBeGreaterThan(290);
  });

  test('reset and a cut body break the connection, and nothing was done', async () => {
    workos.inject({ kind: 'reset' }, { route: 'delete', times: 1 });
    expect(cause(await remove().catch((error: unknown) => error))).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    expect(workos.isLive(key.id)).toBe(true);
    workos.inject({ kind: 'truncated', end: 'cut' }, { times: 1 });
    expect(cause(await validate(key.value).catch((error: unknown) => error))).toMatch(/UND_ERR_SOCKET|ECONNRESET/);
  });

  test('a lost answer did delete; a lying 204 did not', async () => {
    workos.inject({ kind: 'lying204' }, { route: 'delete', times: 1 });
    expect((await remove()).status).toBe(204);
    expect(workos.isLive(key.id)).toBe(true);
    workos.inject({ kind: 'lostAnswer' }, { route: 'delete', times: 1 });
    expect(cause(await remove().catch((error: unknown) => error))).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    expect(workos.isLive(key.id)).toBe(false);
    expect((await remove()).status).toBe(404);
  });

  test('a huge body does not end', async () => {
    workos.inject({ kind: 'huge' }, { times: 1 });
    const answer = await fetch(`${workos.url}/api_keys/validations`, { method: 'POST', body: '{}' });
    let size = 0;
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      if (size > 20_000_000) break;
    }
    expect(size).toBeGreaterThan(20_000_000);
  });

  test('a client that follows the redirect gets a believable lie', async () => {
    workos.inject({ kind: 'redirect' }, { times: 1 });
    const answer = await fetch(`${workos.url}/api_keys/${key.id}`, { method: 'DELETE' });
    expect(await answer.json()).toEqual({ api_key: null });
    expect(workos.stats().newest.at(-1)?.path).toBe('/redirected');
  });

  test('a fault strikes only its route, until it is cleared', async () => {
    const down = workos.inject({ kind: 'status', status: 500 }, { route: 'validate' });
    expect((await raw('GET', `/organizations/${ORG}/api_keys`)).status).toBe(200);
    for (let n = 0; n < 3; n += 1) expect((await validate(key.value)).status).toBe(500);
    down.clear();
    expect((await validate(key.value)).status).toBe(200);
    expect(down.struck).toBe(3);
    workos.inject({ kind: 'status', status: 500 });
    expect((await remove()).status).toBe(500);
    workos.clearFaults();
    expect((await remove()).status).toBe(204);
  });
});

describe('in a process of its own', () => {
  test('it is driven over a pipe and ends with close', async () => {
    const child = await spawnEmulatedWorkos({ credential: CREDENTIAL });
    ends.push(child.close);
    const keys = await child.issueKeys(3, 'bench');
    expect(new Set(keys.map(({ value }) => value)).size).toBe(3);
    await child.inject({ kind: 'status', status: 500 }, { times: 1 });
    const { id, value } = keys[0] ?? { id: '', value: '' };
    const ask = () =>
      fetch(`${child.url}/api_keys/validations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${CREDENTIAL}` },
        body: JSON.stringify({ value }),
      });
    expect((await ask()).status).toBe(500);
    expect(await (await ask()).json()).toMatchObject({ api_key: { id } });
    expect(await child.isLive(id)).toBe(true);
    expect(await child.deletedAt(id)).toBeUndefined();
    expect(await child.sentValues()).toEqual(new Set([sha256(value)]));
    expect((await child.stats()).calls.validate).toBe(2);
    await child.close();
    await expect(ask()).rejects.toThrow('fetch failed');
  });

  test('it does not outlive a killed parent', async () => {
    const file = new URL('../src/demo/workos-child.ts', import.meta.url).href;
    const script = `const { spawnEmulatedWorkos } = await import(${JSON.stringify(file)});
      console.log((await spawnEmulatedWorkos({ credential: 'x' })).url); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    ends.push(() => parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const answers = (): Promise<boolean> =>
      fetch(line.toString().trim()).then(
        () => true,
        () => false,
      );
    expect(await answers()).toBe(true);
    parent.kill('SIGKILL');
    for (let n = 0; n < 200 && (await answers()); n += 1) await sleep(50);
    expect(await answers()).toBe(false);
  });
});
