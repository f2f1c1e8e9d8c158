import { describe, expect, test } from '@jest/globals';
import { workosKeeper } from '../detectors/workos-customer-key.keeper.ts';
import { toldOf } from '../src/app-channels.ts';
import { systemClock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import type { IssuedKey, Keeper } from '../src/core/keeper.ts';
import { Secret } from '../src/core/secret.ts';
import type { Sink } from '../src/core/sink.ts';
import type { Rotation } from '../src/keys/rotation.ts';
import { at, HOUR, type RotationScene, rotationScenes } from './support/rotation-scene.ts';

const MINUTE = 60_000;
const probed = { probe: { command: ['/bin/true'] } };
const scene = rotationScenes();
const waits = ({ why }: Rotation): boolean => why !== undefined;
const keyOf = async (it: RotationScene, wanted: string | undefined) => {
  const key = (await it.keys()).find(({ id }) => id === wanted);
  if (!key) throw new Error('not listed');
  return key;
};
const standsIn = async (it: RotationScene, name: string): Promise<boolean> => it.use(it.sinks.get(name) ?? '');
/** All that is under way comes to its end. */
const untilAll = async (it: RotationScene): Promise<void> => {
  for (const { id } of it.rotations.open()) await it.until(id);
};
const endings = (it: RotationScene, key: string) => {
  const [last] = it.rotations.ofKey(key).slice(-1);
  const told = it.told('rotation.ended').filter((fact) => 'rotation' in fact && fact.rotation === last?.id);
  return { step: last?.step, cause: last?.cause, told: told.length };
};

describe('no leak is lost where two want one sink', () => {
  test('a plan gave way to a leak, and then its own key leaks', async () => {
    const it = await scene({ targets: [] });
    const [a, b] = [await it.issued({ name: 'a' }), await it.issued({ name: 'b' })];
    await it.begin(a.key);
    await it.leak(b.key);
    await it.leak(a.key);
    await untilAll(it);
    expect(endings(it, b.id)).toEqual({ step: 'done', cause: 'leak', told: 1 });
    expect(endings(it, a.id)).toEqual({ step: 'failed', cause: 'leak', told: 1 });
    expect([await standsIn(it, 'file:///sink'), (await it.keys()).length]).toEqual([true, 1]);
  });

  test('three keys that one entry fits leak at once', async () => {
    const targets = [
      { organization: 'org_1', name: 'ci *', sink: 'file:///sink', onLeak: 'delete-and-replace' as const },
    ];
    const it = await scene({ targets });
    const keys = [
      await it.issued({ name: 'ci a' }),
      await it.issued({ name: 'ci b' }),
      await it.issued({ name: 'ci c' }),
    ];
    for (const { key } of keys) await it.leak(key);
    await untilAll(it);
    expect(keys.map(({ id }) => endings(it, id))).toEqual([
      { step: 'done', cause: 'leak', told: 1 },
      { step: 'failed', cause: 'leak', told: 1 },
      { step: 'failed', cause: 'leak', told: 1 },
    ]);
  });

  test('the settings moved the sink of one whose rotation fails to that of another', async () => {
    let isUsable = true;
    const it = await scene({ targets: [], probe: async () => (isUsable ? undefined : 'no') });
    const [a, b] = [await it.issued({ name: 'a' }), await it.issued({ name: 'b', organization: 'org_2' })];
    const other = await it.begin(b.key, { sink: 'file:///B' });
    await it.until(other, at('watch'));
    isUsable = false;
    const own = await it.begin(a.key, { sink: 'file:///A', ...probed });
    await it.until(own, at('clean'));
    isUsable = true;
    await it.leak(a.key, { sink: 'file:///B' });
    expect(await it.until(own)).toMatchObject({ step: 'failed', cause: 'leak' });
    expect(await it.until(other)).toMatchObject({ step: 'done' });
    expect([await standsIn(it, 'file:///B'), it.workos.isLive(b.id)]).toEqual([true, false]);
  });
});

test('a replacement leaks within an hour, while its own rotation fails: that is told', async () => {
  let isUsable = true;
  const it = await scene({ probe: async () => (isUsable ? undefined : 'no') });
  const { key } = await it.issued();
  await it.leak(key, probed);
  await untilAll(it);
  const [made] = await it.keys();
  if (!made) throw new Error('not listed');
  isUsable = false;
  const own = await it.begin(made, probed);
  await it.until(own, at('clean'));
  await it.leak(made, probed);
  expect(await it.until(own)).toMatchObject({ step: 'failed', fault: expect.stringContaining('within an hour') });
});

describe('what a sink hands out lives', () => {
  test.each([HOUR, 0])('an earlier rotation put the old key there, and is done; grace %d ms', async (graceMs) => {
    const it = await scene({ targets: [] });
    const { key } = await it.issued();
    const first = await it.until(await it.begin(key, { sink: 'file:///A', graceMs: 0 }));
    const second = await it.until(await it.begin(await keyOf(it, first.newId), { sink: 'file:///B', graceMs }));
    expect(second).toMatchObject({ step: 'failed', fault: expect.stringContaining('for it is in file:///A') });
    expect([await standsIn(it, 'file:///A'), await standsIn(it, 'file:///B')]).toEqual([true, true]);
    expect((await it.keys()).map(({ expiresAt }) => expiresAt)).toEqual([undefined, undefined]);
  });

  test('an earlier rotation put the old key there, and failed', async () => {
    let isUsable = false;
    const it = await scene({ targets: [], probe: async () => (isUsable ? undefined : 'no') });
    const { key } = await it.issued();
    const first = await it.until(await it.begin(key, { sink: 'file:///A', ...probed }));
    isUsable = true;
    const second = await it.until(await it.begin(await keyOf(it, first.newId), { sink: 'file:///B' }));
    expect(second).toMatchObject({ step: 'failed', fault: expect.stringContaining('for it is in file:///A') });
    expect(await standsIn(it, 'file:///A')).toBe(true);
  });

  test('a sink that cannot be looked into as the old key is to end takes nobody’s grace away', async () => {
    let isAway = false;
    const held = new Map<string, string>();
    const sink = (name: string): Sink => ({
      name,
      put: async (value) => void held.set(name, value.expose()),
      async get() {
        if (isAway && name.endsWith('A')) throw new Fault('sink.unreadable', `${name}: away`);
        return held.has(name) ? new Secret(held.get(name) ?? '') : undefined;
      },
    });
    const it = await scene({ targets: [], sink });
    const { key } = await it.issued();
    const first = await it.until(await it.begin(key, { sink: 'file:///A', graceMs: 0 }));
    isAway = true;
    held.delete('file:///A');
    const id = await it.begin(await keyOf(it, first.newId), { sink: 'file:///B' });
    await it.until(id, at('watch'));
    isAway = false;
    await it.minutes(30);
    expect([it.stands(id).step, it.workos.isLive(first.newId ?? '')]).toEqual(['watch', true]);
    expect(await it.until(id)).toMatchObject({ step: 'done' });
  });
});

describe('an end that nobody heard of is undone, too', () => {
  test('cancelled after its answer was lost', async () => {
    const it = await scene();
    const { key, id: old } = await it.issued();
    const id = await it.begin(key);
    const lost = it.workos.inject({ kind: 'lostAnswer' }, { route: 'expire' });
    await it.until(id, (one) => one.step === 'end' && waits(one));
    lost.clear();
    await it.rotations.cancel(id, 'ada');
    expect(await it.until(id)).toMatchObject({ step: 'failed' });
    it.scene.now += 2 * HOUR;
    expect(it.workos.isLive(old)).toBe(true);
  });

  test('the new key leaks then, and no other can be made', async () => {
    const it = await scene();
    const { key, id: old } = await it.issued();
    const id = await it.begin(key);
    const lost = it.workos.inject({ kind: 'lostAnswer' }, { route: 'expire' });
    const { newId } = await it.until(id, (one) => one.step === 'end' && waits(one));
    lost.clear();
    it.workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
    await it.leak(await keyOf(it, newId));
    await it.minutes(90);
    expect(it.workos.isLive(old)).toBe(true);
  });
});

describe('after a leak the sink has a live key before it is called done', () => {
  test.each(['watch', 'delete'] as const)('it was set back to the old key, which leaks: at %s', async (step) => {
    let isUsable = true;
    const it = await scene({ probe: async () => (isUsable ? undefined : 'no') });
    const { key, value } = await it.issued();
    const id = await it.begin(key, probed);
    await it.until(id, at('watch'));
    isUsable = step === 'watch';
    await it.until(id, (one) => one.step === step && (step === 'watch' || waits(one)));
    it.sinks.set('file:///sink', value);
    isUsable = true;
    await it.leak(key, probed);
    expect(await it.until(id)).toMatchObject({ step: 'done', cause: 'leak' });
    expect([await standsIn(it, 'file:///sink'), (await it.keys()).length]).toEqual([true, 1]);
  });

  test('a put of a replacement that leaked comes late, and wins', async () => {
    const held = new Map<string, string>();
    const late: string[] = [];
    let isSlow = true;
    const sink = (name: string): Sink => ({
      name,
      async put(value) {
        if (!isSlow) return void held.set(name, value.expose());
        late.push(value.expose());
        throw new Fault('sink.unwritable', `${name}: no answer`);
      },
      get: async () => (held.has(name) ? new Secret(held.get(name) ?? '') : undefined),
    });
    const it = await scene({ sink });
    const { key } = await it.issued();
    const silent = it.workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
    await it.leak(key);
    const [{ id } = { id: '' }] = it.rotations.open();
    await it.minutes(61);
    silent.clear();
    const { newId } = await it.until(id, (one) => one.step === 'deliver' && one.refusals > 0);
    isSlow = false;
    await it.leak(await keyOf(it, newId));
    await it.work();
    it.scene.now += MINUTE / 2;
    held.set('file:///sink', late.at(-1) ?? '');
    expect(await it.until(id)).toMatchObject({ step: 'done' });
    expect([await it.use(held.get('file:///sink') ?? ''), (await it.keys()).length]).toEqual([true, 1]);
  });

  test('where it is set back again and again a person is told', async () => {
    const it = await scene();
    const { key, value } = await it.issued();
    const id = await it.begin(key);
    await it.until(id, at('watch'));
    it.sinks.set('file:///sink', value);
    await it.leak(key);
    for (let nth = 0; nth < 200 && it.rotations.open().length > 0; nth += 1) {
      if (it.stands(id).step === 'delete' || it.stands(id).step === 'watch') it.sinks.set('file:///sink', value);
      await it.minutes(2);
    }
    expect(it.stands(id)).toMatchObject({ step: 'failed', fault: expect.stringContaining('does not have') });
  });
});

test('a put under way is waited for, however long it was tried before', async () => {
  const held = new Map<string, string>();
  const late: string[] = [];
  const sink = (name: string): Sink => ({
    name,
    async put(value) {
      late.push(value.expose());
      throw new Fault('sink.unwritable', `${name}: not answered in 30 s`);
    },
    get: async () => (held.has(name) ? new Secret(held.get(name) ?? '') : undefined),
  });
  const it = await scene({ sink });
  const { key } = await it.issued();
  const id = await it.begin(key);
  const { stepAt } = await it.until(id, ({ step, refusals }) => step === 'deliver' && refusals === 7);
  expect(it.scene.now - stepAt).toBeGreaterThan(MINUTE);
  await it.rotations.cancel(id, 'ada');
  await it.work();
  it.scene.now += 5_000;
  held.set('file:///sink', late.at(-1) ?? '');
  expect(await it.until(id)).toMatchObject({ step: 'failed', placed: true });
  expect(await it.use(held.get('file:///sink') ?? '')).toBe(true);
});

/** As it was written before a digest and the end of each key were kept. */
const age = (it: RotationScene, id: string, change: Record<string, unknown> = {}): Promise<void> =>
  it.store.write((sql) => {
    const row = sql.get('select body from rotations where id = ?', id);
    const { digest: _, newExpiresAt: __, putAt: ___, ...body } = JSON.parse(String(row?.['body']));
    const before = body.before.map((one: { id: string }) => one.id);
    const old = Object.fromEntries(Object.entries(body.old).filter(([name]) => name !== 'digest' && name !== 'sink'));
    const aged = { ...body, before, old, ...change };
    sql.run('update rotations set body = ?, step = ? where id = ?', JSON.stringify(aged), aged.step, id);
  });

describe('rotations that an earlier version wrote', () => {
  test.each(['deliver', 'verify', 'watch'] as const)('the sink is looked into: %s', async (step) => {
    let isUsable = step === 'watch';
    const it = await scene({ probe: async () => (isUsable ? undefined : 'no') });
    const { key, value, id: old } = await it.issued();
    const silent = step === 'deliver' && it.workos.inject({ kind: 'status', status: 503 }, { route: 'validate' });
    const id = await it.begin(key, probed);
    await it.until(id, (one) => one.step === step && (step === 'watch' || waits(one)));
    if (silent) silent.clear();
    isUsable = true;
    await age(it, id);
    await it.until(id, at('watch'));
    it.sinks.set('file:///sink', value);
    expect(await it.until(id)).toMatchObject({ step: 'failed', fault: expect.stringContaining('does not have') });
    expect(it.workos.isLive(old)).toBe(true);
  });

  test('at watch, with the new key in its sink: done', async () => {
    const it = await scene();
    const { key } = await it.issued();
    const id = await it.begin(key);
    await it.until(id, at('watch'));
    await age(it, id);
    expect(await it.until(id)).toMatchObject({ step: 'done' });
    expect(await standsIn(it, 'file:///sink')).toBe(true);
  });

  test('one that failed left a key in another sink', async () => {
    let isUsable = false;
    const it = await scene({ targets: [], probe: async () => (isUsable ? undefined : 'no') });
    const { key } = await it.issued();
    const first = await it.until(await it.begin(key, { sink: 'file:///A', ...probed }));
    isUsable = true;
    await age(it, first.id);
    const second = await it.until(await it.begin(key, { sink: 'file:///B' }));
    expect(second).toMatchObject({ step: 'failed', fault: expect.stringContaining('for it is in file:///A') });
    expect(await standsIn(it, 'file:///A')).toBe(true);
  });

  test('one that is done: its key is put over by no other owner’s', async () => {
    const it = await scene({ targets: [] });
    const [one, other] = [await it.issued(), await it.issued({ organization: 'org_2' })];
    const first = await it.until(await it.begin(one.key, { graceMs: 0 }));
    await age(it, first.id);
    const second = await it.until(await it.begin(other.key, { graceMs: 0 }));
    expect(second).toMatchObject({ step: 'failed', fault: expect.stringContaining(`${first.newId} stands in`) });
    expect(await standsIn(it, 'file:///sink')).toBe(true);
  });

  test.each(['before', 'in the grace'])('cancelled: an earlier key keeps its own end; %s', async (when) => {
    let isUsable = false;
    const it = await scene({ probe: async () => (isUsable ? undefined : 'no') });
    const { key, id: old } = await it.issued();
    const first = await it.until(await it.begin(key, { lifeMs: 240 * HOUR, ...probed }));
    isUsable = true;
    const { expiresAt } = await keyOf(it, first.newId);
    if (when === 'before') await age(it, first.id);
    const id = await it.begin(key);
    await it.until(id, at('watch'));
    if (when !== 'before') await age(it, id);
    await it.rotations.cancel(id, 'ada');
    await it.until(id);
    const ends = new Map((await it.keys()).map((one) => [one.id, one.expiresAt]));
    expect(ends.get(old)).toBeUndefined();
    if (when === 'before') expect(ends.get(first.newId ?? '')).toBe(expiresAt);
    else expect(ends.get(first.newId ?? '')).toBeLessThanOrEqual(expiresAt ?? 0);
  });

  test('a replacement that was to end earlier keys as it cleans', async () => {
    let isUsable = false;
    const it = await scene({ probe: async () => (isUsable ? undefined : 'no') });
    const { key } = await it.issued();
    const first = await it.until(await it.begin(key, probed));
    await it.leak(key, probed);
    const [{ id } = { id: '' }] = it.rotations.open();
    await it.until(id, (one) => one.step === 'verify' && waits(one));
    isUsable = true;
    await age(it, id, { step: 'clean', provedAt: it.scene.now });
    const { step, newId } = await it.until(id);
    expect([step, (await it.keys()).map((one) => one.id)]).toEqual(['done', [newId]]);
    expect(first.newId).not.toBe(newId);
  });
});

describe('an end is no more than what was meant', () => {
  test('an earlier key that is put back in the grace does not end', async () => {
    let isUsable = false;
    const it = await scene({ targets: [], probe: async () => (isUsable ? undefined : 'no') });
    const { key, value } = await it.issued();
    const first = await it.until(await it.begin(key, { sink: 'file:///A', ...probed }));
    const text = it.sinks.get('file:///A') ?? '';
    isUsable = true;
    it.sinks.delete('file:///A');
    const id = await it.begin(key, { sink: 'file:///B' });
    await it.until(id, at('watch'));
    it.sinks.set('file:///A', text);
    await it.minutes(100, async (nth) => nth % 5 === 0 && (await it.use(value)));
    expect(it.stands(id).step).toBe('watch');
    expect([it.workos.isLive(first.newId ?? ''), await it.use(text)]).toEqual([true, true]);
  });

  test('the old key leaks as its end is undone: the replacement lives as long as it would have', async () => {
    const it = await scene();
    const { key, id: old } = await it.issued();
    it.scene.now += 30 * MINUTE;
    const id = await it.begin(key);
    await it.until(id, at('watch'));
    it.sinks.delete('file:///sink');
    const silent = it.workos.inject({ kind: 'status', status: 503 }, { route: 'expire' });
    await it.until(id, (one) => one.step === 'restore' && waits(one));
    const listed = await keyOf(it, old);
    silent.clear();
    await it.leak(listed);
    expect(await it.until(id)).toMatchObject({ step: 'done' });
    expect((await it.keys()).map(({ expiresAt }) => expiresAt)).toEqual([undefined]);
  });

  test('one that a person set meanwhile stays', async () => {
    const it = await scene();
    const { key, id: old } = await it.issued();
    const silent = it.workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
    const id = await it.begin(key);
    await it.work();
    silent.clear();
    const expiresAt = it.scene.now + 10 * MINUTE;
    await it.endAt(old, expiresAt);
    await it.until(id, at('watch'));
    expect((await keyOf(it, old)).expiresAt).toBe(expiresAt);
    await it.rotations.cancel(id, 'ada');
    await it.until(id);
    expect((await keyOf(it, old)).expiresAt).toBe(expiresAt);
  });
});

/** A list that is not quite what there is. */
const listing = (change: (keys: readonly IssuedKey[]) => readonly IssuedKey[]): Keeper => ({
  ...workosKeeper,
  async keys(...asked) {
    const answer = await workosKeeper.keys(...asked);
    return 'got' in answer ? { got: { ...answer.got, items: change(answer.got.items) } } : answer;
  },
});

describe('a list may be late', () => {
  test.each([0, HOUR])('it misses an earlier key when that is to be deleted; grace %d ms', async (graceMs) => {
    let isUsable = false;
    const it = await scene({ probe: async () => (isUsable ? undefined : 'no') });
    const { key } = await it.issued();
    const first = await it.until(await it.begin(key, probed));
    isUsable = true;
    const id = await it.begin(key, { graceMs });
    const by = it.open({
      keeper: listing((keys) => keys.filter((one) => it.stands(id).step !== 'delete' || one.id !== first.newId)),
    });
    const { newId } = await it.until(id, undefined, by);
    expect((await it.keys()).map((one) => one.id)).toEqual([newId]);
  });

  test('it misses the old key for good, without a grace', async () => {
    const it = await scene();
    const { key, id: old } = await it.issued();
    const id = await it.begin(key, { graceMs: 0 });
    const by = it.open({
      keeper: listing((keys) => keys.filter((one) => it.stands(id).step === 'create' || one.id !== old)),
    });
    expect(await it.until(id, undefined, by)).toMatchObject({ step: 'done' });
    expect(it.workos.isLive(old)).toBe(false);
  });

  test('a key that is made late is known by its mark, also where the old one lost a permission since', async () => {
    const it = await scene();
    const { id: old } = it.workos.issueKey({
      organization: 'org_1',
      name: 'ci',
      permissions: ['posts:read', 'posts:write'],
    });
    const key = await keyOf(it, old);
    let isNarrow = false;
    let hidden = true;
    const by = it.open({
      keeper: listing((keys) =>
        keys
          .filter(({ name }) => !hidden || !name.endsWith('.1]'))
          .map((one) => (isNarrow && one.id === old ? { ...one, permissions: ['posts:read'] } : one)),
      ),
    });
    const lost = it.workos.inject({ kind: 'lostAnswer' }, { route: 'create' });
    const id = await it.begin(key);
    await it.until(id, ({ attempt }) => attempt === 1, by);
    lost.clear();
    isNarrow = true;
    await it.until(id, at('watch'), by);
    hidden = false;
    const { step, newId } = await it.until(id, undefined, by);
    expect([step, (await it.keys()).map((one) => one.id)]).toEqual(['done', [newId]]);
  });
});

test('what is listed again as it cleans, while another rotation has its sink, is told', async () => {
  const it = await scene({ targets: [] });
  const [{ key, id: old }, other] = [await it.issued({ name: 'a' }), await it.issued({ name: 'b' })];
  const id = await it.begin(key);
  await it.until(id, at('watch'));
  await age(it, id, { step: 'clean' });
  await it.leak(other.key);
  await untilAll(it);
  expect(it.stands(id)).toMatchObject({ step: 'failed', fault: expect.stringContaining('has its sink now') });
  expect((await keyOf(it, old)).expiresAt).toBeUndefined();
  expect(endings(it, other.id)).toMatchObject({ cause: 'leak', told: 1 });
});

describe('what changes while a rotation is under way', () => {
  test('an earlier key that is in the sink leaks, and then the old one goes', async () => {
    let isUsable = false;
    const it = await scene({ probe: async () => (isUsable ? undefined : 'no') });
    const { key, id: old } = await it.issued();
    const first = await it.until(await it.begin(key, probed));
    isUsable = true;
    await it.rotations.forget(first.id);
    const made = await keyOf(it, first.newId);
    const silent = it.workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
    await it.rotations.beginDue(() => [{ environment: 'default', key, plan: it.plan }], 3);
    await it.work();
    await it.leak(made);
    it.workos.removeKey(old);
    silent.clear();
    await untilAll(it);
    expect([await standsIn(it, 'file:///sink'), (await it.keys()).length]).toEqual([true, 1]);
  });

  test('the settings name another sink when the old key leaks', async () => {
    const it = await scene({ targets: [] });
    const { key } = await it.issued();
    const id = await it.begin(key, { sink: 'file:///A' });
    const silent = it.workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
    await it.work();
    silent.clear();
    await it.leak(key, { sink: 'file:///B' });
    expect(await it.until(id)).toMatchObject({ step: 'done', cause: 'leak' });
    expect([it.sinks.has('file:///A'), await standsIn(it, 'file:///B')]).toEqual([false, true]);
  });

  test('the sink is set back early in the grace, and nobody is there when it is over', async () => {
    const it = await scene();
    const { key, value } = await it.issued();
    const id = await it.begin(key);
    await it.until(id, at('watch'));
    await it.minutes(5);
    it.sinks.set('file:///sink', value);
    await it.minutes(48);
    it.scene.now += 8 * MINUTE;
    expect(await it.until(id)).toMatchObject({ step: 'failed', fault: expect.stringContaining('does not have') });
    expect(await standsIn(it, 'file:///sink')).toBe(true);
  });

  test.each([1, 3])('an end is put off in time, however short the grace is: %d min', async (minutes) => {
    let isUsable = true;
    const it = await scene({ probe: async () => (isUsable ? undefined : 'no') });
    const { key, id: old } = await it.issued();
    const id = await it.begin(key, { graceMs: minutes * MINUTE, ...probed });
    await it.until(id, at('watch'));
    isUsable = false;
    const ended: number[] = [];
    const isLive = (one: Rotation): boolean => {
      if (!it.workos.isLive(old)) ended.push(it.scene.now);
      return it.scene.now > (one.provedAt ?? 0) + HOUR;
    };
    await it.until(id, isLive);
    expect(it.stands(id).step).toBe('delete');
    expect(ended).toEqual([]);
  });

  test('a clock that was a month ahead holds nothing up', async () => {
    const it = await scene();
    const { key } = await it.issued();
    const right = it.scene.now;
    it.scene.now += 30 * 24 * HOUR;
    const silent = it.workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
    await it.leak(key);
    await it.work();
    silent.clear();
    it.scene.now = right;
    await it.minutes(5);
    const [one] = it.rotations.list(1);
    expect(one).toMatchObject({ step: 'done' });
  });
});

test('what is scheduled is told once: also where an answer was lost, and where a grace is made longer', async () => {
  const told: string[] = [];
  type Trail = NonNullable<Parameters<typeof toldOf>[0]>;
  const trail: Pick<Trail, 'rotation'> = {
    rotation:
      ({ action }) =>
      () =>
        void told.push(action),
  };
  const it = await scene({ told: toldOf(trail as Trail, systemClock) });
  const { key, value } = await it.issued();
  const id = await it.begin(key);
  const lost = it.workos.inject({ kind: 'lostAnswer' }, { route: 'expire' });
  await it.until(id, (one) => one.step === 'end' && waits(one));
  lost.clear();
  await it.until(id, at('watch'));
  await it.minutes(100, async (nth) => nth % 5 === 0 && (await it.use(value)));
  expect(it.told('rotation.in-use').length).toBeGreaterThan(0);
  await it.until(id);
  expect(told).toEqual(['api_key.rotation_scheduled', 'api_key.rotated']);
});
