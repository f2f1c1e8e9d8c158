import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { workosKeeper } from '../../detectors/workos-customer-key.keeper.ts';
import { workosMaker } from '../../detectors/workos-customer-key.maker.ts';
import { workosCustomerKey, workosCustomerKeySettings } from '../../detectors/workos-customer-key.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Fact } from '../../src/core/facts.ts';
import type { IssuedKey } from '../../src/core/keeper.ts';
import { fixedSecret } from '../../src/core/live-secret.ts';
import { sample } from '../../src/core/sample.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Sink } from '../../src/core/sink.ts';
import { startEmulatedWorkos } from '../../src/demo/workos.ts';
import { createIssuer } from '../../src/issuers/road.ts';
import { isOver, type Plan, type Rotation } from '../../src/keys/rotation.ts';
import { createRotations, type Rotations, type RotationsNeeds } from '../../src/keys/rotations.ts';
import { belonging, claim, type RotationRules, type Target } from '../../src/keys/targets.ts';
import { openStore } from '../../src/store.ts';
import { createSeal } from '../../src/topic/seal.ts';

export const HOUR = 3_600_000;
const CREDENTIAL = `sk_test_${sample('rotation scene', 24)}`;
const never = new AbortController().signal;
const { validate, revoke } = workosCustomerKey(workosCustomerKeySettings.parse({}));
if (!validate || !revoke) throw new Error('no calls');
const calls = { validate, revoke };

/** What a test may have otherwise. */
export type Otherwise = Partial<Pick<RotationsNeeds, 'seal' | 'probe' | 'sink' | 'keeper' | 'maker' | 'told'>> & {
  targets?: readonly Target[];
};

/** Keys called `ci` of `org_1` belong into one sink. */
const TARGETS: readonly Target[] = [{ organization: 'org_1', name: 'ci', sink: 'file:///sink', onLeak: 'delete' }];

/** An issuer, sinks and a clock that goes when it is told to; rotations, opened as often as wanted. */
export const openRotationScene = async (otherwise: Otherwise = {}) => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-rotation-'));
  const scene = { now: Date.parse('2026-11-23T12:00:00Z') };
  const clock = { ...systemClock, now: () => scene.now };
  const workos = await startEmulatedWorkos({ credential: CREDENTIAL, now: () => scene.now });
  const store = openStore(join(dir, 'keyfuse.db'));
  const facts: Fact[] = [];
  const sinks = new Map<string, string>();
  const record = async (fact: Fact): Promise<void> => void facts.push(fact);
  const pace = { perSecond: 10_000, concurrency: 8, patienceMs: 10_000, deadlineMs: 1_000, bodyBytes: 1_000_000 };
  const settings = { issuer: 'workos', environment: 'default', baseUrl: new URL(workos.url), ...pace };
  const issuer = createIssuer({ ...settings, credential: fixedSecret(new Secret(CREDENTIAL)) }, { clock, record });
  const sink = (name: string): Sink => ({
    name,
    put: async (value) => void sinks.set(name, value.expose()),
    get: async () => (sinks.has(name) ? new Secret(sinks.get(name) ?? '') : undefined),
  });
  const rules: RotationRules = { graceHours: 1, mostHours: 4, lifeDays: 0, targets: otherwise.targets ?? TARGETS };
  const open = (more: Otherwise = {}): Rotations =>
    createRotations({
      ...{ keeper: workosKeeper, maker: workosMaker, calls, issuers: [issuer], store, clock, record },
      ...{ sink, probe: async () => undefined, seal: createSeal([{ id: 'k1', key: Buffer.alloc(32, 7) }]) },
      belonging: (keys, reference) => belonging(keys, reference, rules),
      claim: (key, reference) => claim(key, reference, rules),

      ...otherwise,
      ...more,
    });
  const rotations = open();
  const keys = async (organization = 'org_1'): Promise<readonly IssuedKey[]> => {
    const answer = await workosKeeper.keys(issuer, { type: 'organization', id: organization });
    return 'got' in answer ? answer.got.items : [];
  };
  const issued = async (more: { organization?: string; name?: string; expiresAt?: number } = {}) => {
    const wanted = { organization: 'org_1', name: 'ci', permissions: ['posts:read'], ...more };
    const { id, value } = workos.issueKey(wanted);
    const key = (await keys(wanted.organization)).find((one) => one.id === id);
    if (!key) throw new Error('not listed');
    return { id, value, key };
  };
  const plan: Plan = { sink: 'file:///sink', graceMs: HOUR, mostMs: 4 * HOUR };
  const stands = (id: string): Rotation => {
    const rotation = rotations.find(id);
    if (!rotation) throw new Error('no such rotation');
    return rotation;
  };
  const use = async (value: string): Promise<boolean> => {
    const headers = { authorization: `Bearer ${CREDENTIAL}`, 'content-type': 'application/json' };
    const call = { method: 'POST', headers, body: JSON.stringify({ value }) };
    const answer = await fetch(`${workos.url}/api_keys/validations`, call);
    return ((await answer.json()) as { api_key: unknown }).api_key !== null;
  };
  return {
    ...{ scene, workos, store, facts, sinks, rotations, open, keys, issued, plan, stands, use },
    async begin(key: IssuedKey, more: Partial<Plan> = {}): Promise<string> {
      const answer = await rotations.begin({ environment: 'default', key, plan: { ...plan, ...more } }, 'ada');
      if (!('begun' in answer)) throw new Error('not begun');
      return answer.begun.id;
    },
    /** A person says when that key ends. */
    endAt: (id: string, ends: number) => workosMaker.endAt(issuer, id, ends),
    /** That key leaked, and was revoked. */
    async leak(key: IssuedKey, more: Partial<Plan> = {}): Promise<void> {
      workos.removeKey(key.id);
      const subject = { environment: 'default', key, plan: { ...plan, ...more } };
      await store.write((sql) => rotations.replace(sql, subject));
    },
    /** Time goes to whatever is due next, until it is over or stands so. */
    async until(id: string, stop: (rotation: Rotation) => boolean = () => false, by = rotations): Promise<Rotation> {
      for (let round = 0; round < 400; round += 1) {
        const rotation = stands(id);
        if (isOver(rotation) || stop(rotation)) return rotation;
        scene.now = Math.max(scene.now, rotation.dueAt);
        await by.work(never);
      }
      throw new Error(`it stays at ${stands(id).step}: ${stands(id).why}`);
    },
    /** Minutes go by, one after the other, and what is due is done. */
    async minutes(count: number, each: (nth: number) => Promise<unknown> = async () => undefined): Promise<void> {
      for (let nth = 0; nth < count; nth += 1) {
        scene.now += 60_000;
        await each(nth);
        await rotations.work(never);
      }
    },
    work: () => rotations.work(never),
    told: (type: Fact['type']): readonly Fact[] => facts.filter((fact) => fact.type === type),
    async close(): Promise<void> {
      await store.close();
      await workos.close();
      rmSync(dir, { recursive: true });
    },
  };
};

export type RotationScene = Awaited<ReturnType<typeof openRotationScene>>;

/** What opens scenes for the tests of a suite; each is closed behind its test. */
export const rotationScenes = (): ((otherwise?: Otherwise) => Promise<RotationScene>) => {
  const opened: RotationScene[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  return async (otherwise = {}) => {
    const one = await openRotationScene(otherwise);
    opened.push(one);
    return one;
  };
};

export const at =
  (step: Rotation['step']) =>
  (rotation: Rotation): boolean =>
    rotation.step === step;
