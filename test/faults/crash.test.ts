import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Fault } from '../../src/demo/faults.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../../src/demo/workos.ts';
import { fresh, keyfuse, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const CHILD = fileURLToPath(new URL('../../node_modules/.cache/keyfuse/crash-child.js', import.meta.url));
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const scene = async (latencyMs = 0) => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-crash-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential, latencyMs });
  closers.push(() => workos.close());
  const log = join(dir, 'app.log');
  await writeFile(log, '');
  const env = {
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WORKOS_REQUESTS_PER_SECOND: '1000' },
    ...{ LOG_FILES: log, LOG_FROM_START: 'true', DATA_DIR: join(dir, 'data'), BRAKE_DELETIONS: '10000' },
  };
  const start = async (more: Record<string, string> = {}) => {
    const daemon = await startDaemonProcess({ ...env, ...more }, { script: CHILD });
    closers.push(() => daemon.stop('SIGKILL'));
    return daemon;
  };
  const leak = async (n = 1) => {
    const keys = Array.from({ length: n }, (_, at) => workos.issueKey({ name: `k${at}`, seed: `${dir} ${at}` }));
    await appendFile(log, keys.map(({ value }) => `token=${value}\n`).join(''));
    return keys;
  };
  return { workos, env, start, leak, dir };
};

/** What must hold after every crash: keys dead, books balanced, journal whole, no deletion without its intent. */
const settle = async (
  { workos, env, dir }: Awaited<ReturnType<typeof scene>>,
  keys: readonly { id: string }[],
  daemon: { opsUrl: string; stop(signal: 'SIGTERM'): Promise<number | string> },
) => {
  await eventually('all keys to be dead', () => keys.every(({ id }) => !workos.isLive(id)), 60_000);
  await eventually(
    'the books to close and balance',
    async () => {
      const series = await (await fetch(`${daemon.opsUrl}/metrics`)).text();
      const number = (name: string) => Number(series.split(`\n${name} `)[1]?.split('\n')[0]);
      const closed = number('keyfuse_ledger{state="in_flight"}') === 0;
      const all = number('keyfuse_ledger{state="revoked"}') >= keys.length;
      return closed && all && number('keyfuse_ledger_imbalance') === 0;
    },
    60_000,
  );
  expect(await daemon.stop('SIGTERM')).toBe(0);
  const { exit, output } = await keyfuse(['audit', 'verify', '--json'], env);
  expect({ exit, output: JSON.parse(output) }).toMatchObject({ exit: 0, output: { ok: true } });
  const journal = (await readFile(join(dir, 'data', 'audit', 'journal.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const intended = journal.filter(({ what }) => what === 'revocation.intended').map(({ target }) => target.keyId);
  for (const { path } of workos.stats().newest.filter(({ method }) => method === 'DELETE'))
    expect(intended).toContain(path.split('/').at(-1));
  for (const { id } of keys) expect(intended).toContain(id);
  const ended = journal.filter(({ what, result }) => what === 'incident.ended' && result === 'revoked');
  expect(new Set(ended.map(({ incident }) => incident)).size).toBe(keys.length);
};

describe('a crash between any two steps is harmless', () => {
  const steps = [
    'candidate.found',
    'key.judged',
    'key.decided',
    'revocation.intended',
    'revocation.answered',
    'revocation.proved',
    'incident.ended',
  ];

  test.each(steps)(
    'killed just before it says %s',
    async (step) => {
      const stage = await scene();
      const first = await stage.start({ KILL_BEFORE: step });
      const keys = await stage.leak();
      expect(await first.ended).toBe('SIGKILL');
      await settle(stage, keys, await stage.start());
    },
    120_000,
  );

  const atIssuer: [name: string, fault: Fault, route: 'validate' | 'delete', skip: number][] = [
    ['while the issuer is asked', { kind: 'hang' }, 'validate', 0],
    ['after the intent, before the deletion is done', { kind: 'hang' }, 'delete', 0],
    ['after the deletion was done, before the answer', { kind: 'lostAnswer' }, 'delete', 0],
    ['while death is being proved', { kind: 'hang' }, 'validate', 1],
  ];

  test.each(atIssuer)(
    'killed %s',
    async (...[, fault, route, skip]) => {
      const stage = await scene();
      const { workos } = stage;
      const first = await stage.start();
      const calls = () => workos.stats().calls[route];
      if (skip === 0) workos.inject(fault, { route, times: 1 });
      const keys = await stage.leak();
      if (skip > 0) {
        await eventually('the deletion', () => workos.stats().calls.delete > 0);
        workos.inject(fault, { route, times: 1 });
      }
      await eventually(`the call`, () => calls() > skip);
      await first.stop('SIGKILL');
      workos.clearFaults();
      await settle(stage, keys, await stage.start());
    },
    120_000,
  );

  test('killed 15 times at random under load', async () => {
    const stage = await scene(4);
    const keys: { id: string }[] = [];
    let seed = 7;
    for (let round = 0; round < 15; round += 1) {
      const daemon = await stage.start();
      keys.push(...(await leakMore(stage, keys.length)));
      seed = (seed * 1103515245 + 12345) % 2147483648;
      await new Promise((resolve) => setTimeout(resolve, 20 + (seed % 130)));
      await daemon.stop('SIGKILL');
    }
    await settle(stage, keys, await stage.start());
  }, 240_000);
});

const leakMore = async ({ workos, env }: { workos: EmulatedWorkos; env: { LOG_FILES: string } }, from: number) => {
  const keys = Array.from({ length: 8 }, (_, at) =>
    workos.issueKey({ name: `k${from + at}`, seed: `${env.LOG_FILES} more ${from + at}` }),
  );
  await appendFile(env.LOG_FILES, keys.map(({ value }) => `token=${value}\n`).join(''));
  return keys;
};
