import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { detectorSettings, detectors } from '../detectors/index.ts';
import type { Deal } from '../src/core/delivery.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Decision } from '../src/core/verdict.ts';
import { sha256 } from '../src/demo/workos-keys.ts';
import type { Inventory } from '../src/keys/inventory.ts';
import { suffixOf } from '../src/keys/suffixes.ts';
import { createBrake } from '../src/respond/brake.ts';
import { createLedger } from '../src/respond/ledger.ts';
import { createPolicy } from '../src/respond/policy.ts';
import { createResponder } from '../src/respond/responder.ts';
import { eventually } from './support/eventually.ts';
import { type KeysRoom, openKeysRoom } from './support/keys.ts';

const never = new AbortController().signal;
const DAY = 86_400_000;

let room: KeysRoom;
let workos: KeysRoom['workos'];
let ends: (() => unknown)[];

beforeEach(async () => {
  room = await openKeysRoom();
  ({ workos } = room);
  ends = [room.end];
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Filtering = Inventory & { readonly prefilter: NonNullable<Inventory['prefilter']> };
const opened = (names?: readonly string[]): Filtering => {
  const made = room.inventory(names, { staleMs: 60_000 });
  if (!made.prefilter) throw new Error('no prefilter');
  return { ...made, prefilter: made.prefilter };
};
/** Keeps it until the test ends, or until the function that is given back is called. */
const keep = (inventory: Inventory): (() => Promise<void>) => {
  const stop = new AbortController();
  const running = inventory.run({ readEveryMs: DAY, followEveryMs: 10 }, stop.signal);
  const end = (): Promise<void> => {
    stop.abort();
    return running;
  };
  ends.push(end);
  return end;
};
const none = (seed: string): string => `sk_${sample(seed, 43)}`;
const said = ({ prefilter }: Filtering, value: string): string => prefilter.look(new Secret(value)).said;

test.each<[string, string | undefined]>([
  ['sk_...3456', '3456'],
  ['sk_…PRYS', 'PRYS'],
  ['sk_test_...1234', '1234'],
  ['sk_live_****cdef', 'cdef'],
  ['sk_...ab3456', '3456'],
  ['sk_...aaaa', 'aaaa'],
  // What does not show four letters or digits behind a mask shows nothing.
  ['sk_...456', undefined],
  ['sk_...3-56', undefined],
  ['sk_abcd', undefined],
  ['sk_ab...', undefined],
  ['sk_...xxxxx', undefined],
  ['redacted', undefined],
  ['', undefined],
])('%s shows %s', (masked, suffix) => {
  expect(suffixOf(masked)).toBe(suffix);
});

describe('what all known keys say', () => {
  test('nothing before all were read; then what is ours, and what is none; and how old that is', async () => {
    const { value } = workos.issueKey({ organization: 'org_1', name: 'k' });
    const inventory = opened();
    expect(inventory.prefilter.look(new Secret(value))).toEqual({ said: 'stale' });
    await inventory.readAll(never);
    await inventory.prefilter.refresh();
    room.time.now += 60_000;
    expect(inventory.prefilter.look(new Secret(value))).toEqual({ said: 'match', inventorySeconds: 60 });
    expect(said(inventory, none('other'))).toBe('no-match');
    room.time.now += 1;
    expect([said(inventory, none('other')), said(inventory, value)]).toEqual(['stale', 'match']);
    room.time.now -= 60_002;
    expect([said(inventory, none('other')), said(inventory, value)]).toEqual(['stale', 'match']);
  });

  test('a key is known while all are still being read', async () => {
    const { value } = workos.issueKey({ organization: 'org_1', name: 'k' });
    workos.inject({ kind: 'status', status: 503 }, { route: 'users' });
    const inventory = opened();
    const stop = new AbortController();
    const reading = inventory.readAll(stop.signal);
    await eventually('the key', () => said(inventory, value) === 'match');
    expect(said(inventory, none('other'))).toBe('stale');
    stop.abort();
    await reading;
  });

  test('a new key is known from its event, and a start knows what was known', async () => {
    const one = opened();
    const end = keep(one);
    await eventually('all are read', () => said(one, none('other')) === 'no-match');
    const { value } = workos.issueKey({ organization: 'org_1', name: 'k' });
    await eventually('the new key', () => said(one, value) === 'match');
    await end();
    const lists = workos.stats().calls.organizations;
    const two = opened();
    keep(two);
    await eventually('the same after a start', () => said(two, value) === 'match');
    expect([said(two, none('other')), workos.stats().calls.organizations]).toEqual(['no-match', lists]);
  });

  test('what somebody else read is known: `keys list --read` uses the same shelf', async () => {
    const inventory = opened();
    keep(inventory);
    await eventually('all are read', () => said(inventory, none('other')) === 'no-match');
    workos.inject({ kind: 'status', status: 500 }, { route: 'events' });
    const { value } = workos.issueKey({ organization: 'org_1', name: 'k' });
    room.time.now += 1;
    await opened().readAll(never);
    await eventually('the key that another found', () => said(inventory, value) === 'match');
  });

  test('one environment of which nothing is known makes all of it stale', async () => {
    const inventory = opened(['default', 'other']);
    await opened(['default']).readAll(never);
    await inventory.prefilter.refresh();
    expect(said(inventory, none('other'))).toBe('stale');
    await opened(['other']).readAll(never);
    await inventory.prefilter.refresh();
    expect(said(inventory, none('other'))).toBe('no-match');
  });

  test('a masked form that shows no end lets everything through, and that is told', async () => {
    const inventory = opened();
    const { id } = workos.issueKey({ organization: 'org_1', name: 'k' });
    await inventory.readAll(never);
    await room.store.write((sql) => sql.run("update issued_keys set masked = 'sk_********' where id = ?", id));
    await inventory.prefilter.refresh();
    await inventory.prefilter.refresh();
    expect(said(inventory, none('other'))).toBe('match');
    expect(room.facts.filter(({ type }) => type === 'keys.unmasked')).toHaveLength(1);
  });
});

/** The responder with the inventory, the road and the issuer that it has in the daemon; messages are dealt by hand. */
interface Ways {
  readonly mode: 'last' | 'strict';
  readonly perSecond?: number;
  /** The issuer whose keys the inventory has. */
  readonly knows?: string;
  readonly decision?: Decision;
}

const office = (inventory: Filtering, { mode, perSecond, knows = 'workos', decision = 'delete' }: Ways) => {
  const registry = detectors(detectorSettings.parse({}));
  const { store, clock, record } = room;
  const issuer = room.issuerOf('default', perSecond);
  const ledger = createLedger(store, clock);
  const responder = createResponder(
    {
      ...{ environments: () => [issuer], ours: () => false, search: 'plain', channels: [], ledger, record, clock },
      policy: createPolicy({ mode: decision, rules: [], canaries: [], allow: [] }),
      brake: createBrake({ deletions: 100, windowSeconds: 60 }, { ledger, clock, record }),
      prefilter: { ...inventory.prefilter, issuer: knows, mode },
      asked: inventory.asked,
    },
    (id) => registry.find((one) => one.id === id),
  );
  let messages = 0;
  return {
    ledger,
    find: (value: string) => ledger.find(sha256(value)),
    deal(value: string, attempt = 1): Promise<Deal> {
      messages += 1;
      const secret = new Secret(value);
      return responder.deal(
        {
          ...{ detector: 'workos-customer-key', secret, fingerprint: sha256(value), via: [], offset: 0, length: 46 },
          origin: { source: 'http-logs', locator: 'here', receivedAt: room.time.now, mode: 'live' },
        },
        { id: `m${messages}`, key: sha256(value), value: new Uint8Array(), attempt, publishedAt: room.time.now },
      );
    },
  };
};
const DONE: Deal = { next: 'done' };
const WAITS: Deal = { next: 'retry', reason: 'inventory', afterMs: 10_000, free: true };

const settled = async (): Promise<Filtering> => {
  const inventory = opened();
  await inventory.readAll(never);
  await inventory.prefilter.refresh();
  return inventory;
};

describe('strict', () => {
  /** As a daemon that follows does. */
  const follow = async (inventory: Filtering): Promise<void> => {
    const asked = workos.stats().calls.events;
    const end = keep(inventory);
    await eventually('followed', () => workos.stats().calls.events > asked);
    await end();
  };

  test('what ends as a key of ours is asked about, and dies if it is one; the record says what was known', async () => {
    const { id, value } = workos.issueKey({ organization: 'org_1', name: 'k' });
    const { deal } = office(await settled(), { mode: 'strict' });
    room.time.now += 3_000;
    expect([await deal(value), workos.isLive(id)]).toEqual([DONE, false]);
    expect(room.facts.find(({ type }) => type === 'key.judged')).toMatchObject({
      sight: { said: 'match', inventorySeconds: 3 },
    });
  });

  test('what does not is never sent: it waits until all is known that happened up to then, and ends as not ours', async () => {
    const inventory = await settled();
    const { deal, find } = office(inventory, { mode: 'strict' });
    const value = none('foreign');
    expect(await deal(value)).toEqual(WAITS);
    room.time.now += 29_000;
    await follow(inventory);
    expect(await deal(value)).toEqual(WAITS);
    room.time.now += 1_000;
    await follow(inventory);
    expect(await deal(value)).toEqual(DONE);
    expect(find(value)).toMatchObject({ outcome: 'watched', why: 'not-ours' });
    expect(room.facts.findLast(({ type }) => type === 'incident.ended')).toMatchObject({
      ...{ outcome: 'watched', why: 'not-ours', sight: { said: 'no-match', inventorySeconds: 0 } },
    });
    expect(workos.sentValues().size).toBe(0);
  });

  test('a leak that is faster than the news of its key waits for them, and dies', async () => {
    const inventory = await settled();
    const { deal } = office(inventory, { mode: 'strict' });
    const { id, value } = workos.issueKey({ organization: 'org_1', name: 'just made' });
    expect(await deal(value)).toEqual(WAITS);
    room.time.now += 10_000;
    await follow(inventory);
    expect([await deal(value), workos.isLive(id)]).toEqual([DONE, false]);
  });

  test('while the inventory is stale everything unknown waits, for as long as that takes', async () => {
    const inventory = await settled();
    const { deal } = office(inventory, { mode: 'strict' });
    const { id, value } = workos.issueKey({ organization: 'org_1', name: 'made in the dark' });
    const down = workos.inject({ kind: 'status', status: 503 }, { route: 'events' });
    for (let hours = 0; hours < 50; hours += 10) {
      expect([await deal(value), await deal(none('foreign')), inventory.prefilter.isStale()]).toEqual([
        ...[WAITS, WAITS, hours > 0],
      ]);
      room.time.now += 36_000_000;
    }
    down.clear();
    await follow(inventory);
    expect(inventory.prefilter.isStale()).toBe(false);
    expect([await deal(value), workos.isLive(id)]).toEqual([DONE, false]);
    expect(await deal(none('foreign'))).toEqual(DONE);
    expect(workos.sentValues()).toEqual(new Set([sha256(value)]));
  });

  test('what was none of ours is looked at again when it is seen again and a key that ends so is known', async () => {
    const inventory = await settled();
    const { deal, find } = office(inventory, { mode: 'strict' });
    const { id, value } = workos.issueKey({ organization: 'org_1', name: 'told very late' });
    const late = workos.inject({ kind: 'status', status: 200, body: { data: [], list_metadata: { after: null } } });
    await deal(value);
    room.time.now += 60_000;
    await follow(inventory);
    expect([await deal(value), find(value)?.why]).toEqual([DONE, 'not-ours']);
    late.clear();
    room.time.now += 1_000;
    await follow(inventory);
    expect([await deal(value), workos.isLive(id)]).toEqual([DONE, false]);
  });

  test('before all keys were read nothing is concluded', async () => {
    const { deal } = office(opened(), { mode: 'strict' });
    for (let minutes = 0; minutes < 60; minutes += 20) {
      expect(await deal(none('foreign'))).toEqual(WAITS);
      room.time.now += 1_200_000;
    }
    expect(workos.sentValues().size).toBe(0);
  });

  test('a key that we began to delete is proved dead, though it is none of ours any more', async () => {
    const { id, value } = workos.issueKey({ organization: 'org_1', name: 'k' });
    const inventory = await settled();
    const { deal, ledger, find } = office(inventory, { mode: 'strict' });
    const about = { detector: 'workos-customer-key', issuer: 'workos', locator: 'here' };
    const opening = { ...about, fingerprint: sha256(value), id: 'inc_1' };
    await ledger.intend(opening, { handle: { id, environment: 'default' }, evidence: {} });
    workos.removeKey(id);
    room.time.now += 1_000;
    await inventory.readAll(never);
    await inventory.prefilter.refresh();
    expect(said(inventory, value)).toBe('no-match');
    expect([await deal(value), find(value)?.outcome]).toEqual([DONE, 'revoked']);
  });

  test('a key that is watched is asked about again and again, and does not look used', async () => {
    const { value } = workos.issueKey({ organization: 'org_1', name: 'k', permissions: ['posts:read'] });
    room.time.now += 8 * DAY;
    const inventory = await settled();
    const { deal, find } = office(inventory, { mode: 'strict', decision: 'watch' });
    for (let asked = 0; asked < 3; asked += 1) {
      expect(await deal(value)).toEqual(DONE);
      room.time.now += 3_600_000;
      await inventory.readAll(never);
    }
    expect(find(value)).toMatchObject({ outcome: 'watched', evidence: { lastUsedAt: null } });
    const severities = room.facts.flatMap((fact) => (fact.type === 'key.judged' ? [fact.severity] : []));
    expect([severities, [...inventory.pages()].flat()[0]?.flags]).toEqual([
      ['medium', 'medium', 'medium'],
      ['never-used'],
    ]);
  });

  test('of another issuer’s keys it says nothing', async () => {
    const { deal } = office(await settled(), { mode: 'strict', knows: 'another' });
    expect(await deal(none('foreign'))).toEqual(DONE);
    expect(room.facts.find(({ type }) => type === 'key.judged')).toMatchObject({ validity: 'dead', sight: undefined });
  });
});

describe('last', () => {
  test('what is none of ours takes a turn that nobody wants, or goes round; after three times it waits like all', async () => {
    const { id, value } = workos.issueKey({ organization: 'org_1', name: 'k' });
    const { deal } = office(await settled(), { mode: 'last', perSecond: 0.5 });
    const foreign = Array.from({ length: 4 }, (_, nth) => none(`foreign ${nth}`));
    for (const first of foreign.slice(0, 2)) expect(await deal(first)).toEqual(DONE);
    // The turns are taken: these are not asked about, and do not wait for one.
    for (const other of foreign.slice(2)) {
      const turned = await deal(other);
      expect(turned).toMatchObject({ next: 'retry', reason: 'unknown' });
      expect(turned).not.toHaveProperty('free');
    }
    expect(room.facts.filter((fact) => fact.type === 'key.judged')).toHaveLength(2);
    expect(await deal(foreign[2] ?? '', 4)).toEqual(DONE);
    expect([await deal(value), workos.isLive(id)]).toEqual([DONE, false]);
    expect(workos.sentValues()).toEqual(new Set([...foreign.slice(0, 3), value].map(sha256)));
  });

  test('while the inventory is stale all are asked about at once', async () => {
    const { deal } = office(opened(), { mode: 'last' });
    expect(await deal(none('foreign'))).toEqual(DONE);
    expect(room.facts.find(({ type }) => type === 'key.judged')).toMatchObject({ sight: { said: 'stale' } });
  });
});
