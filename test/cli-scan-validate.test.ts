import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { startEmulatedWorkos } from '../src/demo/workos.ts';
import { fresh } from './support/daemon.ts';
import { runScan, scratch } from './support/scan-run.ts';

const { at, remove } = scratch('scan-validate');
const credential = fresh().secret;
let workos: Awaited<ReturnType<typeof startEmulatedWorkos>>;
beforeAll(async () => {
  workos = await startEmulatedWorkos({ credential });
});
afterAll(async () => {
  await workos.close();
  remove();
});

const ask = (options: Parameters<typeof runScan>[1] = {}) =>
  runScan([at('keys')], {
    validate: true,
    env: { WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url },
    ...options,
  });

test('live, dead, and nobody knows; each key is asked about once, and nothing is deleted', async () => {
  const live = workos.issueKey({ name: 'live', seed: 'scan validate' });
  const dead = `sk_${sample('scan validate dead', 43)}`;
  writeFileSync(at('keys'), `${live.value}\n${dead}\n${live.value}\n`);
  const { findings, out } = await ask();
  expect(findings().map(({ verdict }) => verdict)).toEqual(['live', 'dead', 'live']);
  expect(out).not.toContain(live.value.slice(6, 20));
  expect(workos.isLive(live.id)).toBe(true);
  const text = await ask({ format: 'text' });
  expect(text.out).toMatch(/keys:1:1 .* LIVE\n.*keys:2:1 .* DEAD\n/);
  expect(text.err).toContain('3 found (2 live, 1 dead)');
  const sarif = JSON.parse((await ask({ format: 'sarif' })).out);
  expect(
    sarif.runs[0].results.map(({ level, properties }: { level: string; properties: object }) => [level, properties]),
  ).toMatchObject([
    ['error', { verdict: 'live' }],
    ['note', { verdict: 'dead' }],
    ['error', { verdict: 'live' }],
  ]);
});

test('a refused credential is told once, and nothing is known', async () => {
  const { findings, err } = await ask({ env: { WORKOS_API_KEY: 'sk_wrong', WORKOS_BASE_URL: workos.url } });
  const refused = { verdict: 'unknown', reason: 'credential-refused' };
  expect(findings()).toMatchObject([refused, refused, refused]);
  expect(err.match(/issuer\.credential-refused/g)).toHaveLength(1);
});

test('an issuer that gives no answer is the reason why nothing is known', async () => {
  writeFileSync(at('keys'), `sk_${sample('scan validate far', 43)}\n`);
  const env = { WORKOS_API_KEY: credential, WORKOS_BASE_URL: 'http://127.0.0.1:1' };
  expect((await ask({ env, format: 'text' })).out).toMatch(/keys:1:1 .* UNKNOWN \(unreachable\)\n/);
  workos.inject({ kind: 'status', status: 403 });
  const sarif = JSON.parse((await ask({ format: 'sarif' })).out);
  expect(sarif.runs[0].results[0].properties).toMatchObject({ verdict: 'unknown', reason: 'forbidden' });
  workos.clearFaults();
});

test('without a credential it is wrong usage; our own credential is never asked about', async () => {
  expect(await ask({ env: {} })).toMatchObject({ exit: 2, out: '', err: expect.stringContaining('WORKOS_API_KEY') });
  const own = `sk_${sample('scan validate own', 43)}`;
  writeFileSync(at('keys'), own);
  const { findings } = await ask({ env: { WORKOS_API_KEY: own, WORKOS_BASE_URL: workos.url } });
  expect(findings()).toHaveLength(1);
  expect(findings()[0]).not.toHaveProperty('verdict');
});
