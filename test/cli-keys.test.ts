import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { list, report, show } from '../src/cli/keys.ts';
import { sample } from '../src/core/sample.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { collector, scratch } from './support/scan-run.ts';

const DAY = 86_400_000;
const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;

let workos: EmulatedWorkos;
let now: number;
let folder: ReturnType<typeof scratch>;

beforeEach(async () => {
  now = Date.now() - 200 * DAY;
  folder = scratch('cli-keys');
  workos = await startEmulatedWorkos({ credential: CREDENTIAL, now: () => now });
});
afterEach(async () => {
  await workos.close();
  folder.remove();
});

type Command<O> = (options: O, io: Parameters<typeof list>[1]) => Promise<number>;
const run = async <O>(command: Command<O>, options: O, env: Readonly<Record<string, string>> = {}) => {
  const [out, err] = [collector(), collector()];
  const exit = await command(options, {
    env: { WORKOS_API_KEY: CREDENTIAL, WORKOS_BASE_URL: workos.url, DATA_DIR: folder.at('data'), ...env },
    stdin: process.stdin,
    ...{ stdout: out.to, stderr: err.to, stop: new AbortController().signal },
  });
  return { exit, out: out.text(), err: err.text() };
};

const stock = () => {
  const old = workos.issueKey({ organization: 'org_a', name: '=SUM(A1)', permissions: ['posts:read', 'users:write'] });
  now += 199 * DAY;
  const fresh = workos.issueKey({ organization: 'org_b', user: 'user_1', name: 'says "hi", twice' });
  return { old, fresh };
};

test('keys list: what there is, oldest first, with flags; read once, then known', async () => {
  const { old, fresh } = stock();
  const first = await run(list, {});
  const [head, ...rows] = first.out.trimEnd().split('\n');
  expect(head).toMatch(/^KEY +NAME +ORGANIZATION +USER +AGE +USED +EXPIRES +PERMISSIONS +FLAGS$/);
  expect(rows).toEqual([
    expect.stringMatching(new RegExp(`^${old.id} .*org_a .*200 d .*posts:read,users:write +stale,never-used$`)),
    expect.stringMatching(new RegExp(`^${fresh.id} .*org_b +user_1 +1 d .*-$`)),
  ]);
  expect(first.err).toMatch(/^default: all keys read \d s ago, events followed until \d s ago\n$/);
  expect(first.exit).toBe(0);
  workos.removeKey(old.id);
  const asked = workos.stats().calls.list;
  expect((await run(list, {})).out).toBe(first.out);
  expect(workos.stats().calls.list).toBe(asked);
  expect((await run(list, { read: true })).out).not.toContain(old.id);
  expect(first.out + first.err).not.toContain(old.value.slice(5, 20));
});

test('keys list: filters, the exit code for cron, and formats for machines', async () => {
  const { old, fresh } = stock();
  const ids = async (options: Parameters<typeof list>[0]) =>
    (await run(list, { ...options, format: 'json' })).out
      .trimEnd()
      .split('\n')
      .map((line) => line && JSON.parse(line).id);
  expect(await ids({ flag: ['stale', 'expired'] })).toEqual([old.id]);
  expect(await ids({ organization: 'org_b' })).toEqual([fresh.id]);
  expect(await ids({ organization: 'org_c' })).toEqual(['']);
  expect((await run(list, { failOn: ['stale'] })).exit).toBe(1);
  expect((await run(list, { failOn: ['stale'], organization: 'org_b' })).exit).toBe(0);
  const json = (await run(list, { format: 'json', organization: 'org_b' })).out;
  expect(JSON.parse(json)).toMatchObject({
    ...{ id: fresh.id, organization: 'org_b', user: 'user_1', environment: 'default', flags: [] },
    ...{ createdAt: new Date(now).toISOString(), lastUsedAt: null, expiresAt: null, permissions: [] },
  });
  const [head, ...rows] = (await run(list, { format: 'csv' })).out.trimEnd().split('\r\n');
  expect(head).toBe('id,environment,name,masked,organization,user,permissions,createdAt,lastUsedAt,expiresAt,flags');
  // A name is a stranger's text: no spreadsheet may take it for a formula.
  expect(rows[0]).toContain(",default,'=SUM(A1),");
  expect(rows[1]).toContain(',"says ""hi"", twice",');
});

test('keys show and report: one key whole, and how many have which flag', async () => {
  const { old } = stock();
  const policy = folder.at('keyfuse.yaml');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(policy, 'keys:\n  permissions:\n    - { organization: org_a, allow: ["posts:*"] }\n');
  const shown = await run(show, { id: old.id, config: policy });
  expect(shown.out).toMatch(/of them too many +users:write\n/);
  expect(shown.out).toMatch(/flags +stale, never-used, over-privileged\n/);
  expect(JSON.parse((await run(show, { id: old.id, config: policy, json: true })).out).excess).toEqual(['users:write']);
  const missing = await run(show, { id: 'api_key_none' });
  expect([missing.exit, missing.err]).toEqual([2, expect.stringContaining('no key api_key_none')]);
  const told = await run(report, { config: policy });
  expect(told.out).toMatch(/^2 keys of 2 organizations, the oldest from /);
  expect(told.out).toMatch(/over-privileged +1 +org_a \(1\)\n/);
  expect(told.exit).toBe(1);
  expect(JSON.parse((await run(report, { json: true })).out)).toMatchObject({
    ...{ keys: 2, organizations: 2, flagged: 1, counts: { stale: 1, expired: 0 } },
    oldest: new Date(now - 199 * DAY).toISOString(),
  });
});

test('without a credential, and with a wrong one, it says which setting it is', async () => {
  await expect(run(list, {}, { WORKOS_API_KEY: '' })).rejects.toThrow('WORKOS_API_KEY');
  await expect(run(list, {}, { WORKOS_API_KEY: 'sk_wrong' })).rejects.toMatchObject({
    code: 'issuer.credential-refused',
  });
});
