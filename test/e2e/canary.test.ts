import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startEmulatedWorkos } from '../../src/demo/workos.ts';
import { fresh, keyfuse, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const scene = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-canary-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential });
  closers.push(() => workos.close());
  const env = { WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, DATA_DIR: join(dir, 'data') };
  const start = async (more: Record<string, string> = {}) => {
    const daemon = await startDaemonProcess({ ...env, ...more, LOGS_TOKEN: 'let-me-in' });
    closers.push(() => daemon.stop('SIGKILL'));
    return daemon;
  };
  return { dir, workos, env, start };
};

/** The fingerprint that `keyfuse scan` prints of a key. */
const scanned = async (secret: string, env: Record<string, string>, args: readonly string[] = []) => {
  const { output } = await keyfuse(['scan', '-', '--format', 'jsonl', ...args], env, `KEY=${secret}\n`);
  const line = output.split('\n').find((one) => one.startsWith('{')) ?? '{}';
  return { fingerprint: JSON.parse(line).fingerprint as string | null, output };
};

/** A canary and a common key leak: what became of them. */
const leakBoth = async (
  { workos, start, dir }: Awaited<ReturnType<typeof scene>>,
  canary: { id: string; value: string },
  entry: Record<string, string>,
) => {
  const config = join(dir, 'keyfuse.yaml');
  const canaries = [{ ...entry, reason: 'planted in the wiki', expires: '2099-12-31' }];
  await writeFile(config, JSON.stringify({ policy: { canaries } }));
  const daemon = await start({ KEYFUSE_CONFIG: config });
  const common = workos.issueKey({ name: 'common', seed: `${dir} common` });
  const headers = { authorization: 'Bearer let-me-in', 'content-type': 'text/plain' };
  const body = `${canary.value}\n${common.value}\n`;
  expect((await fetch(`${daemon.ingressUrl}/logs`, { method: 'POST', headers, body })).status).toBeLessThan(300);
  await eventually('the common key to die', () => !workos.isLive(common.id));
  const ledger = async () =>
    (await (await fetch(`${daemon.opsUrl}/metrics`)).text())
      .split('\n')
      .filter((line) => /^keyfuse_ledger{.* [1-9]/.test(line));
  const both = ['keyfuse_ledger{state="revoked"} 1', 'keyfuse_ledger{state="held"} 1'];
  await eventually('both to be in the books', async () => {
    const lines = await ledger();
    return both.every((line) => lines.includes(line));
  });
  return { calls: workos.stats().calls };
};

describe('a canary that is listed by the fingerprint that `keyfuse scan` prints', () => {
  test('lives, is never sent, and a common key beside it dies', async () => {
    const place = await scene();
    const first = await place.start();
    expect(await first.stop('SIGTERM')).toBe(0);
    const canary = place.workos.issueKey({ name: 'canary', seed: `${place.dir} canary` });
    const { fingerprint } = await scanned(canary.value, place.env);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const { calls } = await leakBoth(place, canary, { fingerprint: fingerprint ?? '' });
    expect(place.workos.isLive(canary.id)).toBe(true);
    expect(calls).toMatchObject({ validate: 2, delete: 1 }); // of the common key: judged, deleted, proved
  }, 120_000);
});

describe('the fingerprint that `keyfuse scan` prints', () => {
  test('is that of the settings’ key, from a file, a variable or a configuration; none is made up', async () => {
    const { dir, workos, env } = await scene();
    const { value } = workos.issueKey({ name: 'k', seed: dir });
    const [one, other] = [fresh().key, fresh().key];
    const file = join(dir, 'one.key');
    await writeFile(file, `${one}\n`);
    const config = join(dir, 'settings.yaml');
    await writeFile(config, `topic:\n  fingerprintKey: file://${file}\n`);

    const { fingerprint } = await scanned(value, {}, ['--fingerprint-key', file]);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const ways: [Record<string, string>, string[]][] = [
      [{ FINGERPRINT_KEY: `${one}\n` }, []],
      [{ FINGERPRINT_KEY_FILE: file }, []],
      [{}, ['--config', file.replace('one.key', 'settings.yaml')]],
      [{ KEYFUSE_CONFIG: config }, []],
      [{ FINGERPRINT_KEY: other }, ['--fingerprint-key', file]],
    ];
    for (const [more, args] of ways) expect((await scanned(value, more, args)).fingerprint).toBe(fingerprint);
    expect((await scanned(value, { FINGERPRINT_KEY: other })).fingerprint).not.toBe(fingerprint);

    const none = await scanned(value, env);
    expect(none.fingerprint).toBeNull();
    expect(none.output).toMatch(/--fingerprint-key.*data dir.*--fingerprint sha256/);
    await expect(mkdir(env.DATA_DIR)).resolves.toBeUndefined(); // the scan made nothing there
    await writeFile(join(env.DATA_DIR, 'fingerprint.key'), `${one}\n`);
    expect((await scanned(value, env)).fingerprint).toBe(fingerprint);
    const kafka = { ...env, KAFKA_BROKERS: 'k:9092' }; // whose fingerprints never come of the data directory
    expect((await scanned(value, kafka)).fingerprint).toBeNull();
  }, 60_000);

  test('a key that the daemon would refuse is refused; what a scan does not need may be wrong', async () => {
    const { dir, workos } = await scene();
    const { value } = workos.issueKey({ name: 'k', seed: dir });
    const file = join(dir, 'short.key');
    await writeFile(file, 'c2hvcnQ=\n');
    const run = (args: string[], env: Record<string, string>) => keyfuse(['scan', '-', ...args], env, `${value}\n`);
    expect(await run(['--fingerprint-key', file], {})).toMatchObject({ exit: 78 });
    expect(await run(['--fingerprint-key', join(dir, 'absent')], {})).toMatchObject({ exit: 78 });
    expect(await run(['--config', join(dir, 'absent')], {})).toMatchObject({ exit: 78 });
    const short = await run([], { FINGERPRINT_KEY: 'c2hvcnQ=' });
    expect(short).toMatchObject({ exit: 78, output: expect.stringContaining('topic.fingerprintKey') });
    const config = join(dir, 'of-the-daemon.yaml');
    await writeFile(config, 'workos: { apiKey: env://NOT_HERE }\nhttp: { port: eighty }\nlogs: { files: [/x] }\n');
    expect(await run(['--config', config], { PORT: 'eighty' })).toMatchObject({ exit: 1 });
  }, 60_000);

  test('the detectors are those of the settings', async () => {
    const { dir } = await scene();
    const value = `acme_${fresh().secret}`;
    const config = join(dir, 'acme.yaml');
    await writeFile(config, 'detectors: { workos-customer-key: { prefixes: [acme_] } }\n');
    expect((await keyfuse(['scan', '-'], {}, `${value}\n`)).exit).toBe(0);
    expect((await keyfuse(['scan', '-', '-c', config], {}, `${value}\n`)).exit).toBe(1);
  }, 60_000);
});
