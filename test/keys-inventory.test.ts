import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workosKeeper } from '../detectors/workos-customer-key.keeper.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Fact } from '../src/core/facts.ts';
import type { Keeper } from '../src/core/keeper.ts';
import { fixedSecret } from '../src/core/live-secret.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { createIssuer } from '../src/issuers/road.ts';
import type { FlagRules } from '../src/keys/flags.ts';
import { createInventory, type Inventory } from '../src/keys/inventory.ts';
import { openStore } from '../src/store.ts';
import { eventually } from './support/eventually.ts';

const DAY = 86_400_000;
const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;
const rules: FlagRules = { staleDays: 90, unusedDays: 30, expiringDays: 14, permissions: [] };
const never = new AbortController().signal;

let workos: EmulatedWorkos;
let dir: string;
let ends: (() => unknown)[];
let now: number;
/** So much the issuer's clock is behind ours (ms). */
let behind: number;
let facts: Fact[];
/** Pauses take no time, but where an issuer names them. */
let haste = 0;
let monotonic = 0;
const clock = {
  ...{ ...systemClock, now: () => now, monotonic: () => systemClock.monotonic() + monotonic },
  sleep: (ms: number, stop?: AbortSignal) => systemClock.sleep(1 + ms * (1 - haste), stop),
};

beforeEach(async () => {
  now = Date.parse('2026-11-23T12:00:00Z');
  dir = mkdtempSync(join(tmpdir(), 'keyfuse-keys-'));
  behind = 0;
  workos = await startEmulatedWorkos({ credential: CREDENTIAL, now: () => now - behind });
  facts = [];
  haste = 1;
  monotonic = 0;
  ends = [workos.close];
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(dir, { recursive: true });
});

const opened = (
  more: Partial<FlagRules> = {},
  { credential = CREDENTIAL, keeper = workosKeeper }: { credential?: string; keeper?: Keeper } = {},
): Inventory => {
  const store = openStore(join(dir, 'keyfuse.db'));
  ends.push(() => store.close());
  const record = async (fact: Fact): Promise<void> => void facts.push(fact);
  const settings = { issuer: 'workos', environment: 'default', baseUrl: new URL(workos.url) };
  const pace = { perSecond: 10_000, concurrency: 8, patienceMs: 10_000, deadlineMs: 5_000, bodyBytes: 1_000_000 };
  const issuer = createIssuer(
    { ...settings, ...pace, credential: fixedSecret(new Secret(credential)) },
    { clock, record },
  );
  return createInventory({
    keeper,
    ...{ issuers: [issuer], rules: { ...rules, ...more }, store, clock, record },
  });
};
const ids = (inventory: Inventory): readonly string[] => [...inventory.pages()].flat().map(({ id }) => id);

test('all keys of all organizations and users, page by page; none twice', async () => {
  const made: string[] = [];
  for (let nth = 0; nth < 130; nth += 1) {
    now += 1;
    made.push(workos.issueKey({ organization: `org_${nth % 110}`, name: `key ${nth}` }).id);
  }
  for (let nth = 0; nth < 220; nth += 1) {
    now += 1;
    const whose = nth < 105 ? { organization: 'org_1' } : { organization: 'org_2', user: `user_${nth % 3}` };
    made.push(workos.issueKey({ ...whose, name: `more ${nth}`, permissions: ['read'] }).id);
  }
  const inventory = opened();
  const told: number[] = [];
  await inventory.readAll(never, ({ keys }) => told.push(keys));
  expect(ids(inventory)).toEqual(made);
  expect([told.length, told.at(-1)]).toEqual([113, 350]);
  const [found] = inventory.find(made.at(-1) ?? '');
  expect(found).toMatchObject({
    owner: { type: 'user', id: 'user_0', organization: 'org_2' },
    ...{ environment: 'default', name: 'more 219', permissions: ['read'], lastUsedAt: undefined, createdAt: now },
  });
  expect(facts.find(({ type }) => type === 'keys.read')).toMatchObject({ keys: 350 });
  // Listing validates nothing, so it moves no `last_used_at`.
  expect(workos.stats().calls.validate).toBe(0);
});

test('what is gone is taken off by the next reading, and by none that was cut short', async () => {
  const keys = Array.from({ length: 5 }, (_, nth) => workos.issueKey({ organization: `org_${nth}`, name: 'k' }).id);
  const inventory = opened();
  await inventory.readAll(never);
  now += 1_000;
  workos.removeKey(keys[0] ?? '');
  workos.removeOrganization('org_4');
  const stop = new AbortController();
  await inventory.readAll(stop.signal, () => stop.abort());
  expect(ids(inventory)).toHaveLength(5);
  workos.inject({ kind: 'status', status: 500 }, { route: 'list' });
  await expect(inventory.readAll(never)).rejects.toThrow('server-error');
  expect(ids(inventory)).toHaveLength(5);
  workos.clearFaults();
  // Who owns keys cannot be missing: that would be an inventory without any.
  for (const route of ['organizations', 'users'] as const) {
    const gone = workos.inject({ kind: 'status', status: 404, body: { message: 'Not Found' } }, { route });
    await expect(inventory.readAll(never)).rejects.toMatchObject({ code: 'keys.unanswered' });
    gone.clear();
  }
  expect(ids(inventory)).toHaveLength(5);
  await inventory.readAll(never);
  expect([...ids(inventory)].sort()).toEqual(keys.slice(1, 4).sort());
});

describe('what a list says while it is read', () => {
  /** The issuer, but for what it says of the keys of one organization. */
  const saying = (odd: string, says: Keeper['keys']): Keeper => ({
    ...workosKeeper,
    keys: (issuer, whose, after) => (whose.id === odd ? says : workosKeeper.keys)(issuer, whose, after),
  });
  const issued = (organization: string): string => {
    now += 1;
    return workos.issueKey({ organization, name: 'k' }).id;
  };

  test('an owner whose keys are not understood is named; all others are read, and nothing is taken away', async () => {
    const [one, two] = ['org_1', 'org_2'].map(issued);
    await opened().readAll(never);
    now += 1_000;
    workos.removeKey(two ?? '');
    const three = issued('org_3');
    const keeper = saying('org_1', async () => ({ reason: 'unrecognised' }));
    const inventory = opened({}, { keeper });
    await expect(inventory.readAll(never)).rejects.toMatchObject({
      code: 'keys.unanswered',
      message: expect.stringContaining('unrecognised: the keys of organization org_1'),
    });
    expect(ids(inventory)).toEqual([one, two, three]);
  });

  test('where many are not understood, the reading ends', async () => {
    for (let nth = 0; nth < 40; nth += 1) issued(`org_${nth}`);
    const asked = new Set<string>();
    const keeper: Keeper = {
      ...workosKeeper,
      async keys(_, { id }) {
        asked.add(id);
        return { reason: 'unrecognised' };
      },
    };
    await expect(opened({}, { keeper }).readAll(never)).rejects.toThrow('unrecognised: the keys of organization org_');
    expect(asked.size).toBeLessThan(25);
  });

  test('the organization that a next part begins behind is deleted: it begins behind one before', async () => {
    const made = Array.from({ length: 205 }, (_, nth) => issued(`org_${nth}`));
    const inventory = opened();
    let left = ['org_98', 'org_99'];
    await inventory.readAll(never, () => {
      for (const one of left) workos.removeOrganization(one);
      left = [];
    });
    const known = ids(inventory);
    expect(made.filter((id) => !known.includes(id)).length).toBeLessThanOrEqual(2);
    expect(inventory.find(made.at(-1) ?? '')).toHaveLength(1);
  });

  test('a list that is missing in its middle is no list that is over', async () => {
    for (let nth = 0; nth < 120; nth += 1) issued('org_1');
    await opened().readAll(never);
    now += 1_000;
    const keeper = saying('org_1', async (...asked) =>
      asked[2] === undefined ? workosKeeper.keys(...asked) : { reason: 'missing' },
    );
    const inventory = opened({}, { keeper });
    await expect(inventory.readAll(never)).rejects.toThrow('missing: the keys of organization org_1');
    expect(ids(inventory)).toHaveLength(120);
  });
});

test('what happens is followed though the clock of the issuer is hours behind ours', async () => {
  behind = 20 * 3_600_000;
  workos.issueKey({ organization: 'org_1', name: 'first' });
  const inventory = opened();
  await inventory.readAll(never);
  const { id } = workos.issueKey({ organization: 'org_1', name: 'second' });
  await inventory.follow();
  expect(inventory.find(id)).toHaveLength(1);
});

test.each([{ kind: 'reset' }, { kind: 'html200' }, { kind: 'truncated' }, { kind: 'missingField' }] as const)(
  'an answer that tells nothing is asked for again: $kind',
  async (fault) => {
    const { id } = workos.issueKey({ organization: 'org_1', name: 'k' });
    for (const route of ['organizations', 'list', 'users'] as const) workos.inject(fault, { route, times: 2 });
    const inventory = opened();
    await inventory.readAll(never);
    expect(ids(inventory)).toEqual([id]);
  },
);

test('a pause that the issuer asks for is kept', async () => {
  haste = 0;
  const { id } = workos.issueKey({ organization: 'org_1', name: 'k' });
  workos.inject({ kind: 'status', status: 429, headers: { 'retry-after': '1' } }, { route: 'list', times: 1 });
  const inventory = opened();
  const begun = performance.now();
  await inventory.readAll(never);
  expect([ids(inventory), performance.now() - begun > 990]).toEqual([[id], true]);
});

test('a refusal of our own credential ends the reading', async () => {
  await expect(opened({}, { credential: 'wrong' }).readAll(never)).rejects.toMatchObject({
    code: 'issuer.credential-refused',
  });
});

test('between readings it follows what happens, and goes on where it was', async () => {
  const first = workos.issueKey({ organization: 'org_1', name: 'first' }).id;
  const run = () => {
    const stop = new AbortController();
    const inventory = opened();
    const running = inventory.run({ readEveryMs: DAY, followEveryMs: 10 }, stop.signal);
    const end = (): Promise<void> => {
      stop.abort();
      return running;
    };
    return { inventory, end };
  };
  const one = run();
  await eventually('read', () => ids(one.inventory).length === 1);
  now += 1_000;
  const second = workos.issueKey({ organization: 'org_new', name: 'second' }).id;
  await eventually('the new one', () => ids(one.inventory).includes(second));
  await one.end();
  now += 1_000;
  workos.removeKey(first);
  const third = workos.issueKey({ organization: 'org_1', name: 'third' }).id;
  const lists = workos.stats().calls.list;
  const two = run();
  await eventually('what happened meanwhile', () => ids(two.inventory).join() === [second, third].join());
  expect(workos.stats().calls.list).toBe(lists);
  workos.inject({ kind: 'reset' }, { times: 3 });
  now += 1_000;
  workos.removeKey(third);
  await eventually('after trouble', () => ids(two.inventory).join() === second);
  now += 2 * DAY;
  await eventually('it is read again', () => workos.stats().calls.list > lists);
  await two.end();
});

test('what cannot be read rests, and is asked for again later; keys are counted when something is new', async () => {
  workos.issueKey({ organization: 'org_1', name: 'first' });
  const forbidden = workos.inject({ kind: 'status', status: 403, body: { message: 'no' } }, { route: 'users' });
  const counted = () => facts.flatMap((fact) => (fact.type === 'keys.counted' ? [fact.count] : []));
  const stop = new AbortController();
  const inventory = opened();
  const running = inventory.run({ readEveryMs: DAY, followEveryMs: 1 }, stop.signal);
  await eventually('it is told', () => facts.some(({ type }) => type === 'keys.unread'));
  const calls = workos.stats().calls.organizations;
  await pause(300);
  expect([workos.stats().calls.organizations, counted()]).toEqual([calls, [1]]);
  forbidden.clear();
  monotonic += 600_000;
  await eventually('it is read', () => inventory.freshness('default').readAt !== undefined);
  now += 1_000;
  workos.issueKey({ organization: 'org_1', name: 'second' });
  await eventually('it is counted', () => counted().at(-1) === 2);
  const often = counted().length;
  await pause(100);
  expect(counted().length).toBe(often);
  stop.abort();
  await running;
});

test('events that we may not read, or do not understand, are told; a pause of the issuer is not', async () => {
  workos.issueKey({ organization: 'org_1', name: 'first' });
  const told = () => facts.flatMap((fact) => (fact.type === 'keys.unread' ? [fact.reason] : []));
  const stop = new AbortController();
  const inventory = opened();
  const running = inventory.run({ readEveryMs: DAY, followEveryMs: 1 }, stop.signal);
  await eventually('it is read', () => inventory.knownAt() > 0);
  for (const status of [500, 429]) {
    const calls = workos.stats().calls.events;
    workos.inject({ kind: 'status', status, headers: { 'retry-after': '0' } }, { route: 'events', times: 2 });
    await eventually('it passes', () => workos.stats().calls.events > calls + 3);
  }
  expect(told()).toEqual([]);
  const known = inventory.knownAt();
  now += 1_000;
  const forbidden = workos.inject({ kind: 'status', status: 403, body: { message: 'no' } }, { route: 'events' });
  await eventually('it is told', () => told().length === 1);
  expect(told()[0]).toMatch(/^follow: .*forbidden/);
  expect(inventory.knownAt()).toBeLessThanOrEqual(known + 1_000);
  forbidden.clear();
  monotonic += 60_000;
  await eventually('it goes on', () => inventory.knownAt() === now);
  stop.abort();
  await running;
});

test('a shelf of a version before is taken over', async () => {
  const store = openStore(join(dir, 'keyfuse.db'));
  store.migrate(`create table issued_keys (
    environment text not null, id text not null, owner_type text not null, owner text not null, organization text not null,
    name text not null, masked text not null, permissions text not null, created_at integer not null,
    last_used_at integer, expires_at integer, seen_at integer not null, primary key (environment, id)) without rowid;
    insert into issued_keys values ('default', 'api_key_old', 'organization', 'org_1', 'org_1', 'old', 'sk_...abcd', '[]', 1, 2, null, 3)`);
  await store.close();
  const inventory = opened();
  expect(inventory.find('api_key_old')).toMatchObject([{ name: 'old', createdAt: 1, lastUsedAt: 2 }]);
  const { id } = workos.issueKey({ organization: 'org_1', name: 'new' });
  await inventory.readAll(never);
  expect(ids(inventory)).toEqual([id]);
});

describe('flags', () => {
  test('each says what is wrong, at its border', async () => {
    const allow = [
      { organization: 'org_1', name: 'ci *', allow: ['posts:*'] },
      { name: '*-reader', allow: ['posts:read'] },
    ];
    const key = (name: string, permissions: readonly string[] = [], expiresAt?: number) =>
      workos.issueKey({ organization: 'org_1', name, permissions, ...(expiresAt && { expiresAt }) });
    key('old-reader', ['posts:read', 'posts:write']);
    now += 60 * DAY;
    const used = key('used', ['anything']);
    now += 31 * DAY;
    await fetch(`${workos.url}/api_keys/validations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${CREDENTIAL}` },
      body: JSON.stringify({ value: used.value }),
    });
    key('ci main', ['posts:write', 'users:read']);
    // What a rotation adds to a name takes a key out of no rule.
    key('new-reader [rot_0123456789abcdef.1]', ['posts:write']);
    key('soon', [], now + 14 * DAY);
    key('later', [], now + 15 * DAY);
    const inventory = opened({ permissions: allow });
    await inventory.readAll(never);
    const flags = () => Object.fromEntries([...inventory.pages()].flat().map(({ name, flags }) => [name, flags]));
    expect(flags()).toEqual({
      'old-reader': ['stale', 'never-used', 'over-privileged'],
      'new-reader [rot_0123456789abcdef.1]': ['over-privileged'],
      ...{ used: [], 'ci main': ['over-privileged'], soon: ['expiring'], later: [] },
    });
    now += 31 * DAY;
    expect(flags()).toMatchObject({ used: ['unused'], soon: ['never-used', 'expired'] });
  });
});
