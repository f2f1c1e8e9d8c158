import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { type EmulatedWorkos, startEmulatedWorkos } from '../../src/demo/workos.ts';
import { fresh, runScript } from '../support/daemon.ts';

const CHILD = fileURLToPath(new URL('../../node_modules/.cache/keyfuse/rotation-child.js', import.meta.url));
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const scene = async () => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-rotation-'));
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential });
  closers.push(() => workos.close());
  const old = workos.issueKey({ organization: 'org_1', name: 'ci', permissions: ['read'] });
  writeFileSync(join(dir, 'sink'), old.value);
  const env = { DIR: dir, URL: workos.url, CREDENTIAL: credential, KEY: old.id, GRACE_MS: '2500' };
  const run = async (killAt?: number) => {
    const { output, ended } = runScript(CHILD, [], { ...env, ...(killAt && { KILL_AT: String(killAt) }) });
    return { end: await ended, output };
  };
  return { workos, credential, old, run, held: () => readFileSync(join(dir, 'sink'), 'utf8') };
};

const keysOf = async ({ workos, credential }: { workos: EmulatedWorkos; credential: string }) => {
  const headers = { authorization: `Bearer ${credential}` };
  const answer = await fetch(`${workos.url}/organizations/org_1/api_keys?limit=100`, { headers });
  return ((await answer.json()) as { data: readonly { id: string }[] }).data.map(({ id }) => id);
};

const works = async ({ workos, credential }: { workos: EmulatedWorkos; credential: string }, value: string) => {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
  const call = { method: 'POST', headers, body: JSON.stringify({ value }) };
  const answer = await fetch(`${workos.url}/api_keys/validations`, call);
  return ((await answer.json()) as { api_key: unknown }).api_key !== null;
};

/** Moments of a whole rotation: more than it has, and it ends before it is killed. */
const MOST = 60;

test('a rotation that is killed at any moment goes on: no outage, and no key too many', async () => {
  let at = 0;
  for (;;) {
    at += 1;
    expect(at).toBeLessThan(MOST);
    const stage = await scene();
    const { end, output } = await stage.run(at);
    if (end === 0) break;
    expect({ at, end, output: output() }).toEqual({ at, end: 'SIGKILL', output: '' });
    // Whoever has what stands in the sink can work, at every moment.
    expect({ at, works: await works(stage, stage.held()) }).toEqual({ at, works: true });
    const again = await stage.run();
    const [rotation] = JSON.parse(again.output()) as readonly { step: string; newId: string }[];
    expect({ at, rotation }).toMatchObject({ at, rotation: { step: 'done' } });
    expect({ at, keys: await keysOf(stage) }).toEqual({ at, keys: [rotation?.newId] });
    expect({ at, works: await works(stage, stage.held()) }).toEqual({ at, works: true });
    expect(await works(stage, stage.old.value)).toBe(false);
    for (const close of closers.splice(0).reverse()) await close();
  }
  expect(at).toBeGreaterThan(30);
}, 240_000);
