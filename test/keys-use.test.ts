import { afterEach, describe, expect, test } from '@jest/globals';
import { detectorSettings } from '../detectors/index.ts';
import { workosCustomerKey } from '../detectors/workos-customer-key.ts';
import { Secret } from '../src/core/secret.ts';
import { severityOf } from '../src/core/severity.ts';
import type { Evidence } from '../src/core/verdict.ts';
import type { Inventory, Item } from '../src/keys/inventory.ts';
import { type KeysRoom, openKeysRoom } from './support/keys.ts';

const DAY = 86_400_000;
const never = new AbortController().signal;
const { 'workos-customer-key': format } = detectorSettings.parse({});
const detector = workosCustomerKey(format);

let room: KeysRoom;
afterEach(() => room.end());

const open = async (lastUsed: 'before' | 'after' | 'unmoved'): Promise<Inventory> => {
  room = await openKeysRoom({ lastUsed });
  room.time.now -= 400 * DAY;
  return room.inventory();
};
/** Somebody uses a key: who has it asks WorkOS whether it is good, as we do. */
const use = async (value: string): Promise<number> => {
  const headers = { authorization: `Bearer ${room.credential}` };
  const body = JSON.stringify({ value });
  await fetch(`${room.workos.url}/api_keys/validations`, { method: 'POST', headers, body });
  return room.time.now;
};
/** We ask, as the responder does. */
const ask = async (value: string, inventory: Inventory): Promise<Evidence> => {
  const verdict = await detector.validate?.(new Secret(value), room.issuerOf());
  if (verdict?.validity !== 'live') throw new Error('not live');
  return inventory.asked(verdict);
};
const only = (inventory: Inventory): Item => [...inventory.pages()].flat()[0] as Item;

describe.each(['before', 'after'] as const)('where an answer has the use %s the question', (lastUsed) => {
  test('questions of ours are no uses, whenever they are; a use after them is one', async () => {
    const inventory = await open(lastUsed);
    const { value } = room.workos.issueKey({ organization: 'org_1', name: 'k' });
    room.time.now += DAY;
    const used = await use(value);
    await inventory.readAll(never);
    for (let asked = 0; asked < 20; asked += 1) {
      room.time.now += 2 * DAY;
      await ask(value, inventory);
      expect(only(inventory).lastUsedAt).toBe(used);
      if (asked % 3 === 0) await inventory.readAll(never);
      expect(only(inventory).lastUsedAt).toBe(used);
    }
    expect(only(inventory).flags).toEqual(['unused']);
    room.time.now += DAY;
    const again = await use(value);
    await inventory.readAll(never);
    expect(only(inventory)).toMatchObject({ lastUsedAt: again, flags: [] });
    room.time.now += DAY;
    await ask(value, inventory);
    await inventory.readAll(never);
    expect(only(inventory).lastUsedAt).toBe(again);
  });

  test('a key that nobody used is never used, however often we asked', async () => {
    const inventory = await open(lastUsed);
    const { value } = room.workos.issueKey({ organization: 'org_1', name: 'k' });
    await inventory.readAll(never);
    room.time.now += 8 * DAY;
    for (let asked = 0; asked < 3; asked += 1) {
      await ask(value, inventory);
      room.time.now += 60_000;
      await inventory.readAll(never);
    }
    expect(only(inventory)).toMatchObject({ lastUsedAt: undefined, flags: ['never-used'] });
  });

  test('the severity is that of the uses of others', async () => {
    const inventory = await open(lastUsed);
    const { value } = room.workos.issueKey({ organization: 'org_1', name: 'k', permissions: ['posts:read'] });
    const used = await use(value);
    await inventory.readAll(never);
    const severities: string[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      room.time.now += 10 * DAY;
      const evidence = await ask(value, inventory);
      severities.push(severityOf(evidence, room.time.now));
      const { usedBefore = evidence.lastUsedAt } = evidence;
      expect(Date.parse(usedBefore ?? '')).toBe(used);
    }
    expect(severities).toEqual(['medium', 'medium', 'medium']);
    room.time.now += DAY;
    await use(value);
    room.time.now += DAY;
    await inventory.readAll(never);
    expect(severityOf(await ask(value, inventory), room.time.now)).toBe('high');
  });
});

test('asked about before it was listed: what the first answer told is kept', async () => {
  const inventory = await open('before');
  const { value } = room.workos.issueKey({ organization: 'org_1', name: 'k' });
  const used = await use(value);
  room.time.now += 40 * DAY;
  await ask(value, inventory);
  await inventory.readAll(never);
  expect(only(inventory)).toMatchObject({ lastUsedAt: used, flags: ['unused'] });
});

test('what an answer tells of a use that no list told of is kept', async () => {
  const inventory = await open('before');
  const { value } = room.workos.issueKey({ organization: 'org_1', name: 'k' });
  await inventory.readAll(never);
  room.time.now += 5 * DAY;
  const used = await use(value);
  room.time.now += 5 * DAY;
  await ask(value, inventory);
  expect(only(inventory).lastUsedAt).toBe(used);
  await inventory.readAll(never);
  expect(only(inventory).lastUsedAt).toBe(used);
});

test('where nobody can know whether it was used before, it looks used, and the leak is taken for the worst', async () => {
  const inventory = await open('after');
  const { value } = room.workos.issueKey({ organization: 'org_1', name: 'k', permissions: ['posts:write'] });
  room.time.now += 40 * DAY;
  const evidence = await ask(value, inventory);
  expect([evidence.usedBefore, severityOf(evidence, room.time.now)]).toEqual([undefined, 'critical']);
  await inventory.readAll(never);
  expect(only(inventory).flags).toEqual([]);
});

test('where questions move nothing, nothing changes', async () => {
  const inventory = await open('unmoved');
  const { value } = room.workos.issueKey({ organization: 'org_1', name: 'k' });
  await inventory.readAll(never);
  room.time.now += 8 * DAY;
  await ask(value, inventory);
  await inventory.readAll(never);
  expect(only(inventory).flags).toEqual(['never-used']);
});

test('few questions are kept, and none about keys that are gone', async () => {
  const inventory = await open('before');
  const { id, value } = room.workos.issueKey({ organization: 'org_1', name: 'k' });
  await inventory.readAll(never);
  for (let asked = 0; asked < 30; asked += 1) {
    room.time.now += 60_000;
    await ask(value, inventory);
  }
  const rows = () => Number(room.store.read((sql) => sql.get('select count(*) n from issued_keys_asked'))?.['n']);
  expect(rows()).toBe(8);
  room.workos.removeKey(id);
  room.time.now += 60_000;
  await inventory.readAll(never);
  expect(rows()).toBe(0);
});

test('a shelf that cannot be written takes nothing from the answer', async () => {
  const inventory = await open('before');
  const { value } = room.workos.issueKey({ organization: 'org_1', name: 'k' });
  await room.store.close();
  expect(await ask(value, inventory)).toMatchObject({ name: 'k', lastUsedAt: null });
});
