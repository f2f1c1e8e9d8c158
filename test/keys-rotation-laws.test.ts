import { describe, expect, test } from '@jest/globals';
import { Fault } from '../src/core/errors.ts';
import { Secret } from '../src/core/secret.ts';
import type { Sink } from '../src/core/sink.ts';
import { createSeal } from '../src/topic/seal.ts';
import { at, HOUR, rotationScenes } from './support/rotation-scene.ts';

const MINUTE = 60_000;
const probed = { probe: { command: ['/bin/true'] } };
const scene = rotationScenes();

describe('a sink holds one key', () => {
  const targets = ['org_1', 'org_2'].map((organization) => ({
    ...{ organization, name: 'ci', sink: `file:///${organization}`, onLeak: 'delete' as const },
  }));

  test('of whatever owner: a second one is not put over a live one', async () => {
    const it = await scene({ targets: [] });
    const [one, other] = [await it.issued(), await it.issued({ organization: 'org_2' })];
    const first = await it.until(await it.begin(one.key, { graceMs: 0 }));
    const second = await it.until(await it.begin(other.key, { graceMs: 0 }));
    expect([first.step, second.step]).toEqual(['done', 'failed']);
    expect(second.fault).toContain(`${first.newId} stands in file:///sink`);
    expect([await it.use(other.value), await it.use(it.sinks.get('file:///sink') ?? '')]).toEqual([true, true]);
    expect(await it.keys('org_2')).toHaveLength(1);
    // Once it is gone the place is free.
    it.workos.removeKey(first.newId ?? '');
    expect(await it.until(await it.begin(other.key, { graceMs: 0 }))).toMatchObject({ step: 'done' });
  });

  test('also where another name leads to it', async () => {
    let held: string | undefined;
    const sink = (name: string): Sink => ({
      name,
      async put(value) {
        held = value.expose();
      },
      get: async () => (held === undefined ? undefined : new Secret(held)),
    });
    const it = await scene({ targets: [], sink });
    const [one, other] = [await it.issued({ name: 'a' }), await it.issued({ name: 'b' })];
    const first = await it.until(await it.begin(one.key, { sink: 'file:///d/same' }), at('watch'));
    const second = await it.until(await it.begin(other.key, { sink: 'file:///d/link', graceMs: 0 }));
    expect(second).toMatchObject({ step: 'failed', fault: expect.stringContaining(`${first.newId} stands in`) });
    expect([await it.use(other.value), await it.use(held ?? '')]).toEqual([true, true]);
  });

  test('also where nobody can look', async () => {
    const puts: string[] = [];
    const sink = (name: string): Sink => ({ name, put: async (value) => void puts.push(value.expose()) });
    const it = await scene({ targets: [], sink });
    const [one, other] = [await it.issued(), await it.issued({ organization: 'org_2' })];
    const first = await it.until(await it.begin(one.key, { graceMs: 0 }));
    const second = await it.until(await it.begin(other.key, { graceMs: 0 }));
    expect([first.step, second.step]).toEqual(['done', 'failed']);
    expect([puts.length, await it.use(other.value)]).toEqual([1, true]);
  });

  test('the settings say that keys of somebody else belong there', async () => {
    const it = await scene({ targets });
    const { key, value } = await it.issued({ organization: 'org_2' });
    const rotation = await it.until(await it.begin(key, { sink: 'file:///org_1' }));
    expect(rotation).toMatchObject({ step: 'failed', fault: expect.stringContaining('keys.rotation.targets.0') });
    expect([it.sinks.size, await it.use(value)]).toEqual([0, true]);
  });
});

describe('what an earlier rotation delivered', () => {
  test('is watched like an old key: who uses it gets more time, and a person is told', async () => {
    const it = await scene();
    const { key } = await it.issued();
    const first = await it.begin(key);
    const { newId: earlier = '' } = await it.until(first, at('watch'));
    const loaded = it.sinks.get('file:///sink') ?? '';
    await it.rotations.cancel(first, 'ada');
    await it.until(first);
    const second = await it.begin(key);
    const { newId } = await it.until(second, at('watch'));
    await it.minutes(100, async (nth) => nth % 5 === 0 && (await it.use(loaded)));
    expect(it.workos.isLive(earlier)).toBe(true);
    expect(it.told('rotation.in-use')).toMatchObject([{ rotation: second, keyId: earlier }]);
    // When nobody uses it any more, it goes, and nothing is left.
    expect(await it.until(second)).toMatchObject({ step: 'done', newId });
    expect((await it.keys()).map(({ id }) => id)).toEqual([newId]);
  });

  test('is not ended while a sink still holds it: that is told, and goes on later', async () => {
    let isUsable = false;
    const it = await scene({ targets: [], probe: async () => (isUsable ? undefined : 'the probe was answered 500') });
    const { key, id } = await it.issued();
    const { newId: earlier = '' } = await it.until(await it.begin(key, { sink: 'file:///A', ...probed }));
    isUsable = true;
    const second = await it.until(await it.begin(key, { sink: 'file:///B' }));
    expect(second).toMatchObject({
      step: 'failed',
      fault: expect.stringContaining(`${earlier} stays, for it is in file:///A`),
    });
    expect([it.workos.isLive(earlier), it.workos.isLive(id)]).toEqual([true, false]);
    expect((await it.keys()).map(({ expiresAt }) => expiresAt)).toEqual([undefined, undefined]);
    // The next rotation takes it away, once it stands nowhere.
    it.sinks.delete('file:///A');
    const made = (await it.keys()).find((one) => one.id === second.newId);
    if (!made) throw new Error('not listed');
    const third = await it.until(await it.begin(made, { sink: 'file:///B' }));
    expect(third).toMatchObject({ step: 'done' });
    expect((await it.keys()).map((one) => one.id)).toEqual([third.newId]);
    expect(it.rotations.failed()).toEqual([]);
  });

  test('is in the way of no later rotation', async () => {
    let isUsable = false;
    const it = await scene({ probe: async () => (isUsable ? undefined : 'the probe was answered 500') });
    const { key } = await it.issued();
    await it.until(await it.begin(key, probed));
    isUsable = true;
    const second = await it.until(await it.begin(key, probed));
    it.scene.now += 5 * HOUR;
    const [made, ...others] = await it.keys();
    expect([made?.id, others]).toEqual([second.newId, []]);
    if (!made) throw new Error('not listed');
    expect(await it.until(await it.begin(made))).toMatchObject({ step: 'done' });
  });
});

const sinkThatGoesAway = () => {
  let held: string | undefined;
  const away = {
    is: false,
    sink: (name: string): Sink => ({
      name,
      async put(value) {
        held = value.expose();
      },
      async get() {
        if (away.is) throw new Fault('sink.unreadable', `${name}: it is away`);
        return held === undefined ? undefined : new Secret(held);
      },
    }),
  };
  return away;
};

describe('before the old key is deleted, the new one is proved again', () => {
  test('a sink that has lost it in the grace: the old one lives on, and that is told', async () => {
    const it = await scene();
    const { key, value } = await it.issued();
    it.sinks.set('file:///sink', value);
    const id = await it.begin(key);
    const { newId = '' } = await it.until(id, at('watch'));
    it.sinks.set('file:///sink', value);
    const rotation = await it.until(id);
    expect(rotation).toMatchObject({ step: 'failed', fault: expect.stringContaining('file:///sink does not have') });
    it.scene.now += 10 * HOUR;
    expect([await it.use(value), it.workos.isLive(newId)]).toEqual([true, true]);
  });

  test.each([0, HOUR])(
    'a sink that cannot be looked into then is waited for, after a grace of %d ms',
    async (graceMs) => {
      const away = sinkThatGoesAway();
      const probe = async () => {
        away.is = graceMs === 0;
        return undefined;
      };
      const it = await scene({ sink: away.sink, probe });
      const { key, id: old } = await it.issued();
      const id = await it.begin(key, { graceMs, ...probed });
      if (graceMs > 0) {
        await it.until(id, at('watch'));
        away.is = true;
      }
      const waiting = await it.until(id, ({ why }) => why !== undefined);
      expect(waiting).toMatchObject({ step: 'delete', why: expect.stringContaining('it is away') });
      await it.minutes(90);
      expect(it.workos.isLive(old)).toBe(true);
      away.is = false;
      expect(await it.until(id)).toMatchObject({ step: 'done' });
      expect(it.workos.isLive(old)).toBe(false);
    },
  );

  test('a sink that stays away: the old key lives on', async () => {
    const away = sinkThatGoesAway();
    const it = await scene({ sink: away.sink });
    const { key, value } = await it.issued();
    const id = await it.begin(key);
    await it.until(id, at('watch'));
    away.is = true;
    expect(await it.until(id)).toMatchObject({ step: 'failed', fault: expect.stringContaining('it is away') });
    it.scene.now += 10 * HOUR;
    expect(await it.use(value)).toBe(true);
  });

  test('a new key that is no longer taken: the old one lives on', async () => {
    let isUsable = true;
    const it = await scene({ probe: async () => (isUsable ? undefined : 'the probe was answered 500') });
    const { key, value } = await it.issued();
    const id = await it.begin(key, probed);
    await it.until(id, at('watch'));
    isUsable = false;
    expect(await it.until(id)).toMatchObject({ step: 'failed', fault: expect.stringContaining('answered 500') });
    it.scene.now += 10 * HOUR;
    expect(await it.use(value)).toBe(true);
  });
});

describe('an old key that has ended by itself is over', () => {
  test('one that had ended before', async () => {
    const it = await scene();
    const { key } = await it.issued({ expiresAt: Date.parse('2026-11-23T13:00:00Z') });
    it.scene.now += HOUR + MINUTE;
    const rotation = await it.until(await it.begin(key));
    expect(rotation).toMatchObject({ step: 'done' });
    expect((await it.keys()).map(({ id }) => id)).toEqual([rotation.newId]);
  });

  test('one that was used in its grace, while nobody worked', async () => {
    const it = await scene();
    const { key, value } = await it.issued();
    const id = await it.begin(key, { graceMs: 24 * HOUR, mostMs: 168 * HOUR });
    await it.until(id, at('watch'));
    it.scene.now += 20 * HOUR;
    await it.use(value);
    it.scene.now += 6 * HOUR;
    expect(await it.until(id)).toMatchObject({ step: 'done' });
    expect(await it.keys()).toHaveLength(1);
  });
});

describe('a leak outranks a planned rotation', () => {
  test('the new key leaks in the grace: another is made, and the old one has its grace after it', async () => {
    const it = await scene();
    const { key, id, value } = await it.issued();
    const rotation = await it.begin(key);
    const { newId } = await it.until(rotation, at('watch'));
    const made = (await it.keys()).find((one) => one.id === newId);
    if (!made) throw new Error('not listed');
    await it.leak(made);
    await it.until(rotation, at('watch'));
    const fresh = it.sinks.get('file:///sink') ?? '';
    expect([await it.use(fresh), await it.use(value)]).toEqual([true, true]);
    expect(await it.until(rotation)).toMatchObject({ step: 'done', cause: 'leak' });
    expect([await it.use(fresh), it.workos.isLive(id)]).toEqual([true, false]);
    expect(await it.keys()).toHaveLength(1);
  });

  test('also when its rotation has failed for it before', async () => {
    const it = await scene();
    const { key, value } = await it.issued();
    const rotation = await it.begin(key);
    const { newId } = await it.until(rotation, at('watch'));
    const made = (await it.keys()).find((one) => one.id === newId);
    if (!made) throw new Error('not listed');
    it.workos.removeKey(made.id);
    expect(await it.until(rotation)).toMatchObject({ step: 'failed' });
    await it.leak(made);
    const [leaked] = it.rotations.ofKey(made.id);
    await it.until(leaked?.id ?? '', at('watch'));
    expect([await it.use(it.sinks.get('file:///sink') ?? ''), await it.use(value)]).toEqual([true, true]);
    expect(await it.until(leaked?.id ?? '')).toMatchObject({ step: 'done' });
    expect([it.rotations.failed(), (await it.keys()).length]).toEqual([[], 1]);
  });

  test('the old key is not to end while the new one cannot be made', async () => {
    const it = await scene();
    const { key, value } = await it.issued();
    const rotation = await it.begin(key);
    const { newId } = await it.until(rotation, at('watch'));
    const made = (await it.keys()).find((one) => one.id === newId);
    if (!made) throw new Error('not listed');
    const silent = it.workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
    await it.leak(made);
    await it.minutes(180);
    expect(await it.use(value)).toBe(true);
    silent.clear();
    expect(await it.until(rotation)).toMatchObject({ step: 'done' });
  });

  test.each(['the probe was answered 500', undefined])(
    'the old key leaks while its rotation fails: %s',
    async (why) => {
      let isAway = true;
      const held = new Map<string, string>();
      const sink = (name: string): Sink => ({
        name,
        async put(value) {
          if (isAway && why === undefined) throw new Fault('sink.unwritable', `${name}: away`);
          held.set(name, value.expose());
        },
        get: async () => (held.has(name) ? new Secret(held.get(name) ?? '') : undefined),
      });
      const it = await scene({ sink, probe: async () => (isAway ? why : undefined) });
      const { key } = await it.issued();
      const id = await it.begin(key, probed);
      await it.until(id, at('clean'));
      isAway = false;
      await it.leak(key, probed);
      expect(await it.until(id)).toMatchObject({ step: 'done', cause: 'leak' });
      expect(await it.use(held.get('file:///sink') ?? '')).toBe(true);
      expect(await it.keys()).toHaveLength(1);
    },
  );

  test('a replacement that fails names all that it leaves', async () => {
    let held: string | undefined;
    const sink = (name: string): Sink => ({
      name,
      async put(value) {
        held ??= value.expose();
        throw new Fault('sink.unwritable', `${name}: away`);
      },
    });
    const it = await scene({ sink });
    const { key } = await it.issued();
    const id = await it.begin(key);
    const { newId: first = '' } = await it.until(id, at('clean'));
    await it.leak(key);
    const { step, fault, newId = '' } = await it.until(id);
    expect([step, await it.use(held ?? '')]).toEqual(['failed', true]);
    expect(fault).toContain(`${first} stays`);
    expect(fault).toContain(`${newId} stays`);
    expect((await it.keys()).map((one) => one.id)).toEqual([first, newId]);
  });

  test('a planned rotation of another key that has put nothing there gives way', async () => {
    const it = await scene({ targets: [] });
    const [one, other] = [await it.issued({ name: 'a' }), await it.issued({ name: 'b' })];
    const silent = it.workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
    const planned = await it.begin(one.key);
    await it.work();
    await it.leak(other.key);
    silent.clear();
    expect(await it.until(planned)).toMatchObject({ step: 'failed', fault: expect.stringContaining(other.id) });
    const [leaked] = it.rotations.ofKey(other.id);
    expect(await it.until(leaked?.id ?? '')).toMatchObject({ step: 'done', cause: 'leak' });
    expect([await it.use(one.value), await it.use(it.sinks.get('file:///sink') ?? '')]).toEqual([true, true]);
  });

  test('a key of the same name that has ended is in nobody’s way', async () => {
    const it = await scene();
    await it.issued({ expiresAt: it.scene.now + 1_000 });
    it.scene.now += 5_000;
    const { key } = await it.issued();
    await it.leak(key);
    const [begun] = it.rotations.open();
    expect(await it.until(begun?.id ?? '')).toMatchObject({ step: 'done' });
  });

  test.each([
    { kind: 'status', status: 429, body: { message: 'Slow down' }, headers: { 'retry-after': '0' } },
    { kind: 'status', status: 503 },
  ] as const)('what the issuer will not make now is asked for for a day: %o', async (fault) => {
    const it = await scene();
    const { key } = await it.issued();
    const silent = it.workos.inject(fault, { route: 'create' });
    await it.leak(key);
    const [begun] = it.rotations.open();
    const id = begun?.id ?? '';
    await it.until(id, ({ beganAt }) => it.scene.now - beganAt > 20 * HOUR);
    expect(it.stands(id)).toMatchObject({ step: 'create' });
    silent.clear();
    expect(await it.until(id)).toMatchObject({ step: 'done' });
    expect(await it.keys()).toHaveLength(1);
  });
});

describe('nothing is stuck without somebody being told', () => {
  test('the sealing key is gone: it fails, and names what it leaves', async () => {
    let isUsable = false;
    const it = await scene({ probe: async () => (isUsable ? undefined : 'no') });
    const { key, value } = await it.issued();
    const id = await it.begin(key, probed);
    await it.until(id, ({ step, refusals }) => step === 'verify' && refusals === 1);
    isUsable = true;
    const other = it.open({ seal: createSeal([{ id: 'k2', key: Buffer.alloc(32, 8) }]) });
    const rotation = await it.until(id, undefined, other);
    expect(rotation).toMatchObject({ step: 'failed', fault: expect.stringContaining('seal.unknown-key') });
    expect(rotation.fault).toContain(`${rotation.newId} stays`);
    expect(await it.use(value)).toBe(true);
    expect(await it.until(await it.begin(key, probed), undefined, other)).toMatchObject({ step: 'done' });
    expect(await it.keys()).toHaveLength(1);
  });

  test('while nothing can be sealed no key is made, and it is tried less and less often', async () => {
    const real = createSeal([{ id: 'k1', key: Buffer.alloc(32, 7) }]);
    let isExpired = true;
    const seal = {
      ...real,
      seal: (plain: Uint8Array, context: string) => {
        if (isExpired) throw new Fault('secret.expired', 'topic.sealKeys');
        return real.seal(plain, context);
      },
    };
    const it = await scene({ seal });
    const { key } = await it.issued();
    const id = await it.begin(key);
    for (let nth = 0; nth < 60; nth += 1) {
      await it.work();
      it.scene.now += 500;
    }
    expect(it.stands(id)).toMatchObject({ step: 'create', why: expect.stringContaining('secret.expired') });
    expect(it.workos.stats().calls.create ?? 0).toBe(0);
    expect(it.stands(id).tries).toBeLessThan(8);
    isExpired = false;
    expect(await it.until(id)).toMatchObject({ step: 'done' });
  });

  test('a fault after the key was made is waited out, too', async () => {
    const real = createSeal([{ id: 'k1', key: Buffer.alloc(32, 7) }]);
    let seals = 0;
    const seal = {
      ...real,
      seal: (plain: Uint8Array, context: string) => {
        seals += 1;
        if (seals === 2) throw new Fault('secret.expired', 'topic.sealKeys');
        return real.seal(plain, context);
      },
    };
    const it = await scene({ seal });
    const { key } = await it.issued();
    const id = await it.begin(key);
    await it.work();
    expect(it.stands(id)).toMatchObject({ step: 'create', attempt: 1, tries: 1 });
    expect(it.told('fault.raised')).toEqual([]);
    expect(await it.until(id)).toMatchObject({ step: 'done' });
    expect(await it.keys()).toHaveLength(1);
  });

  test('since when the one that waits longest waits is counted, however seldom it is tried', async () => {
    const it = await scene();
    const { key } = await it.issued();
    const silent = it.workos.inject({ kind: 'status', status: 503 }, { route: 'list' });
    const id = await it.begin(key);
    await it.rotations.count();
    expect(it.told('rotations.counted').at(-1)).toMatchObject({ waitingSince: 0 });
    await it.work();
    const since = it.scene.now;
    await it.minutes(60);
    await it.rotations.count();
    expect(it.told('rotations.counted').at(-1)).toMatchObject({ open: 1, waitingSince: since / 1_000 });
    silent.clear();
    await it.until(id);
    await it.rotations.count();
    expect(it.told('rotations.counted').at(-1)).toMatchObject({ open: 0, waitingSince: 0 });
  });
});
