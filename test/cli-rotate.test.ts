import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { list } from '../src/cli/keys.ts';
import { cancel, forget, type RotateOptions, resume, rotate, status } from '../src/cli/rotate.ts';
import { sample } from '../src/core/sample.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { keyfuse, startDaemonProcess } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { collector, scratch } from './support/scan-run.ts';

const DAY = 86_400_000;
const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;

let workos: EmulatedWorkos;
let folder: ReturnType<typeof scratch>;
/** How far behind the issuer's clock is: what it makes now is so old for us. */
let behind: number;

beforeEach(async () => {
  behind = 0;
  folder = scratch('cli-rotate');
  workos = await startEmulatedWorkos({ credential: CREDENTIAL, now: () => Date.now() - behind });
  setUp();
});
afterEach(async () => {
  await workos.close();
  folder.remove();
});

const sink = (name: string): string => folder.at(`${name}.key`);
const setUp = (rotation: object = {}, more: object = {}, others: object = {}): void => {
  const targets = ['one', 'two', 'three'].map((name) => ({
    organization: 'org_1',
    name,
    sink: `file://${sink(name)}`,
  }));
  writeFileSync(
    folder.at('keyfuse.yaml'),
    stringify({ keys: { rotation: { targets, ...rotation }, ...more }, ...others }),
  );
};
const env = () => ({ WORKOS_API_KEY: CREDENTIAL, WORKOS_BASE_URL: workos.url, DATA_DIR: folder.at('data') });

const run = async (act: (io: Parameters<typeof rotate>[2], config: string) => Promise<number>) => {
  const [out, err] = [collector(), collector()];
  const io = { env: { ...env(), USER: 'ada' }, stdin: process.stdin, stdout: out.to, stderr: err.to };
  const exit = await act({ ...io, stop: new AbortController().signal }, folder.at('keyfuse.yaml'));
  return { exit, out: out.text(), err: err.text() };
};
const rotated = (ids: readonly string[], options: Partial<RotateOptions> = {}) =>
  run((io, config) => rotate(ids, { config, limit: 10, ...options }, io));

const issued = (name: string, ageDays = 0) => {
  behind = ageDays * DAY;
  const key = workos.issueKey({ organization: 'org_1', name, permissions: ['read'] });
  behind = 0;
  return key;
};
const journal = (): readonly { what: string; who?: { id: string } }[] =>
  readFileSync(folder.at('data/audit/journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('without --yes only the plan is shown; with it the key is rotated, and the journal says by whom', async () => {
  const { id, value } = issued('one');
  const planned = await rotated([id]);
  expect(planned.out).toMatch(/^KEY .* SINK +PROVED BY +GRACE\n/);
  expect(planned.out).toMatch(new RegExp(`${id} +one +org_1 +read +file://\\S+one.key +the issuer alone +24 h\n`));
  expect({ exit: planned.exit, err: planned.err }).toMatchObject({ exit: 0, err: expect.stringContaining('--yes') });
  expect(existsSync(sink('one'))).toBe(false);

  const done = await rotated([id], { yes: true, graceHours: 0 });
  expect({ exit: done.exit, err: done.err }).toMatchObject({ exit: 0, err: expect.stringContaining(`${id}  done`) });
  expect([workos.isLive(id), readFileSync(sink('one'), 'utf8')]).toEqual([false, expect.stringMatching(/^sk_/)]);
  const said = journal().map(({ what }) => what);
  expect(said.filter((what) => what.startsWith('rotation.'))).toEqual([
    ...['rotation.begun', 'rotation.intended', 'rotation.intended', 'rotation.intended', 'rotation.intended'],
    'rotation.ended',
  ]);
  expect(journal().find(({ what }) => what === 'rotation.begun')?.who).toMatchObject({ kind: 'person', id: 'ada' });
  expect(done.out + done.err + readFileSync(folder.at('data/audit/journal.jsonl'), 'utf8')).not.toContain(value);
  expect(done.err).not.toContain(readFileSync(sink('one'), 'utf8'));
  expect((await keyfuse(['audit', 'verify', '--data-dir', folder.at('data')], {})).exit).toBe(0);
});

test('what cannot be rotated is named, with what to do', async () => {
  const { id } = issued('nobodys');
  await expect(rotated(['api_key_none'])).rejects.toThrow('the issuer has no key api_key_none');
  await expect(rotated([id])).rejects.toThrow(
    `nobody said where key ${id} belongs: add an entry to keys.rotation.targets`,
  );
  await expect(rotated([id], { sink: 'env://X' })).rejects.toThrow('nothing can be put into env://');
  await expect(rotated([id], { sink: 'file://own.key' })).rejects.toThrow('must be the whole path of a file');
  await expect(rotated([id], { sink: 'nonsense' })).rejects.toThrow('must be a reference');
  expect(
    (await keyfuse(['keys', 'rotate', 'api_key_none'], { ...env(), KEYFUSE_CONFIG: folder.at('keyfuse.yaml') })).exit,
  ).toBe(2);
  const twin = issued('nobodys');
  const one = rotated([id, twin.id], { sink: `file://${sink('own')}`, read: true });
  await expect(one).rejects.toThrow(`${id} and ${twin.id} belong into one sink, which holds one`);
  await expect(rotated([])).rejects.toThrow('name keys, or --all-stale');
  await expect(rotated([id], { allStale: true })).rejects.toThrow('name keys, or --all-stale');
  const { out } = await rotated([id], { sink: `file://${sink('own')}` });
  expect(out).toContain('own.key');
});

test('--all-stale goes in waves, the oldest first, and ends with the first failure', async () => {
  setUp({ wave: 1, graceHours: 0 });
  const [two, one, three] = [issued('two', 300), issued('one', 200), issued('three', 100)];
  const nobodys = issued('nobodys', 400);
  issued('four', 10);
  const limited = await rotated([], { allStale: true, limit: 1, yes: true, json: true });
  expect({ exit: limited.exit, err: limited.err }).toMatchObject({ exit: 0, err: expect.stringContaining('done') });
  expect(JSON.parse(limited.out)).toMatchObject({ old: { id: two.id }, step: 'done', newId: expect.any(String) });
  expect([two, one, three, nobodys].map(({ id }) => workos.isLive(id))).toEqual([false, true, true, true]);
  workos.inject({ kind: 'status', status: 422, body: { message: 'Validation failed' } }, { route: 'create', times: 1 });
  const failed = await rotated([], { allStale: true, yes: true });
  expect({ exit: failed.exit, err: failed.err }).toMatchObject({
    exit: 1,
    err: expect.stringContaining(`${one.id}  failed: the issuer refuses to make such a key`),
  });
  expect([one, three].map(({ id }) => workos.isLive(id))).toEqual([true, true]);
  const told = await run((io, config) => status({ config }, io));
  expect({ exit: told.exit, out: told.out }).toMatchObject({ exit: 1, out: expect.stringContaining('failed') });
  const id = /rot_[0-9a-f]{16}(?= +\S+ +- +failed)/.exec(told.out)?.[0] ?? '';
  const forgotten = await run((io, config) => forget(id, { config, json: true }, io));
  expect({ exit: forgotten.exit, ...JSON.parse(forgotten.out) }).toMatchObject({ exit: 0, id, step: 'forgotten' });
  expect((await run((io, config) => status({ config, json: true }, io))).exit).toBe(0);
  await expect(run((io, config) => forget(id, { config }, io))).rejects.toThrow(`no rotation ${id} has failed`);
});

test('a grace that is not over: the rest is done by a later call, or by the daemon', async () => {
  const { id } = issued('one');
  const begun = await rotated([id], { yes: true, graceHours: 0.0015 });
  expect({ exit: begun.exit, live: workos.isLive(id) }).toEqual({ exit: 0, live: true });
  expect(begun.err).toContain('watch: the old key ends');
  // It only has its grace: nobody is told to do anything about it.
  const listed = await run((io, config) => list({ config, format: 'json' }, io));
  expect(JSON.parse(listed.out.split('\n').find((line) => line.includes(`"${id}"`)) ?? '')).toMatchObject({
    flags: [],
  });
  expect((await rotated([id], { yes: true })).err).toContain(`${id} is being rotated already`);
  await eventually(
    'the grace to be over',
    async () => {
      await run((io, config) => resume({ config }, io));
      return !workos.isLive(id);
    },
    15_000,
  );
  expect((await run((io, config) => resume({ config }, io))).err).toContain('no rotation is under way');
});

test('what cannot go on is left to later, and can be cancelled; a daemon can start meanwhile', async () => {
  const { id } = issued('one');
  const silent = workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
  const left = rotated([id], { yes: true });
  const daemon = await startDaemonProcess({ ...env(), WEBHOOK_SECRET: sample('webhook', 30) });
  await daemon.stop('SIGTERM');
  const { exit, err } = await left;
  expect({ exit, err }).toMatchObject({ exit: 1, err: expect.stringContaining("'keyfuse keys rotate --resume'") });
  const told = await run((io, config) => status({ config, json: true }, io));
  const { id: rotation } = JSON.parse(told.out);
  const ended = await run((io, config) => cancel(rotation, { config, json: true }, io));
  expect(ended).toMatchObject({ exit: 0, err: expect.stringContaining('is cancelled') });
  expect(JSON.parse(ended.out)).toMatchObject({ id: rotation, old: { id } });
  expect(ended.out).not.toContain('sealed');
  expect((await run((io, config) => status({ config, json: true }, io))).out).toContain('cancelled by ada');
  silent.clear();
  expect([workos.isLive(id), existsSync(sink('one'))]).toEqual([true, false]);
  await expect(run((io, config) => cancel('rot_0', { config }, io))).rejects.toThrow('no rotation rot_0 is under way');
}, 60_000);

test('where a daemon runs it does the work, and a schedule begins what is due', async () => {
  setUp({ everyDays: 90, graceHours: 0 });
  const [old, fresh] = [issued('one', 100), issued('two')];
  const more = { KEYFUSE_CONFIG: folder.at('keyfuse.yaml'), WEBHOOK_SECRET: sample('webhook', 30), USER: 'ada' };
  const daemon = await startDaemonProcess({ ...env(), ...more });
  try {
    await eventually('the old key to be rotated', () => !workos.isLive(old.id), 30_000);
    expect(readFileSync(sink('one'), 'utf8')).toMatch(/^sk_/);
    const asked = await keyfuse(['keys', 'rotate', fresh.id, '--yes'], { ...env(), ...more });
    expect(asked).toMatchObject({ exit: 0, output: expect.stringContaining(`${fresh.id}  done`) });
    expect([workos.isLive(fresh.id), readFileSync(sink('two'), 'utf8')]).toEqual([
      false,
      expect.stringMatching(/^sk_/),
    ]);
    const series = await (await fetch(`${daemon.opsUrl}/metrics`)).text();
    expect(series).toContain('keyfuse_rotations_total{cause="schedule",result="done"} 1');
    expect(series).toContain('keyfuse_rotations_total{cause="person",result="done"} 1');
    expect(journal().filter(({ what }) => what === 'rotation.ended')).toHaveLength(2);
  } finally {
    await daemon.stop('SIGTERM');
  }
});

test('a key that waits for its sink is not rotated, and that is no success', async () => {
  const [one, other] = [issued('nobodys'), issued('nobodys too')];
  const to = `file://${sink('own')}`;
  expect((await rotated([one.id], { yes: true, sink: to, graceHours: 1 })).exit).toBe(0);
  const waits = await rotated([other.id], { yes: true, sink: to });
  expect({ exit: waits.exit, err: waits.err }).toMatchObject({
    exit: 1,
    err: expect.stringMatching(`${other.id} was not rotated: ${one.id} is being rotated into .*own.key`),
  });
  expect(workos.isLive(other.id)).toBe(true);
});

test('a canary is not rotated, whoever asks', async () => {
  const { id } = issued('one', 100);
  const canaries = [{ keyId: id, reason: 'a canary', expires: '2030-01-01' }];
  setUp({}, {}, { policy: { canaries } });
  await expect(rotated([id], { yes: true })).rejects.toThrow(`${id} is a canary of policy.canaries`);
  expect((await rotated([], { yes: true, allStale: true })).err).toContain('no key is to be rotated');
  expect(workos.isLive(id)).toBe(true);
});

test('a sink by another name is the same sink', async () => {
  const two = [issued('nobodys'), issued('nobodys')].map(({ id }) => id);
  const asked = rotated(two, { sink: `file:///${sink('own')}` });
  await expect(asked).rejects.toThrow('belong into one sink, which holds one');
  await expect(rotated([two[0] ?? ''], { sink: `file://${sink('own')}` })).resolves.toMatchObject({ exit: 0 });
});

test('what a cancelled rotation leaves is told as it is', async () => {
  const { id } = issued('one');
  await rotated([id], { yes: true, graceHours: 1 });
  const open = async () =>
    JSON.parse((await run((io, config) => status({ config, json: true }, io))).out.split('\n')[0] ?? '');
  const stop = async () => (await run(async (io, config) => cancel((await open()).id, { config }, io))).err;
  expect(await stop()).toContain('the old key lives on');
  const refused = workos.inject({ kind: 'status', status: 503 }, { route: 'delete' });
  await rotated([id], { yes: true, graceHours: 0 });
  expect(await open()).toMatchObject({ step: 'delete' });
  const told = await stop();
  refused.clear();
  expect(told).toContain("its deletion may have been sent: 'keyfuse keys list --read' tells whether the old key lives");
  expect(told).not.toContain('lives on');
});
