import { expect, test } from '@jest/globals';
import { toldOf } from '../src/app-channels.ts';
import { keepRotations, subjects } from '../src/app-rotations.ts';
import { Settings } from '../src/config.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Decision } from '../src/core/verdict.ts';
import type { Item } from '../src/keys/inventory.ts';
import { openRotationScene } from './support/rotation-scene.ts';

const DAY = 86_400_000;

const settingsOf = (policy: object = {}) =>
  Settings.parse({
    policy,
    keys: { rotation: { everyDays: 90, targets: [{ organization: 'org_1', name: 'ci', sink: 'file:///sink' }] } },
  });

const room = async () => {
  const it = await openRotationScene();
  const { key } = await it.issued();
  it.scene.now += 100 * DAY;
  const inventory = { find: () => [], madeBefore: () => [{ ...key, environment: 'default', flags: [] } as Item] };
  const clock = { ...systemClock, now: () => it.scene.now };
  return { it, key, needs: { inventory, rotations: it.rotations, clock } };
};

test('a failure that is forgotten is no longer in the way of the schedule: it begins that key again', async () => {
  const { it, key, needs } = await room();
  try {
    const due = () => subjects(settingsOf(), needs, { everyDays: 90 }).map((one) => one.key.id);
    it.workos.inject({ kind: 'status', status: 422, body: { message: 'no' } }, { route: 'create', times: 1 });
    const { id } = await it.until(await it.begin(key));
    expect(due()).toEqual([]);
    await it.rotations.forget(id);
    expect(due()).toEqual([key.id]);
  } finally {
    await it.close();
  }
});

test('canaries are never rotated, by whatever name they are known', async () => {
  const { it, key, needs } = await room();
  try {
    const due = (canary: object, expires = '2030-01-01') => {
      const settings = settingsOf({ canaries: [{ reason: 'a canary', expires, ...canary }] });
      return subjects(settings, needs, { everyDays: 90 }).length;
    };
    expect([due({ keyId: key.id }), due({ owner: 'org_1' }), due({ owner: 'org_2' })]).toEqual([0, 0, 1]);
    expect(due({ keyId: key.id }, '2026-12-01')).toBe(1); // it counts no longer
  } finally {
    await it.close();
  }
});

test.each<[Decision, number]>([
  ['watch', 0],
  ['delete', 1],
])('in mode %s the schedule begins %d', async (mode, begun) => {
  const { it, needs } = await room();
  try {
    const stop = new AbortController();
    const clock = { ...needs.clock, sleep: async () => stop.abort() };
    const record = async () => undefined;
    await keepRotations(settingsOf({ mode }), { ...needs, clock, record }, stop.signal);
    expect(it.rotations.list(9)).toHaveLength(begun);
  } finally {
    await it.close();
  }
});

test('customers are not told that a key is going to be rotated which has leaked', async () => {
  const { it, key } = await room();
  try {
    const actions: string[] = [];
    const rotation = ({ action }: { action: string }) => {
      actions.push(action);
      return () => undefined;
    };
    const told = toldOf({ rotation } as unknown as Parameters<typeof toldOf>[0], systemClock);
    const planned = it.stands(await it.begin(key));
    told?.(planned, { ...planned, step: 'watch', endsAt: 1 });
    told?.(planned, { ...planned, step: 'watch', endsAt: 1, cause: 'leak' });
    expect(actions).toEqual(['api_key.rotation_scheduled']);
  } finally {
    await it.close();
  }
});
