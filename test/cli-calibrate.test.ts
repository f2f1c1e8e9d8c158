import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Learnt, learn } from '../detectors/workos-customer-key.learn.ts';
import { type CalibrateOptions, calibrate } from '../src/cli/calibrate.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { keyfuse } from './support/daemon.ts';
import { collector, scratch } from './support/scan-run.ts';

const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;

let workos: EmulatedWorkos;
let folder: ReturnType<typeof scratch>;
let format = { prefix: 'sk_', length: 43 };
const start = async (): Promise<void> => {
  workos = await startEmulatedWorkos({ credential: CREDENTIAL, format });
  workos.addOrganization('org_test');
};

beforeEach(async () => {
  folder = scratch('cli-calibrate');
  format = { prefix: 'sk_', length: 43 };
  await start();
});
afterEach(async () => {
  await workos.close();
  folder.remove();
});

const run = async (options: Partial<CalibrateOptions> = {}, stop = new AbortController().signal) => {
  const [out, err] = [collector(), collector()];
  const io = {
    env: { WORKOS_API_KEY: CREDENTIAL, WORKOS_BASE_URL: workos.url, DATA_DIR: folder.at('data') },
    stdin: process.stdin,
    ...{ stdout: out.to, stderr: err.to, stop },
  };
  const exit = await calibrate({ organization: 'org_test', samples: 5, ...options }, io);
  return { exit, out: out.text(), err: err.text() };
};

/** Keys that stand in the emulated organization. */
const left = async (): Promise<readonly { name: string }[]> => {
  const headers = { authorization: `Bearer ${CREDENTIAL}` };
  const answer = await fetch(`${workos.url}/organizations/org_test/api_keys?limit=100`, { headers });
  return ((await answer.json()) as { data: readonly { name: string }[] }).data;
};

test('prefix, length and alphabet are learnt, a setting is proposed, and nothing stays', async () => {
  const { exit, out, err } = await run();
  expect(exit).toBe(0);
  expect(out).toMatch(/prefix +sk_\nlength after it +43, all of them\nalphabet +alphanumeric\n/);
  expect(out).toContain('The settings in force find such keys.');
  expect(out).toContain('prefixes: ["sk_"]\n    minLength: 43\n    maxLength: 43\n    alphabet: alphanumeric\n');
  expect(err.match(/made api_key_/g)).toHaveLength(5);
  expect(await left()).toEqual([]);
  expect(out + err).not.toMatch(/sk_[A-Za-z0-9]{12}/);
  expect(workos.stats().calls.validate).toBe(0);
});

test('keys that the settings in force would not find: exit 1, and what would', async () => {
  await workos.close();
  format = { prefix: 'acme_live_', length: 32 };
  await start();
  const { exit, out } = await run({ json: true });
  expect(exit).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    settings: { prefixes: ['acme_live_'], minLength: 32, maxLength: 32, alphabet: 'alphanumeric' },
    inForce: { finds: false, fault: 'the pattern does not find them' },
  });
});

test('an organization that is not there, or an environment that is not in the settings, is named', async () => {
  await expect(run({ organization: 'org_none' })).rejects.toMatchObject({
    message: expect.stringContaining('there is no organization org_none'),
    misuse: true,
  });
  await expect(run({ environment: 'staging' })).rejects.toThrow('there is no environment staging; there is default');
});

test('interrupted, it removes what it made', async () => {
  const stop = new AbortController();
  workos.inject({ kind: 'slow', ms: 50 }, { route: 'create' });
  setTimeout(() => stop.abort(), 120);
  const { exit, err } = await run({}, stop.signal);
  expect(exit).toBe(1);
  expect(err).toContain('stopped; what was made is removed');
  expect(await left()).toEqual([]);
});

test('what an earlier call had to leave, or had no answer to, is removed; keys of others are not', async () => {
  workos.issueKey({ organization: 'org_test', name: 'keyfuse calibration 0123abcd', permissions: ['read'] });
  workos.issueKey({ organization: 'org_test', name: 'keyfuse calibration of ours' });
  workos.issueKey({ organization: 'org_test', name: 'keyfuse calibration 89abcdef' });
  workos.inject({ kind: 'lostAnswer' }, { route: 'create', times: 1 });
  await expect(run()).rejects.toMatchObject({ code: 'keys.unanswered' });
  expect((await left()).map(({ name }) => name).sort()).toEqual([
    ...['keyfuse calibration 0123abcd', 'keyfuse calibration of ours'],
  ]);
});

test('what cannot be removed is named, with its end', async () => {
  workos.inject({ kind: 'status', status: 503 }, { route: 'delete' });
  await expect(run({ samples: 2 })).rejects.toThrow(
    /could not remove api_key_\w+, api_key_\w+; they end by themselves within 15/,
  );
}, 30_000);

test('why none could be made is not hidden by what could not be removed', async () => {
  workos.inject({ kind: 'status', status: 503 }, { route: 'create' });
  workos.inject({ kind: 'status', status: 503 }, { route: 'list' });
  await expect(run()).rejects.toThrow(/a key could not be made: server-error\. .*; and .*could not remove the keys/);
}, 30_000);

test('what is no id of an organization is wrong usage; an issuer that does not answer can be asked again', async () => {
  const asked = (organization: string, more: Record<string, string> = {}) =>
    keyfuse(['calibrate', '--organization', organization], {
      ...{ WORKOS_API_KEY: CREDENTIAL, WORKOS_BASE_URL: workos.url },
      ...more,
    });
  expect(await asked('../x')).toMatchObject({ exit: 2, output: expect.stringContaining('the id of an organization') });
  workos.inject({ kind: 'status', status: 403, body: { message: 'no' } }, { route: 'create' });
  expect(await asked('org_test')).toMatchObject({ exit: 75 });
  workos.clearFaults();
  expect(await asked('org_test', { WORKOS_API_KEY: 'wrong' })).toMatchObject({ exit: 78 });
}, 30_000);

describe('what is learnt', () => {
  const learnt = (prefix: string, lengths: readonly number[], alphabet?: string): Learnt | { fault: string } =>
    learn(lengths.map((length, nth) => new Secret(prefix + sample(`${prefix} ${nth}`, length, alphabet))));
  test.each([
    { prefix: 'sk_', lengths: [48, 48, 48], letters: '0123456789abcdef', alphabet: 'hex', from: 48, to: 48 },
    { prefix: 'wos_api_key_', lengths: [30, 30, 30, 30], alphabet: 'alphanumeric', from: 30, to: 30 },
    {
      prefix: 'key_',
      lengths: [40, 44, 42],
      letters: 'ABCDEFabcdef01234567-_',
      alphabet: 'base64url',
      from: 29,
      to: 55,
    },
    { prefix: 'acme_', lengths: [40, 40, 40], letters: 'ABCDEFabcdef01234567+/', alphabet: 'base64', from: 40, to: 40 },
  ])('$prefix, lengths $lengths', ({ prefix, lengths, letters, alphabet, from: minLength, to: maxLength }) => {
    const { settings } = learnt(prefix, lengths, letters) as Learnt;
    expect(settings).toMatchObject({ prefixes: [prefix], minLength, maxLength });
    expect(['base64url', 'words'].includes(settings.alphabet) ? 'base64url' : settings.alphabet).toBe(alphabet);
  });

  test('what no setting finds is said', () => {
    expect(learnt('', [40, 40, 40])).toEqual({ fault: 'they have no prefix that ends with _' });
    expect(learnt('sk_', [40, 40, 40], 'abc!$%')).toMatchObject({ fault: expect.stringContaining('no alphabet') });
    expect(learnt('sk_car_', [40, 40, 40])).toMatchObject({ fault: 'they look like keys of another issuer' });
  });
});
