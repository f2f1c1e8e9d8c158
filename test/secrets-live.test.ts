import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createOwn, openKeys } from '../src/app-keys.ts';
import { openLiveSecrets } from '../src/app-secrets.ts';
import { Settings } from '../src/config.ts';
import { loadConfig } from '../src/config-read.ts';
import { systemClock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import type { Fact } from '../src/core/facts.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { createLiveSecrets, type LiveSecrets } from '../src/secrets/live.ts';
import { createRenewing } from '../src/secrets/renewing.ts';
import type { Found, Trouble } from '../src/secrets/store.ts';
import { eventually } from './support/eventually.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const away: Trouble = { trouble: 'unreachable', why: 'the store is away' };
const first = new Secret(sample('first', 40));
const second = new Secret(sample('second', 40));

/** A secret whose store says what it is told to. */
const renewing = (given: Partial<Found> = {}, overlapMs = 60_000) => {
  const facts: Fact[] = [];
  const state = { says: { secret: first } as Found | Trouble, reads: 0, now: 1_000 };
  const clock = { ...systemClock, now: () => state.now, monotonic: () => state.now };
  const one = createRenewing(
    {
      ...{ name: 'workos.apiKey (WORKOS_API_KEY)', found: { secret: first, ...given } },
      async read() {
        state.reads += 1;
        return state.says;
      },
      faultOf: (secret) => (secret.length < 10 ? 'is too short' : undefined),
    },
    { clock, overlapMs, record: async (fact) => void facts.push(fact) },
  );
  return { one, state, facts };
};

describe('a secret that is renewed', () => {
  test('costs no reading of its store', () => {
    const { one, state } = renewing();
    expect([one.now(), ...one.recent()]).toEqual([first, first]);
    expect(state.reads).toBe(0);
  });

  test('is another after its store has another; the one before counts for a while', async () => {
    const { one, state, facts } = renewing();
    state.says = { secret: second };
    await one.refresh();
    expect(one.now()).toBe(second);
    expect(one.recent()).toEqual([second, first]);
    state.now += 60_001;
    expect(one.recent()).toEqual([second]);
    expect(facts).toEqual([{ type: 'secret.renewed', setting: 'workos.apiKey (WORKOS_API_KEY)' }]);
  });

  test.each<[string, () => Promise<Found | Trouble>, string]>([
    ['hangs', () => new Promise(() => undefined), 'the store gave no answer within 0.05 s'],
    ['throws', () => Promise.reject(new TypeError(`no ${second.expose()}`)), 'asking the store failed (TypeError)'],
  ])('is asked for again after a store that %s, and people are told', async (_, fails, detail) => {
    const facts: Fact[] = [];
    const answers = [fails, async () => ({ secret: second })];
    const one = createRenewing(
      {
        ...{ name: 'x', found: { secret: first }, faultOf: () => undefined },
        read: () => (answers.shift() ?? fails)(),
      },
      { clock: systemClock, overlapMs: 0, readMs: 50, record: async (fact) => void facts.push(fact) },
    );
    expect(await one.newerThan(first)).toBeUndefined();
    expect(one.isStale).toBe(true);
    expect(facts).toEqual([{ type: 'secret.unrenewed', setting: 'x', reason: 'unreachable', detail }]);
    expect(await one.newerThan(first)).toBe(second);
    expect(one.isStale).toBe(false);
  });

  test('stays the same object while its text is the same', async () => {
    const { one, state, facts } = renewing();
    state.says = { secret: new Secret(first.expose()) };
    await one.refresh();
    expect(one.now()).toBe(first);
    expect(facts).toEqual([]);
  });

  test.each<[string, Found | Trouble, string]>([
    ['its store is away', away, 'the store is away'],
    ['what stands there is no good', { secret: new Secret('half') }, 'is too short'],
  ])('keeps the last good value when %s, and says so', async (_, says, why) => {
    const { one, state, facts } = renewing();
    state.says = says;
    await one.refresh();
    expect(one.now()).toBe(first);
    expect(one.isStale).toBe(true);
    expect(facts).toMatchObject([{ type: 'secret.unrenewed', detail: why }]);
    state.says = { secret: second };
    await one.refresh();
    expect(one.isStale).toBe(false);
  });

  test('is not used beyond its end', async () => {
    const { one, state } = renewing({ expiresAt: 2_000 });
    state.says = away;
    await one.refresh();
    expect(one.now()).toBe(first);
    state.now = 2_000;
    expect(() => one.now()).toThrow(Fault);
    expect(() => one.now()).toThrow(/^secret\.expired: workos\.apiKey/);
    expect([one.recent(), one.known()]).toEqual([[], [first]]);
    state.says = { secret: second, expiresAt: 9_000 };
    await one.refresh();
    expect(one.now()).toBe(second);
    expect([one.recent(), one.known()]).toEqual([[second], [second, first]]);
  });

  test('that is a ring and has expired opens what it sealed, seals no more, and is still known as ours', () => {
    const base64 = Buffer.alloc(32, 1).toString('base64');
    const ring = new Secret(`k1:${base64}`);
    const { one, state } = renewing({ secret: ring, expiresAt: 2_000 });
    const topic = { brokers: [], sealKeys: ring, fingerprintKey: new Secret(base64) };
    const { seal } = openKeys({ ...Settings.parse({}), topic: { ...Settings.parse({}).topic, ...topic } }, () => one);
    const ours = createOwn({ workos: { ...Settings.parse({}).workos, apiKey: ring } }, () => one);
    const sealed = seal.seal(Buffer.from('before'), 'fp');
    state.now = 2_000;
    expect(Buffer.from(seal.open(sealed, 'fp')).toString()).toBe('before');
    expect(() => seal.seal(Buffer.from('after'), 'fp')).toThrow(/^secret\.expired/);
    expect(ours(ring)).toBe(true);
  });

  test('that was refused is asked for once more, and not when a newer one is known already', async () => {
    const { one, state } = renewing();
    expect(await one.newerThan(first)).toBeUndefined();
    state.says = { secret: second };
    expect(await one.newerThan(first)).toBe(second);
    expect(await one.newerThan(first)).toBe(second);
    expect(state.reads).toBe(2);
    state.says = away;
    expect(await one.newerThan(second)).toBeUndefined();
  });

  test('gives way to the one before it where it is refused, until its store has another', async () => {
    const { one, state, facts } = renewing();
    const wrong = new Secret(sample('wrong', 40));
    state.says = { secret: wrong };
    await one.refresh();
    for (const _ of [1, 2]) one.prefer(first, [wrong]);
    expect([one.now(), one.recent(), one.isStale]).toEqual([first, [first, wrong], true]);
    expect(facts.slice(1)).toMatchObject([{ type: 'secret.unrenewed', detail: expect.stringContaining('(401)') }]);
    state.now += 60_001; // it is in use: it is not forgotten
    await one.refresh();
    expect([one.now(), one.isStale]).toEqual([first, true]);
    state.says = { secret: second };
    expect(await one.newerThan(first)).toBe(second);
    expect([one.now(), one.recent(), one.isStale]).toEqual([second, [second, first, wrong], false]);
    one.prefer(first, [wrong]); // of a call that began before
    expect(one.now()).toBe(second);
    one.prefer(first, [second]);
    one.prefer(second, [first]);
    expect([one.now(), one.isStale]).toEqual([second, false]);
  });

  test('many who ask at once ask twice at most', async () => {
    const { one, state } = renewing();
    await Promise.all(Array.from({ length: 50 }, () => one.newerThan(first)));
    expect(state.reads).toBeLessThanOrEqual(2);
  });

  test('what changed while an answer was on its way is seen by who asks later', async () => {
    const { one, state } = renewing();
    const early = one.refresh();
    await Promise.resolve();
    state.says = { secret: second };
    await Promise.all([early, one.refresh()]);
    expect(one.now()).toBe(second);
  });
});

describe('all of them', () => {
  test('are read again after a while, sooner when it failed, and before they end', async () => {
    const waits: number[] = [];
    const clock = { ...systemClock, sleep: async (ms: number) => void waits.push(ms) };
    const says: (Found | Trouble)[] = [away, { secret: first, expiresAt: Date.now() + 90_000 }];
    const ended = new Promise<LiveSecrets>((resolve) => {
      const all = createLiveSecrets({
        find: (secret) => ({
          ...{ name: 'x', found: { secret }, faultOf: () => undefined },
          async read() {
            const next = says.shift();
            if (!next) resolve(all);
            return next ?? away;
          },
        }),
        ...{ refreshMs: 300_000, overlapMs: 0, random: () => 0.5, clock, record: async () => undefined },
      });
      all.live(first);
    });
    (await ended).stop();
    const [usual, failed, ending] = waits.map(Math.round);
    expect([usual, failed]).toEqual([300_000, 30_000]);
    expect(Math.abs((ending ?? 0) - 60_000)).toBeLessThan(1_000);
  });

  /** Settings from files, and their secrets kept fresh. */
  const daemonOf = async (env: Record<string, string>) => {
    const facts: Fact[] = [];
    const file = join(mkdtempSync(join(tmpdir(), 'keyfuse-live-')), 'empty.yaml');
    writeFileSync(file, '');
    const { settings, ...secrets } = await loadConfig({ env, file });
    const record = async (fact: Fact): Promise<void> => void facts.push(fact);
    const live = openLiveSecrets(settings, { secrets, record, clock: systemClock });
    closers.push(live.stop, secrets.stores.close);
    return { settings, facts, ...live };
  };
  const folder = (): string => {
    const dir = mkdtempSync(join(tmpdir(), 'keyfuse-mount-'));
    closers.push(() => rmSync(dir, { recursive: true }));
    return dir;
  };

  test('a file that is replaced is seen, and one that is emptied is not taken', async () => {
    const path = join(folder(), 'key');
    writeFileSync(path, first.expose());
    const { settings, live, facts } = await daemonOf({ WORKOS_API_KEY_FILE: path });
    const key = live(settings.workos.apiKey ?? second);
    writeFileSync(`${path}.new`, second.expose());
    renameSync(`${path}.new`, path);
    await eventually('the new key', () => key.now().expose() === second.expose());
    writeFileSync(path, '');
    await eventually('a word of it', () => facts.some(({ type }) => type === 'secret.unrenewed'));
    expect(key.now().expose()).toBe(second.expose());
    expect(facts.findLast(({ type }) => type === 'secret.unrenewed')).toMatchObject({ detail: 'the file is empty' });
  });

  test('a mount of Kubernetes is seen when its link is swapped', async () => {
    const dir = folder();
    for (const [name, secret] of [
      ['..1', first],
      ['..2', second],
    ] as const) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, 'key'), secret.expose());
    }
    symlinkSync('..1', join(dir, '..data'));
    symlinkSync('..data/key', join(dir, 'key'));
    const { settings, live } = await daemonOf({ WORKOS_API_KEY: `file://${dir}/key` });
    const key = live(settings.workos.apiKey ?? second);
    expect(key.now().expose()).toBe(first.expose());
    symlinkSync('..2', join(dir, '..tmp'));
    renameSync(join(dir, '..tmp'), join(dir, '..data'));
    await eventually('the new key', () => key.now().expose() === second.expose());
  });

  test('the seal takes a new key, the old one opens, and half a ring is not taken', async () => {
    const path = join(folder(), 'seal');
    const base64 = (fill: number) => Buffer.alloc(32, fill).toString('base64');
    writeFileSync(path, `k1:${base64(1)}`);
    const { settings, live, refresh, facts } = await daemonOf({ SEAL_KEYS_FILE: path, FINGERPRINT_KEY: base64(9) });
    const { seal } = openKeys(settings, live);
    const old = seal.seal(Buffer.from('old'), 'fp');
    const idOf = (sealed: Uint8Array) => Buffer.from(sealed.subarray(2, 4)).toString();
    writeFileSync(path, `k2:${base64(2)}`); // the old one is not even kept
    await refresh();
    const fresh = seal.seal(Buffer.from('new'), 'fp');
    expect([idOf(old), idOf(fresh)]).toEqual(['k1', 'k2']);
    expect(Buffer.from(seal.open(old, 'fp')).toString()).toBe('old');
    for (const wrong of [`k3:${base64(3).slice(0, 20)}`, `k2:${base64(4)}`]) {
      writeFileSync(path, wrong);
      await refresh();
      expect(idOf(seal.seal(Buffer.from('x'), 'fp'))).toBe('k2');
      expect(Buffer.from(seal.open(fresh, 'fp')).toString()).toBe('new');
    }
    const told = JSON.stringify(facts.filter(({ type }) => type === 'secret.unrenewed'));
    expect(told).toContain('topic.sealKeys (SEAL_KEYS)');
    for (const fill of [1, 2, 3, 4]) expect(told).not.toContain(base64(fill).slice(0, 12));
  });

  test('what signs revocations is checked as at start', async () => {
    const path = join(folder(), 'signing');
    const base64 = (fill: number) => Buffer.alloc(32, fill).toString('base64');
    writeFileSync(path, base64(1));
    const { settings, live, refresh, facts } = await daemonOf({ REVOCATION_SECRET_FILE: path });
    const key = live(settings.revocations.secret ?? second);
    writeFileSync(path, 'change-me');
    await refresh();
    expect(key.now().expose()).toBe(base64(1));
    expect(facts).toContainEqual({
      ...{ type: 'secret.unrenewed', setting: 'revocations.secret (REVOCATION_SECRET)', reason: 'unusable' },
      detail: 'must be base64 of 24 bytes or more',
    });
    writeFileSync(path, `whsec_${base64(2)}`);
    await refresh();
    expect(key.now().expose()).toBe(`whsec_${base64(2)}`);
  });

  test('a credential that was rotated is known as ours, before and after', async () => {
    const path = join(folder(), 'key');
    writeFileSync(path, first.expose());
    const { settings, live, refresh } = await daemonOf({ WORKOS_API_KEY_FILE: path });
    const ours = createOwn(settings, live);
    expect([ours(first), ours(second)]).toEqual([true, false]);
    writeFileSync(path, second.expose());
    await refresh();
    expect([ours(first), ours(second), ours(new Secret('another'))]).toEqual([true, true, false]);
  });

  test('what came through a pipe is read once', async () => {
    const path = join(folder(), 'pipe');
    execFileSync('mkfifo', [path]);
    const writer = spawn('sh', ['-c', `printf %s ${first.expose()} > ${path}`]);
    closers.push(() => writer.kill());
    const { settings, live, refresh, facts } = await daemonOf({ WORKOS_API_KEY_FILE: path });
    const key = live(settings.workos.apiKey ?? second);
    await refresh();
    expect(key.now().expose()).toBe(first.expose());
    expect(facts).toEqual([]);
  });

  test('what the environment holds stays as it is', async () => {
    const { settings, live, refresh, facts } = await daemonOf({ WORKOS_API_KEY: first.expose() });
    const key = live(settings.workos.apiKey ?? second);
    await refresh();
    expect(await key.newerThan(key.now())).toBeUndefined();
    expect(facts).toEqual([]);
    expect(Settings.parse({}).secrets).toMatchObject({ refreshSeconds: 300, overlapSeconds: 3_600 });
  });
});
