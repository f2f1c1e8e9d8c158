import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workosKeeper } from '../detectors/workos-customer-key.keeper.ts';
import { workosMaker } from '../detectors/workos-customer-key.maker.ts';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import { programOf } from '../src/app-secrets.ts';
import { systemClock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import type { Fact } from '../src/core/facts.ts';
import type { IssuedKey } from '../src/core/keeper.ts';
import { fixedSecret } from '../src/core/live-secret.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Sink } from '../src/core/sink.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { createIssuer } from '../src/issuers/road.ts';
import { createProbe } from '../src/keys/probe.ts';
import { bareName, isOver, type Plan, type Rotation } from '../src/keys/rotation.ts';
import { createRotations, type Rotations, type RotationsNeeds } from '../src/keys/rotations.ts';
import { openStore } from '../src/store.ts';
import { createSeal } from '../src/topic/seal.ts';

const HOUR = 3_600_000;
const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;
const seal = createSeal([{ id: 'k1', key: Buffer.alloc(32, 7) }]);
const never = new AbortController().signal;
const { validate, revoke } = workosCustomerKey(workosCustomerKeySettings.parse({}));
if (!validate || !revoke) throw new Error('no calls');

let workos: EmulatedWorkos;
let dir: string;
let ends: (() => unknown)[];
let now: number;
let facts: Fact[];
/** The issuer's clock is so much ahead. */
let ahead: number;
/** And goes on by so much whenever it is looked at. */
let tick: number;
let sink: Sink;
const clock = { ...systemClock, now: () => now };
const path = (): string => join(dir, 'sink');
const delivered = (): string => readFileSync(path(), 'utf8');

beforeEach(async () => {
  now = Date.parse('2026-11-23T12:00:00Z');
  ahead = 0;
  tick = 0;
  dir = mkdtempSync(join(tmpdir(), 'keyfuse-rotation-'));
  writeFileSync(path(), 'old');
  const issuersNow = (): number => {
    ahead += tick;
    return now + ahead;
  };
  workos = await startEmulatedWorkos({ credential: CREDENTIAL, now: issuersNow });
  facts = [];
  ends = [workos.close];
  sink = {
    name: 'file://sink',
    put: async (value) => writeFileSync(path(), value.expose()),
    get: async () => new Secret(delivered()),
  };
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(dir, { recursive: true });
});

const opened = (name = 'keyfuse.db'): Rotations => {
  const store = openStore(join(dir, name));
  ends.push(() => store.close());
  const record = async (fact: Fact): Promise<void> => void facts.push(fact);
  const settings = { issuer: 'workos', environment: 'default', baseUrl: new URL(workos.url) };
  const pace = { perSecond: 10_000, concurrency: 8, patienceMs: 10_000, deadlineMs: 300, bodyBytes: 1_000_000 };
  const issuer = createIssuer(
    { ...settings, ...pace, credential: fixedSecret(new Secret(CREDENTIAL)) },
    { clock, record },
  );
  const tools = {
    keeper: workosKeeper,
    maker: workosMaker,
    calls: { validate, revoke },
    probe: createProbe(programOf(process.env)),
    belonging,
    claim: () => undefined,
    seal,
  };
  return createRotations({ ...tools, issuers: [issuer], sink: () => sink, store, clock, record });
};

/** Keys that are called `ci` belong into the one sink. */
const belonging: RotationsNeeds['belonging'] = (keys) => keys.filter(({ name }) => bareName(name) === 'ci');
const plan: Plan = { sink: 'file://sink', graceMs: HOUR, mostMs: 4 * HOUR };

const keysOf = async (organization = 'org_1'): Promise<readonly IssuedKey[]> => {
  const settings = { issuer: 'workos', environment: 'default', baseUrl: new URL(workos.url) };
  const pace = { perSecond: 10_000, concurrency: 8, patienceMs: 10_000, deadlineMs: 5_000, bodyBytes: 1_000_000 };
  const issuer = createIssuer(
    { ...settings, ...pace, credential: fixedSecret(new Secret(CREDENTIAL)) },
    { clock, record: async () => {} },
  );
  const answer = await workosKeeper.keys(issuer, { type: 'organization', id: organization });
  return 'got' in answer ? answer.got.items : [];
};

const issued = async (more: { name?: string; expiresAt?: number; permissions?: readonly string[] } = {}) => {
  const { id, value } = workos.issueKey({ organization: 'org_1', name: 'ci', permissions: ['posts:read'], ...more });
  const key = (await keysOf()).find((one) => one.id === id);
  if (!key) throw new Error('not listed');
  return { id, value, key };
};

const begin = async (rotations: Rotations, key: IssuedKey, plans: Partial<Plan> = {}): Promise<string> => {
  const answer = await rotations.begin({ environment: 'default', key, plan: { ...plan, ...plans } }, 'ada');
  if (!('begun' in answer)) throw new Error('not begun');
  return answer.begun.id;
};

const stands = (rotations: Rotations, id: string): Rotation => {
  const rotation = rotations.find(id);
  if (!rotation) throw new Error('no such rotation');
  return rotation;
};

/** Time goes to whatever is due next, until it is over or stands at that step. */
const until = async (rotations: Rotations, id: string, step?: Rotation['step']): Promise<Rotation> => {
  for (let round = 0; round < 200; round += 1) {
    const rotation = stands(rotations, id);
    if (isOver(rotation) || rotation.step === step) return rotation;
    now = Math.max(now, rotation.dueAt);
    await rotations.work(never);
  }
  throw new Error(`it stays at ${stands(rotations, id).step}: ${stands(rotations, id).why}`);
};

/** One step of it: the next one would be due as well. */
const once = (rotations: Rotations, id: string): Promise<void> => {
  const before = stands(rotations, id).step;
  const stop = Object.defineProperty(new AbortController().signal, 'aborted', {
    get: () => stands(rotations, id).step !== before,
  });
  return rotations.work(stop);
};

const live = async (value: string): Promise<boolean> => {
  const answer = await fetch(`${workos.url}/api_keys/validations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${CREDENTIAL}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  });
  return ((await answer.json()) as { api_key: unknown }).api_key !== null;
};
const told = (type: Fact['type']): readonly Fact[] => facts.filter((fact) => fact.type === type);

test('a key like the old one is made, put in its place and proved; the old one is deleted when the grace is over', async () => {
  const rotations = opened();
  const old = await issued();
  const id = await begin(rotations, old.key);
  const watched = await until(rotations, id, 'watch');
  const fresh = delivered();
  expect([await live(fresh), await live(old.value)]).toEqual([true, true]);
  expect(watched).toMatchObject({ endsAt: now + HOUR });
  expect(watched.sealed).toBeUndefined();
  const begun = now;
  expect(await until(rotations, id)).toMatchObject({ step: 'done' });
  expect([await live(fresh), await live(old.value)]).toEqual([true, false]);
  // Deleted by us, before it ended by itself.
  expect(workos.isLive(old.id)).toBe(false);
  expect(workos.deletedAt(old.id)).toBeGreaterThan(begun + HOUR / 2);
  const [only, ...others] = await keysOf();
  expect(others).toEqual([]);
  expect(only).toMatchObject({ id: watched.newId, permissions: ['posts:read'], expiresAt: undefined });
  expect(only?.name).toMatch(/^ci \[rot_[0-9a-f]{16}\.1\]$/);
  expect(told('rotation.intended').map((fact) => 'step' in fact && fact.step)).toEqual([
    ...['create', 'deliver', 'verify', 'end', 'delete'],
  ]);
  expect(told('rotation.ended')).toMatchObject([
    { result: 'done', keyId: old.id, newKeyId: only?.id, cause: 'person' },
  ]);
  // The name does not grow from one rotation to the next.
  if (!only) throw new Error('no key');
  await until(rotations, await begin(rotations, only, { graceMs: 0 }));
  expect((await keysOf()).map(({ name }) => name)).toEqual([expect.stringMatching(/^ci \[rot_[0-9a-f]{16}\.1\]$/)]);
});

/** However it went: who has the old key or what stands in the sink can work, and no key is left that nobody knows. */
const sound = async (rotation: Rotation, old: { readonly id: string; readonly value: string }): Promise<void> => {
  const held = delivered();
  expect({ step: rotation.step, works: await live(held === 'old' ? old.value : held) }).toMatchObject({ works: true });
  const known = [old.id, ...(rotation.newId === undefined ? [] : [rotation.newId])];
  expect((await keysOf()).map(({ id }) => id).filter((id) => !known.includes(id))).toEqual([]);
};

describe('what goes wrong on the way', () => {
  test.each([
    { kind: 'lostAnswer' },
    { kind: 'truncated' },
    { kind: 'truncated', end: 'cut' },
    { kind: 'missingField' },
    { kind: 'status', status: 503 },
    { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
    { kind: 'html200' },
    { kind: 'hang' },
    { kind: 'slow', ms: 400 },
  ] as const)('an answer to the making that is lost leaves no key behind: %o', async (fault) => {
    const rotations = opened();
    const old = await issued();
    workos.inject(fault, { route: 'create', times: 3 });
    const id = await begin(rotations, old.key);
    expect(await until(rotations, id, 'watch')).toMatchObject({ attempt: 4 });
    // They do not pile up meanwhile: what is late alone is found at the end, which is an hour away, not milliseconds.
    if (fault.kind === 'slow') await pause(fault.ms);
    else expect(await keysOf()).toHaveLength(2);
    const rotation = await until(rotations, id);
    expect(rotation).toMatchObject({ step: 'done' });
    expect((await keysOf()).map((key) => key.id)).toEqual([rotation.newId]);
    expect(await live(delivered())).toBe(true);
  });

  test.each(['list', 'validate', 'expire', 'delete'] as const)('silence at %s is waited out', async (route) => {
    const rotations = opened();
    const old = await issued();
    for (const kind of ['reset', 'html200', 'lostAnswer'] as const) workos.inject({ kind }, { route, times: 1 });
    const rotation = await until(rotations, await begin(rotations, old.key));
    expect(rotation).toMatchObject({ step: 'done' });
    expect(told('rotation.waiting').length).toBeGreaterThan(0);
    expect((await keysOf()).map((key) => key.id)).toEqual([rotation.newId]);
  });

  test('a credential that is refused is waited out', async () => {
    const rotations = opened();
    const old = await issued();
    const refused = workos.inject({ kind: 'status', status: 401, body: { message: 'Unauthorized' } });
    const id = await begin(rotations, old.key, { graceMs: 0 });
    await rotations.work(never);
    expect(stands(rotations, id)).toMatchObject({ step: 'create', why: expect.stringContaining('credential-refused') });
    refused.clear();
    expect(await until(rotations, id)).toMatchObject({ step: 'done' });
  });

  test('a sink that cannot be written: nothing was touched, and the new key is gone again', async () => {
    const rotations = opened();
    const old = await issued();
    sink = { ...sink, put: async () => Promise.reject(new Fault('sink.unwritable', 'file://sink (EACCES)')) };
    const rotation = await until(rotations, await begin(rotations, old.key));
    expect(rotation).toMatchObject({ step: 'failed' });
    expect([rotation.newId, rotation.sealed]).toEqual([undefined, undefined]);
    expect(rotation.fault).toContain('sink.unwritable: file://sink (EACCES)');
    await sound(rotation, old);
    expect(told('rotation.ended')).toMatchObject([{ result: 'failed', why: rotation.fault }]);
  });

  test('a sink that cannot even be looked into gets nothing', async () => {
    const rotations = opened();
    const old = await issued();
    let puts = 0;
    sink = {
      name: 'vault://x',
      put: async () => {
        puts += 1;
      },
      get: () => Promise.reject(new Fault('sink.unreadable', 'vault://x: needs the setting secrets.vault.address')),
    };
    const rotation = await until(rotations, await begin(rotations, old.key));
    expect(rotation).toMatchObject({ step: 'failed', placed: false, fault: expect.stringContaining('vault.address') });
    expect(puts).toBe(0);
    await sound(rotation, old);
  });

  test('a sink that takes the key and loses it', async () => {
    const rotations = opened();
    const old = await issued();
    sink = { ...sink, put: async () => undefined };
    const rotation = await until(rotations, await begin(rotations, old.key));
    expect(rotation).toMatchObject({ step: 'failed', fault: 'file://sink took the key and does not have it' });
    await sound(rotation, old);
  });

  test('a sink that nobody can look into, and that fails: the new key may be there, and stays', async () => {
    const rotations = opened();
    const old = await issued();
    sink = {
      name: 'command:put',
      async put(value) {
        writeFileSync(path(), value.expose());
        throw new Fault('sink.unwritable', 'command:put ended with 1');
      },
    };
    const rotation = await until(rotations, await begin(rotations, old.key));
    expect(rotation).toMatchObject({ step: 'failed', newId: expect.any(String) });
    expect(rotation.fault).toContain(`${rotation.newId} stays, for it is in file://sink, or may be`);
    await sound(rotation, old);
    // Once another is in its place it goes.
    sink = { name: 'command:put', put: async (value) => writeFileSync(path(), value.expose()) };
    const again = await until(rotations, await begin(rotations, old.key, { graceMs: 0 }));
    expect(again).toMatchObject({ step: 'done' });
    expect((await keysOf()).map((key) => key.id)).toEqual([again.newId]);
  });

  test('a probe that does not take the new key: the old one lives on', async () => {
    const rotations = opened();
    const old = await issued();
    let seen: string | undefined;
    const server: Server = createServer((request, response) => {
      seen = request.headers.authorization;
      response.writeHead(403).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => server.close(resolve)));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/me`;
    const probed = { url, header: 'authorization', scheme: 'Bearer' };
    const rotation = await until(rotations, await begin(rotations, old.key, { probe: probed }));
    expect(rotation).toMatchObject({ step: 'failed', fault: 'the probe was answered 403' });
    expect(seen).toMatch(/^Bearer sk_/);
    // What nobody could use did not get into the sink.
    expect([delivered(), await live(old.value)]).toEqual(['old', true]);
    expect((await keysOf()).map(({ id, expiresAt }) => ({ id, expiresAt }))).toEqual([{ id: old.id }]);
    await sound(rotation, old);
  });

  test.each([
    [['sh', '-c', 'test "$(cat)" = "$(cat "$0")"'], 'done'],
    [['sh', '-c', 'exit 3'], 'failed'],
    [['/nowhere/there-is-none'], 'failed'],
  ] as const)('a program as the probe: %j', async (command, step) => {
    const rotations = opened();
    const old = await issued();
    const probed = { command: [...command, path()] };
    const rotation = await until(rotations, await begin(rotations, old.key, { probe: probed, graceMs: 0 }));
    expect(rotation).toMatchObject({ step });
    await sound(rotation, old);
  });

  test('two at once: in one database the second is not begun, in two it gives way', async () => {
    const [rotations, other] = [opened(), opened('other.db')];
    const old = await issued();
    const id = await begin(rotations, old.key);
    expect(await rotations.begin({ environment: 'default', key: old.key, plan }, 'bob')).toMatchObject({
      standing: { id },
    });
    await until(rotations, id, 'watch');
    const second = await until(other, await begin(other, old.key));
    expect(second).toMatchObject({ step: 'failed', fault: expect.stringContaining('belongs into the same sink') });
    expect(await until(rotations, id)).toMatchObject({ step: 'done' });
    expect(await live(delivered())).toBe(true);
  });

  test('two that made a key before either could see the other: the first goes on', async () => {
    const [rotations, other] = [opened(), opened('other.db')];
    const old = await issued();
    const [first, second] = [await begin(rotations, old.key), await begin(other, old.key)];
    const held = workos.inject({ kind: 'slow', ms: 100 }, { route: 'create', times: 2 });
    // The issuer's clock goes on: a list that was asked for later cannot show a key of the same moment.
    tick = 1;
    await Promise.all([until(rotations, first, 'deliver'), until(other, second, 'deliver')]);
    held.clear();
    const both = [await until(other, second), await until(rotations, first)];
    expect(both.map(({ step, fault }) => `${step} ${fault}`).sort()).toEqual([
      'done undefined',
      expect.stringMatching(/^failed .*belongs into the same sink/),
    ]);
    expect(await live(delivered())).toBe(true);
    expect(await keysOf()).toHaveLength(1);
  });

  test('an organization that is deleted on the way', async () => {
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key);
    await until(rotations, id, 'watch');
    workos.removeOrganization('org_1');
    expect(await until(rotations, id)).toMatchObject({ step: 'failed', fault: 'its owner is gone' });
    const unmade = await begin(rotations, { ...old.key, id: 'api_key_01OTHER' });
    expect(await until(rotations, unmade)).toMatchObject({ step: 'failed', fault: 'its owner is gone' });
  });

  test('a key that is gone when its turn comes', async () => {
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key);
    workos.removeKey(old.id);
    expect(await until(rotations, id)).toMatchObject({ step: 'failed', fault: 'there is no such key any more' });
    expect(await keysOf()).toEqual([]);
  });

  test('a new key that leaks in the grace: the old one does not end without it', async () => {
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key);
    const { newId = '' } = await until(rotations, id, 'watch');
    workos.removeKey(newId);
    expect(await until(rotations, id)).toMatchObject({
      step: 'failed',
      fault: 'the new key is gone: somebody revoked it',
    });
    now += 10 * HOUR;
    expect(await live(old.value)).toBe(true);
  });

  test('an old key that leaks in the grace: the new one stays', async () => {
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key);
    await until(rotations, id, 'watch');
    workos.removeKey(old.id);
    expect(await until(rotations, id)).toMatchObject({ step: 'done' });
    expect(await live(delivered())).toBe(true);
  });
});

describe('the grace', () => {
  test('is longer while the old key is used, and not for ever', async () => {
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key);
    const { endsAt: first = 0, provedAt = 0 } = await until(rotations, id, 'watch');
    let rotation = stands(rotations, id);
    while (!isOver(rotation) && rotation.step === 'watch') {
      // Somebody uses it, a minute before each look.
      expect(await live(old.value)).toBe(true);
      now = Math.max(now + 60_000, rotation.dueAt);
      await rotations.work(never);
      rotation = stands(rotations, id);
    }
    rotation = await until(rotations, id);
    expect(rotation).toMatchObject({ step: 'done' });
    expect(rotation.endsAt).toBeGreaterThan(first);
    expect(told('rotation.in-use').length).toBeGreaterThan(1);
    expect(workos.deletedAt(old.id) ?? 0).toBeLessThan(provedAt + 5 * HOUR);
  });

  test('is longer, too, for a key that is used now and then, and for one that would end much later', async () => {
    const rotations = opened();
    const old = await issued({ expiresAt: now + 1_000 * HOUR });
    const id = await begin(rotations, old.key, { graceMs: 24 * HOUR, mostMs: 100 * HOUR });
    const { endsAt: first = 0 } = await until(rotations, id, 'watch');
    now += 10 * HOUR;
    expect(await live(old.value)).toBe(true); // a nightly job
    while (stands(rotations, id).step === 'watch') {
      now = Math.max(now, stands(rotations, id).dueAt);
      await rotations.work(never);
      if ((stands(rotations, id).endsAt ?? 0) > first) break;
    }
    expect(stands(rotations, id)).toMatchObject({ step: 'watch' });
    expect(stands(rotations, id).endsAt).toBeGreaterThan(first);
    expect(await until(rotations, id)).toMatchObject({ step: 'done' });
  });

  test.each([-300_000, 300_000])('is by the clock of the issuer, which is %d ms ahead', async (skew) => {
    ahead = skew;
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key, { graceMs: 60_000 });
    const { endsAt } = await until(rotations, id, 'watch');
    expect(endsAt).toBe(now + skew + 60_000);
    expect(await live(old.value)).toBe(true);
    expect(await until(rotations, id)).toMatchObject({ step: 'done' });
  });

  test('is no longer than the old key would have lived; the new one lives as long as that did', async () => {
    const rotations = opened();
    const old = await issued({ expiresAt: now + HOUR / 2 });
    const id = await begin(rotations, old.key);
    const { endsAt, newId } = await until(rotations, id, 'watch');
    expect(endsAt).toBe(old.key.expiresAt);
    expect((await keysOf()).find((key) => key.id === newId)?.expiresAt).toBe(now + HOUR / 2);
  });
});

test('after a leak there is no grace: the key is only replaced, with what it could do', async () => {
  const rotations = opened();
  const old = await issued({ permissions: ['a', 'b'] });
  workos.removeKey(old.id);
  const store = openStore(join(dir, 'keyfuse.db'));
  ends.push(() => store.close());
  await store.write((sql) => rotations.replace(sql, { environment: 'default', key: old.key, plan }));
  const [begun] = rotations.open();
  const rotation = await until(rotations, begun?.id ?? '');
  expect(rotation).toMatchObject({ step: 'done', cause: 'leak' });
  expect(await keysOf()).toMatchObject([{ id: rotation.newId, permissions: ['a', 'b'] }]);
  expect(await live(delivered())).toBe(true);
});

test('a replacement that leaks at once is not replaced again and again', async () => {
  const rotations = opened();
  const old = await issued();
  const store = openStore(join(dir, 'keyfuse.db'));
  ends.push(() => store.close());
  const leak = async (key: IssuedKey): Promise<Rotation> => {
    workos.removeKey(key.id);
    await store.write((sql) => rotations.replace(sql, { environment: 'default', key, plan }));
    return until(rotations, rotations.ofKey(key.id)[0]?.id ?? '');
  };
  expect(await leak(old.key)).toMatchObject({ step: 'done' });
  const [made] = await keysOf();
  if (!made) throw new Error('no replacement');
  expect(await leak(made)).toMatchObject({ step: 'failed', fault: expect.stringContaining('leaked within an hour') });
  expect(await keysOf()).toEqual([]);
  // Much later it is a leak like any other.
  now += 2 * HOUR;
  const later = await issued();
  expect(await leak(later.key)).toMatchObject({ step: 'done' });
});

test('the schedule begins a wave, and no other while one that failed stands', async () => {
  const rotations = opened();
  const keys: IssuedKey[] = [];
  for (let nth = 0; nth < 5; nth += 1) keys.push((await issued({ name: `key ${nth}` })).key);
  const subjects = () =>
    keys
      .filter(({ id }) => rotations.ofKey(id).length === 0)
      .map((key) => ({ environment: 'default', key, plan: { ...plan, sink: `file://${key.name}`, graceMs: 0 } }));
  await rotations.beginDue(subjects, 2);
  await rotations.beginDue(subjects, 2);
  expect(rotations.open()).toHaveLength(2);
  const [first, second] = rotations.open();
  workos.inject({ kind: 'status', status: 422, body: { message: 'Validation failed' } }, { route: 'create', times: 1 });
  await until(rotations, first?.id ?? '');
  await until(rotations, second?.id ?? '');
  expect(rotations.failed()).toMatchObject([{ fault: 'the issuer refuses to make such a key' }]);
  const failed = rotations.failed()[0]?.id ?? '';
  await rotations.beginDue(subjects, 2);
  expect(rotations.open()).toEqual([]);
  expect(await rotations.forget(failed)).toBe(true);
  await rotations.beginDue(subjects, 2);
  const [third, fourth] = rotations.open();
  expect(fourth).toBeDefined();
  // Who only follows a schedule has nothing to do where the key is gone.
  workos.removeKey(third?.old.id ?? '');
  expect(await until(rotations, third?.id ?? '')).toMatchObject({
    step: 'done',
    fault: 'there is no such key any more',
  });
});

describe('an issuer that lies, or is late', () => {
  const gone = (): unknown =>
    workos.inject({ kind: 'status', status: 404, body: { message: 'Not Found' } }, { route: 'list', times: 1 });
  const lagging = (): unknown =>
    workos.inject(
      { kind: 'status', status: 200, body: { object: 'list', data: [], list_metadata: { before: null, after: null } } },
      { route: 'list', times: 1 },
    );

  test.each([
    ['watch', gone],
    ['watch', lagging],
    ['deliver', gone],
    ['deliver', lagging],
    ['verify', lagging],
    ['create', gone],
    ['create', lagging],
  ] as const)('one wrong list at %s costs nobody a key', async (step, lie) => {
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key);
    if (step !== 'create') {
      // Each step by itself: the next is not due yet.
      while (stands(rotations, id).step !== step) await once(rotations, id);
    }
    lie();
    const rotation = await until(rotations, id);
    expect(rotation).toMatchObject({ step: 'done' });
    expect((await keysOf()).map((key) => key.id)).toEqual([rotation.newId]);
    expect(await live(delivered())).toBe(true);
  });

  test('an end that the issuer says it knows no key for is asked for again', async () => {
    const rotations = opened();
    const old = await issued();
    workos.inject({ kind: 'status', status: 404, body: { message: 'Not Found' } }, { route: 'expire', times: 2 });
    const id = await begin(rotations, old.key);
    expect(await until(rotations, id, 'watch')).toMatchObject({ endsAt: expect.any(Number) });
    expect(await until(rotations, id)).toMatchObject({ step: 'done' });
    expect(workos.isLive(old.id)).toBe(false);
  });

  test('a key with more than was asked for is not taken', async () => {
    const rotations = opened();
    const old = await issued();
    const [{ owner }] = [{ owner: { type: 'organization', id: 'org_1' } }];
    const body = {
      ...{ object: 'api_key', id: 'api_key_01MORE', owner, name: 'x', obfuscated_value: 'sk_...1234' },
      ...{ permissions: ['posts:read', 'admin:all'], created_at: new Date(now).toISOString(), last_used_at: null },
      ...{ expires_at: null, updated_at: new Date(now).toISOString(), value: `sk_${sample('more', 40)}` },
    };
    workos.inject({ kind: 'status', status: 201, body }, { route: 'create' });
    const rotation = await until(rotations, await begin(rotations, old.key));
    expect(rotation).toMatchObject({
      step: 'failed',
      fault: 'the issuer made api_key_01MORE with more than was asked for',
    });
    await sound(rotation, old);
  });

  test('a list without an end', async () => {
    const rotations = opened();
    const old = await issued();
    const { owner } = old.key;
    const body = { object: 'list', data: [{ ...owner }], list_metadata: { before: null, after: 'same' } };
    workos.inject({ kind: 'status', status: 200, body: { ...body, data: [] } }, { route: 'list' });
    const id = await begin(rotations, old.key);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    await rotations.work(stop.signal);
    expect(stands(rotations, id)).toMatchObject({ step: 'create', why: expect.stringContaining('unrecognised') });
  });

  test('a right that we do not have is named, with the environment', async () => {
    const rotations = opened();
    const old = await issued();
    workos.inject({ kind: 'status', status: 403, body: { message: 'Forbidden' } }, { route: 'create' });
    const rotation = await until(rotations, await begin(rotations, old.key));
    const fault = 'our credential of the environment default may not make keys for org_1';
    expect(rotation).toMatchObject({ step: 'failed', fault });
    await sound(rotation, old);
  });

  test('an old key that may not be deleted lives as long as it would have', async () => {
    const rotations = opened();
    const old = await issued({ expiresAt: now + 100 * HOUR });
    workos.inject({ kind: 'status', status: 403, body: { message: 'Forbidden' } }, { route: 'delete' });
    const rotation = await until(rotations, await begin(rotations, old.key));
    expect(rotation).toMatchObject({ step: 'failed', fault: expect.stringContaining('refused to delete the old key') });
    expect((await keysOf()).find((key) => key.id === old.id)?.expiresAt).toBe(old.key.expiresAt);
    expect(await live(delivered())).toBe(true);
  });
});

describe('others', () => {
  test('a second key that belongs into the same sink: neither is rotated over the other', async () => {
    const rotations = opened();
    const [one, other] = [await issued(), await issued()];
    const rotation = await until(rotations, await begin(rotations, one.key));
    expect(rotation).toMatchObject({
      step: 'failed',
      fault: expect.stringContaining(`${other.id} belongs into the same sink`),
    });
    expect([await live(one.value), await live(other.value), delivered()]).toEqual([true, true, 'old']);
  });

  test('a key that somebody called like ours is theirs', async () => {
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key, { graceMs: HOUR });
    const { newId } = await until(rotations, id, 'watch');
    const name = (await keysOf()).find((key) => key.id === newId)?.name ?? '';
    now += 1_000;
    const same = workos.issueKey({ organization: 'org_1', name, permissions: ['posts:read'] });
    const more = workos.issueKey({ organization: 'org_1', name: name.replace('.1]', '.2]'), permissions: ['admin'] });
    expect(await until(rotations, id)).toMatchObject({ step: 'done' });
    expect([workos.isLive(same.id), workos.isLive(more.id)]).toEqual([true, true]);
  });

  test('a failure that is forgotten is in the way of no later rotation', async () => {
    const rotations = opened();
    const old = await issued();
    const refusing = ['sh', '-c', 'exit 1'];
    const failed = await until(rotations, await begin(rotations, old.key, { probe: { command: refusing } }));
    expect(await rotations.forget(failed.id)).toBe(true);
    expect(await rotations.forget(failed.id)).toBe(false);
    const again = await begin(rotations, old.key);
    expect(await until(rotations, again, 'watch')).toMatchObject({ before: [{ id: failed.newId }] });
    // Who has loaded it meanwhile has a grace, too.
    expect((await keysOf()).find((key) => key.id === failed.newId)?.expiresAt).toBeGreaterThan(now);
    const { step, newId } = await until(rotations, again);
    expect([step, (await keysOf()).map(({ id }) => id)]).toEqual(['done', [newId]]);
  });

  test('one that is cancelled leaves the old key as it was', async () => {
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key);
    await until(rotations, id, 'watch');
    expect(await rotations.cancel(id, 'ada')).toBe(true);
    const { newId } = stands(rotations, id);
    const fault = `cancelled by ada; ${newId} stays, for it is in file://sink, or may be`;
    expect(await until(rotations, id)).toMatchObject({ step: 'failed', fault });
    expect(await rotations.cancel(id, 'ada')).toBe(false);
    now += 10 * HOUR;
    expect([await live(old.value), await live(delivered())]).toEqual([true, true]);
  });

  test('a key that leaks before its new one is made is replaced', async () => {
    const rotations = opened();
    const old = await issued();
    const id = await begin(rotations, old.key);
    workos.inject({ kind: 'status', status: 503 }, { route: 'create', times: 1 });
    await rotations.work(never);
    workos.removeKey(old.id);
    const store = openStore(join(dir, 'keyfuse.db'));
    ends.push(() => store.close());
    await store.write((sql) => rotations.replace(sql, { environment: 'default', key: old.key, plan }));
    expect(await until(rotations, id)).toMatchObject({ step: 'done', cause: 'leak' });
    expect(await live(delivered())).toBe(true);
  });

  test('two who work on one database: one of them goes on', async () => {
    const [rotations, other] = [opened(), opened()];
    const old = await issued();
    const id = await begin(rotations, old.key, { graceMs: 0 });
    await Promise.all([rotations.work(never), other.work(never)]);
    const rotation = await until(rotations, id);
    expect(rotation).toMatchObject({ step: 'done' });
    expect((await keysOf()).map((key) => key.id)).toEqual([rotation.newId]);
    expect(await live(delivered())).toBe(true);
  });
});
