import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import { workosKeeper } from '../detectors/workos-customer-key.keeper.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Inventory } from '../src/keys/inventory.ts';
import { eventually } from './support/eventually.ts';
import { startIngress, type TestIngress } from './support/ingress.ts';
import { type KeysRoom, openKeysRoom } from './support/keys.ts';

const [SECRET, PREVIOUS, STAGING, STRANGER] = ['current', 'previous', 'staging', 'stranger'].map((name) =>
  sample(`webhook ${name}`, 32),
) as [string, string, string, string];
const never = new AbortController().signal;

let room: KeysRoom;
let workos: KeysRoom['workos'];
let ingress: TestIngress;
let inventory: Inventory;

beforeEach(async () => {
  room = await openKeysRoom();
  ({ workos } = room);
  ingress = await startIngress();
  inventory = room.inventory();
  const signers = [
    { environment: 'default', secrets: () => [new Secret(SECRET), new Secret(PREVIOUS)] },
    { environment: 'staging', secrets: () => [new Secret(STAGING)] },
  ];
  ingress.post(workosKeeper.webhook.path, inventory.hears(signers));
});
afterEach(async () => {
  await ingress.close();
  await room.end();
});

const url = () => `${ingress.url}${workosKeeper.webhook.path}`;
const ids = (): readonly string[] => [...inventory.pages()].flat().map(({ id }) => id);
const told = (): number => room.facts.filter((fact) => fact.type === 'keys.told' && fact.what === 'accepted').length;

/** Signed by WorkOS' own SDK. */
const sign = async (body: string, { secret = SECRET, at = room.time.now } = {}): Promise<string> => {
  const sdk = new WorkOS('none');
  return `t=${at}, v1=${await sdk.webhooks.computeSignature(at, JSON.parse(body), secret)}`;
};
const send = (body: string, signature?: string): Promise<Response> => {
  const headers = { 'content-type': 'application/json', ...(signature && { 'workos-signature': signature }) };
  return fetch(url(), { method: 'POST', headers, body });
};
const deliver = async (event: unknown, how?: Parameters<typeof sign>[1]): Promise<number> => {
  const body = JSON.stringify(event);
  return (await send(body, await sign(body, how))).status;
};

interface Listed {
  readonly data: readonly (Record<string, unknown> & { readonly event: string })[];
}
/** All that happened, oldest first, as WorkOS lists it: a webhook brings the same. */
const happened = async (): Promise<Listed['data']> => {
  const headers = { authorization: `Bearer ${room.credential}` };
  return ((await (await fetch(`${workos.url}/events?limit=100`, { headers })).json()) as Listed).data;
};

test('what happens to keys is known at once, without being asked for', async () => {
  workos.addWebhook({ url: url(), secret: SECRET });
  const { id } = workos.issueKey({ organization: 'org_1', name: 'first' });
  await eventually('the new key', () => ids().join() === id);
  room.time.now += 1_000;
  const { id: other } = workos.issueKey({ organization: 'org_1', name: 'second' });
  await eventually('another', () => ids().includes(other));
  workos.removeKey(id);
  await eventually('the end of the first', () => ids().join() === other);
  expect(workos.stats().calls).toMatchObject({ list: 0, events: 0 });
});

test('our own deletion comes back and takes the key off, once', async () => {
  workos.addWebhook({ url: url(), secret: SECRET });
  const { id } = workos.issueKey({ organization: 'org_1', name: 'leaked' });
  await eventually('the key', () => ids().length === 1);
  const headers = { authorization: `Bearer ${room.credential}` };
  expect((await fetch(`${workos.url}/api_keys/${id}`, { method: 'DELETE', headers })).status).toBe(204);
  await eventually('it is gone', () => ids().length === 0 && told() === 2);
  const [, revoked] = await happened();
  expect([await deliver(revoked), ids()]).toEqual([200, []]);
});

describe('in any order, and more than once', () => {
  test('a creation that comes after the end does not bring the key back, whoever tells it', async () => {
    const { id } = workos.issueKey({ organization: 'org_1', name: 'k' });
    await inventory.readAll(never);
    workos.removeKey(id);
    const [created, revoked] = await happened();
    expect([await deliver(revoked), await deliver(created), await deliver(created)]).toEqual([200, 200, 200]);
    expect(ids()).toEqual([]);
    const stop = new AbortController();
    const running = inventory.run({ readEveryMs: 1e9, followEveryMs: 10 }, stop.signal);
    await eventually('all of it is followed, too', () => workos.stats().calls.events > 2);
    expect(ids()).toEqual([]);
    stop.abort();
    await running;
  });

  test('what was told before something newer changes nothing', async () => {
    const { id } = workos.issueKey({ organization: 'org_1', name: 'k' });
    const expire = async (days: number): Promise<void> => {
      room.time.now += 1_000;
      const [headers, at] = [
        { authorization: `Bearer ${room.credential}` },
        new Date(room.time.now + days * 86_400_000),
      ];
      const body = JSON.stringify({ expires_at: at.toISOString() });
      await fetch(`${workos.url}/api_keys/${id}/expire`, { method: 'POST', headers, body });
    };
    await expire(1);
    await expire(2);
    const [created, first, second] = await happened();
    for (const event of [second, created, first]) expect(await deliver(event)).toBe(200);
    expect(inventory.find(id)[0]?.expiresAt).toBe(room.time.now + 2 * 86_400_000);
  });

  test('what is listed counts more than what was told: what is false lasts until all keys are read again', async () => {
    const { id } = workos.issueKey({ organization: 'org_1', name: 'k' });
    await inventory.readAll(never);
    const [created] = await happened();
    const data = { ...(created?.['data'] as object), name: 'false', updated_at: '2099-01-01T00:00:00.000Z' };
    expect(await deliver({ ...created, event: 'api_key.updated', data })).toBe(200);
    room.time.now += 300_001;
    expect(inventory.find(id)[0]?.name).toBe('false');
    await inventory.readAll(never);
    expect(inventory.find(id)[0]?.name).toBe('k');
    expect(await deliver({ ...created, event: 'api_key.revoked' })).toBe(200);
    await inventory.readAll(never);
    expect(ids()).toEqual([]);
    room.time.now += 300_001;
    await inventory.readAll(never);
    expect(ids()).toEqual([id]);
    expect([await deliver(created), ids()]).toEqual([200, [id]]);
  });

  test('an answer that was on its way when the key ended does not bring it back', async () => {
    workos.addWebhook({ url: url(), secret: SECRET });
    const { id } = workos.issueKey({ organization: 'org_1', name: 'k' });
    await eventually('the key', () => ids().length === 1);
    // The list is made up, and then lies on the wire for a while.
    const body = { data: [(await happened())[0]?.['data']], list_metadata: { before: null, after: null } };
    workos.inject({ kind: 'status', status: 200, body }, { route: 'list', times: 1 });
    workos.removeKey(id);
    await eventually('its end', () => ids().length === 0);
    await inventory.readAll(never);
    expect(ids()).toEqual([]);
  });
});

describe('who is believed', () => {
  const event = async (): Promise<unknown> => {
    workos.issueKey({ organization: 'org_1', name: 'k' });
    return (await happened())[0];
  };

  test.each<[string, { secret?: string; at?: number }, string]>([
    ['the current secret', {}, '200 default'],
    ['the previous one, while it is rotated', { secret: PREVIOUS }, '200 default'],
    ['that of another environment, for it', { secret: STAGING }, '200 staging'],
    ['a stranger', { secret: STRANGER }, '401'],
    ['nearly five minutes old', { at: -299_000 }, '200 default'],
    ['older: a copy', { at: -301_000 }, '401'],
    ['of the future', { at: 301_000 }, '401'],
  ])('%s', async (_, { secret, at = 0 }, end) => {
    const status = await deliver(await event(), { at: room.time.now + at, ...(secret !== undefined && { secret }) });
    expect([status, ...[...inventory.pages()].flat().map(({ environment }) => environment)].join(' ')).toBe(end);
  });

  test.each<[string, string | ((signature: string) => string)]>([
    ['no signature', ''],
    ['none that could be one', 't=1, v1=zz'],
    ['a time that was not signed', (signature) => signature.replace(/t=(\d+)/, (_, at) => `t=${Number(at) + 1}`)],
    ['a sum of another length', (signature) => `${signature}00`],
    ['no time', (signature) => signature.replace(/^t=\d+, /, '')],
  ])('%s is refused', async (_, wrong) => {
    const body = JSON.stringify(await event());
    const answer = await send(body, typeof wrong === 'string' ? wrong : wrong(await sign(body)));
    expect([answer.status, ids()]).toEqual([401, []]);
    expect(room.facts.filter(({ type }) => type === 'keys.untold')).toMatchObject([{ reason: 'bad_signature' }]);
  });

  test('a body that was changed is refused', async () => {
    const body = JSON.stringify(await event());
    expect((await send(`${body} `, await sign(body))).status).toBe(401);
  });

  test('what the emulated WorkOS signs, its SDK takes as well', async () => {
    let heard: readonly [string, string] | undefined;
    ingress.post('/copy', async (call) => {
      const parts: Uint8Array[] = [];
      for await (const part of call.body) parts.push(part);
      heard = [Buffer.concat(parts).toString(), String(call.headers['workos-signature'])];
      return { status: 200 };
    });
    workos.addWebhook({ url: `${ingress.url}/copy`, secret: SECRET });
    await event();
    const [body, sigHeader] = await eventually('a delivery', () => heard);
    const payload = JSON.parse(body) as Record<string, unknown>;
    const made = await new WorkOS('none').webhooks.constructEvent({ payload, sigHeader, secret: SECRET });
    expect(made.event).toBe('api_key.created');
  });
});

describe('what is told', () => {
  test('of other things is taken and ignored', async () => {
    expect(await deliver({ id: 'event_1', event: 'dsync.user.created', data: { id: 'x' } })).toBe(200);
    expect(room.facts).toEqual([{ type: 'keys.told', environment: 'default', what: 'ignored' }]);
  });

  test.each<[string, unknown, number]>([
    ['no event', { hello: 'there' }, 422],
    ['a list', [], 422],
    ['an event without its key', { id: 'event_1', event: 'api_key.created' }, 422],
    ['a key that is none', { id: 'event_1', event: 'api_key.revoked', data: { object: 'key', id: 'k' } }, 422],
    ['null', null, 422],
  ])('%s is refused', async (_, body, status) => {
    expect(await deliver(body)).toBe(status);
    expect(room.facts).toMatchObject([{ type: 'keys.untold', reason: 'malformed' }]);
  });

  test('no JSON is refused, and too much is not read', async () => {
    const text = '{"id":';
    const { createHmac } = await import('node:crypto');
    const v1 = createHmac('sha256', SECRET).update(`${room.time.now}.${text}`).digest('hex');
    expect((await send(text, `t=${room.time.now},v1=${v1}`)).status).toBe(400);
    const large = JSON.stringify('x'.repeat(300_000));
    expect((await send(large, await sign(large))).status).toBe(413);
  });

  test('what cannot be kept is not acknowledged', async () => {
    workos.issueKey({ organization: 'org_1', name: 'k' });
    const [created] = await happened();
    await room.store.close();
    expect(await deliver(created)).toBeGreaterThanOrEqual(500);
  });
});
