import { createHmac } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { startEmulatedWorkos } from '../src/demo/workos.ts';
import { fresh, keyfuse, runScript } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { freePort, ROOT_TOKEN, startVault, vaultOrWhy } from './support/stores.ts';

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'dist/src/main.js');
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const folder = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-secrets-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

/** Puts an entry into a Vault. */
const putter = (url: string) => async (data: Readonly<Record<string, string>>) => {
  const headers = { 'x-vault-token': ROOT_TOKEN };
  const { status } = await fetch(`${url}/v1/secret/data/keyfuse`, {
    ...{ method: 'POST', headers, body: JSON.stringify({ data }) },
  });
  expect(status).toBe(200);
};

const why = vaultOrWhy();
if (why) process.stderr.write(`${why}\n`);
const onVault = why ? test.skip : test;

onVault(
  'a daemon waits for its store, follows what is rotated there, and goes on without it',
  async () => {
    const [before, after] = [fresh().secret, fresh().secret]; // our credential at WorkOS
    const [oldHook, newHook] = [fresh().secret, fresh().secret];
    const workos = await startEmulatedWorkos({ credential: after });
    closers.push(() => workos.close());
    const dir = await folder();
    await writeFile(join(dir, 'token'), ROOT_TOKEN);
    const [vaultPort, port, opsPort] = [await freePort(), await freePort(), await freePort()];
    const [at, ops] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${opsPort}`];
    const { child, output, ended } = runScript(MAIN, ['run'], {
      ...{ VAULT_ADDR: `http://127.0.0.1:${vaultPort}`, VAULT_TOKEN_FILE: join(dir, 'token') },
      ...{ WORKOS_API_KEY: 'vault://secret/keyfuse#api_key', WORKOS_BASE_URL: workos.url },
      ...{ WEBHOOK_SECRET: 'vault://secret/keyfuse#webhook', LOGS_TOKEN: 'let-me-in', DATA_DIR: join(dir, 'data') },
      ...{ PORT: String(port), OPS_PORT: String(opsPort) },
    });
    closers.push(() => child.kill('SIGKILL'));
    const readyz = async () => {
      const answer = await fetch(`${ops}/readyz`).catch(() => undefined);
      return answer && { status: answer.status, ...((await answer.json()) as { problems: readonly string[] }) };
    };
    const metrics = async () => (await fetch(`${ops}/metrics`)).text();

    // Sealed: alive, not ready, and no door for senders.
    const sealed = await eventually('a word of being sealed', readyz);
    expect(sealed).toMatchObject({
      status: 503,
      problems: [
        'sealed: workos.apiKey (WORKOS_API_KEY): Vault does not answer (ECONNREFUSED)',
        'sealed: github.webhookSecret (WEBHOOK_SECRET): Vault does not answer (ECONNREFUSED)',
      ],
    });
    expect((await fetch(`${ops}/healthz`)).status).toBe(200);
    expect(await metrics()).toMatch(/^keyfuse_secrets_sealed 2$/m);
    await expect(fetch(at)).rejects.toThrow();
    child.kill('SIGHUP'); // it must not end of that

    const vault = await startVault(vaultPort);
    closers.push(() => vault.stop());
    const put = putter(vault.url);
    await put({ api_key: before, webhook: oldHook });
    await eventually('its doors to open', () => output().includes('senders http'), 60_000);
    expect(await readyz()).toMatchObject({ status: 200, problems: [] });

    // WorkOS refuses the old credential: the new one is asked for, and nothing halts.
    await put({ api_key: after, webhook: oldHook });
    const leaked = workos.issueKey({ name: 'leaked', seed: 'secrets daemon' });
    const headers = { authorization: 'Bearer let-me-in', 'content-type': 'text/plain' };
    expect((await fetch(`${at}/logs`, { method: 'POST', headers, body: `key=${leaked.value}` })).status).toBe(200);
    await eventually('the key to die', () => !workos.isLive(leaked.id));
    expect(await metrics()).toMatch(/^keyfuse_halted 0$/m);

    const renewals = () => output().split('a secret was replaced in its store').length - 1;
    const hook = async (secret: string) => {
      const body = JSON.stringify({ zen: 'x' });
      const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
      const delivery = fresh().secret;
      const sent = { 'x-hub-signature-256': signature, 'x-github-event': 'ping', 'x-github-delivery': delivery };
      const call = { method: 'POST', body, headers: { ...sent, 'content-type': 'application/json' } };
      return (await fetch(`${at}/api/github/webhooks`, call)).status;
    };
    const known = renewals();
    await put({ api_key: after, webhook: newHook });
    expect([await hook(oldHook), await hook(newHook)]).toEqual([200, 401]);
    child.kill('SIGHUP');
    await eventually('the new webhook secret', () => renewals() > known);
    expect([await hook(oldHook), await hook(newHook), await hook(before)]).toEqual([200, 200, 401]);

    await vault.stop();
    child.kill('SIGHUP');
    await eventually('a word of it', async () => /^keyfuse_secrets_stale 2$/m.test(await metrics()));
    expect(output()).toContain('a secret could not be read again');
    expect(await hook(newHook)).toBe(200);

    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    for (const secret of [before, after, oldHook, newHook, leaked.value, ROOT_TOKEN])
      expect(output()).not.toContain(secret);
  },
  120_000,
);

onVault(
  'config check asks the store, and lists all that is wrong; so does a daemon, and ends',
  async () => {
    const vault = await startVault();
    closers.push(() => vault.stop());
    const dir = await folder();
    const value = fresh().secret;
    await putter(vault.url)({ api_key: value, hook: `${value}\u0000` });
    const env = {
      VAULT_ADDR: vault.url,
      VAULT_TOKEN: ROOT_TOKEN,
      DATA_DIR: join(dir, 'data'),
      PORT: '0',
      OPS_PORT: '0',
    };
    const right = { ...env, WORKOS_API_KEY: 'vault://secret/keyfuse#api_key', WEBHOOK_SECRET: fresh().secret };
    const wrong = {
      ...{ ...right, WORKOS_API_KEY: 'vault://secret/nothing#here', WEBHOOK_SECRET: 'vault://secret/keyfuse#hook' },
      ...{ LOGS_TOKEN: 'vault://secret/keyfuse', NOTIFY_WEBHOOK_SECRET: 'vault://secret/keyfuse?what=1#x', PORT: 'x' },
    };
    expect((await keyfuse(['config', 'check'], right)).exit).toBe(0);
    for (const args of [['config', 'check'], ['run']]) {
      const { exit, output } = await keyfuse(args, wrong);
      expect(exit).toBe(78);
      for (const line of [
        'workos.apiKey (WORKOS_API_KEY): Vault has nothing there, or deleted it',
        'github.webhookSecret (WEBHOOK_SECRET): the secret holds a line break or a control character',
        'logs.token (LOGS_TOKEN): vault:// needs a field: vault://mount/path#field',
        'notify.secret (NOTIFY_WEBHOOK_SECRET): has an option that vault:// does not know; it knows version, mount',
        'http.port (PORT): ',
      ])
        expect(output).toContain(`\n  - ${line}`);
      expect(output).not.toContain(value);
    }
    const refused = await keyfuse(['config', 'check'], { ...right, VAULT_TOKEN: 'another' });
    expect(refused).toMatchObject({ exit: 78, output: expect.stringContaining('Vault refuses us (403)') });
  },
  60_000,
);

test('a store that is away is told by commands that run once, with the rest', async () => {
  const env = { VAULT_ADDR: `http://127.0.0.1:${await freePort()}`, VAULT_TOKEN: 'x', WEBHOOK_SECRET: fresh().secret };
  const { exit, output } = await keyfuse(['config', 'check'], { ...env, WORKOS_API_KEY: 'vault://secret/app#key' });
  expect([exit, output]).toEqual([
    78,
    'keyfuse: config.invalid: \n  - workos.apiKey (WORKOS_API_KEY): Vault does not answer (ECONNREFUSED)\n',
  ]);
});

test('a client that is not installed is named, and those who need none do without', async () => {
  const dir = await folder();
  await cp(join(ROOT, 'dist/src'), join(dir, 'dist'), { recursive: true });
  await mkdir(join(dir, 'node_modules'));
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (!/^@(aws-sdk|azure)$/.test(name))
      await symlink(join(ROOT, 'node_modules', name), join(dir, 'node_modules', name));
  const check = async (reference: string) => {
    const env = { WORKOS_API_KEY: reference, WEBHOOK_SECRET: fresh().secret };
    const { output, ended } = runScript(join(dir, 'dist/main.js'), ['config', 'check'], env);
    return `${await ended} ${output()}`;
  };
  expect(await check(fresh().secret)).toMatch(/^0 ok: /);
  const needs = 'workos.apiKey (WORKOS_API_KEY): needs a package that is not installed: npm install';
  expect(await check('awssm://app')).toContain(`${needs} @aws-sdk/client-secrets-manager\n`);
  expect(await check('azkv://vault/app')).toContain(`${needs} @azure/keyvault-secrets @azure/identity\n`);
});

test.each([
  ['VAULT_ADDR', {}, 'workos.apiKey (WORKOS_API_KEY): needs the setting secrets.vault.address (VAULT_ADDR)'],
  [
    'a role id',
    { VAULT_ADDR: 'https://vault.example', VAULT_AUTH: 'approle' },
    'workos.apiKey (WORKOS_API_KEY): needs the setting secrets.vault.roleId (VAULT_ROLE_ID)',
  ],
  [
    'a token that is here',
    { VAULT_ADDR: 'https://vault.example', VAULT_TOKEN: 'vault://secret/app#token' },
    'secrets.vault.token (VAULT_TOKEN): must be env:// or file://: it opens the stores',
  ],
  [
    'an address that is safe',
    { VAULT_ADDR: 'http://vault.example', VAULT_TOKEN: 'x' },
    'secrets.vault.address (VAULT_ADDR): must be https, or http on loopback',
  ],
])('Vault needs %s', async (_, env: Record<string, string>, told) => {
  const given = { WORKOS_API_KEY: 'vault://secret/app#key', WEBHOOK_SECRET: fresh().secret };
  const { exit, output } = await keyfuse(['config', 'check'], { ...given, ...env });
  expect(exit).toBe(78);
  expect(output).toContain(`\n  - ${told}\n`);
});
