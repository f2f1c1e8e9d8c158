import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { createApi } from '../../examples/access-check/access-check.ts';
import { startEmulatedWorkos } from '../../src/demo/workos.ts';
import { fresh, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { ROOT_TOKEN, startVault, vaultOrWhy } from '../support/stores.ts';

test('a leaked key dies, and its replacement arrives where it belongs', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-life-'));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential });
  const leaked = workos.issueKey({ organization: 'org_1', name: 'ci', permissions: ['posts:write'] });
  const kept = workos.issueKey({ organization: 'org_2', name: 'not to be replaced' });
  const [log, sink, config] = [join(dir, 'app.log'), join(dir, 'ci.key'), join(dir, 'keyfuse.yaml')];
  const targets = [{ organization: 'org_1', name: 'ci', sink: `file://${sink}`, onLeak: 'delete-and-replace' }];
  writeFileSync(config, stringify({ keys: { rotation: { targets } } }));
  writeFileSync(log, '');
  const daemon = await startDaemonProcess({
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, DATA_DIR: join(dir, 'data') },
    ...{ LOG_FILES: log, LOG_FROM_START: 'true', KEYFUSE_CONFIG: config },
  });
  try {
    appendFileSync(log, `token=${leaked.value}\ntoken=${kept.value}\n`);
    await eventually('both to be dead', () => !workos.isLive(leaked.id) && !workos.isLive(kept.id), 30_000);
    const held = await eventually('the replacement', () => (existsSync(sink) ? readFileSync(sink, 'utf8') : undefined));
    expect(held).not.toBe(leaked.value);
    const headers = { authorization: `Bearer ${credential}` };
    const answer = await fetch(`${workos.url}/organizations/org_1/api_keys`, { headers });
    const { data } = (await answer.json()) as { data: readonly { name: string; permissions: readonly string[] }[] };
    expect(data).toMatchObject([{ name: expect.stringMatching(/^ci \[rot_/), permissions: ['posts:write'] }]);
    const ended = 'keyfuse_rotations_total{cause="leak",result="done"} 1';
    await eventually('the rotation to end', async () =>
      (await (await fetch(`${daemon.opsUrl}/metrics`)).text()).includes(ended),
    );
    // The key that leaked is asked about only until it is dead, and no found key was ever used as a credential.
    expect(workos.refusedCredentials().size).toBe(0);
  } finally {
    await daemon.stop('SIGTERM');
    await workos.close();
    rmSync(dir, { recursive: true });
  }
}, 90_000);

const why = vaultOrWhy();
if (why) process.stderr.write(`${why}\n`);

(why ? test.skip : test)(
  'a leaked key dies, its replacement arrives in Vault, the gateway forgets it, and the customer’s own trail says so',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'keyfuse-life-'));
    const credential = fresh().secret;
    const workos = await startEmulatedWorkos({ credential });
    const vault = await startVault();
    const noticeSecret = fresh().key;
    const gateway = createApi({ issuer: new URL(workos.url), credential, noticeSecret, ttlMs: 3_600_000 });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const api = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const status = async (key: string) =>
      (await fetch(`${api}/posts`, { headers: { authorization: `Bearer ${key}` } })).status;
    const inVault = async (data?: object): Promise<Readonly<Record<string, string>>> => {
      const body = data && JSON.stringify({ data });
      const call = { method: data ? 'POST' : 'GET', headers: { 'x-vault-token': ROOT_TOKEN }, ...(body && { body }) };
      const answer = (await (await fetch(`${vault.url}/v1/secret/data/ci`, call)).json()) as { data: { data: never } };
      return answer.data.data;
    };
    const leaked = workos.issueKey({ organization: 'org_1', name: 'ci', permissions: ['posts:read'] });
    await inVault({ workos_key: leaked.value, other: 'stays' });
    const [log, config, token] = [join(dir, 'app.log'), join(dir, 'keyfuse.yaml'), join(dir, 'token')];
    const probe = { url: `${api}/posts` };
    const sink = 'vault://secret/ci#workos_key';
    const targets = [{ organization: 'org_1', name: 'ci', sink, probe, onLeak: 'delete-and-replace' }];
    writeFileSync(config, stringify({ keys: { rotation: { targets } } }));
    writeFileSync(log, '');
    writeFileSync(token, ROOT_TOKEN);
    const daemon = await startDaemonProcess({
      ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WORKOS_AUDIT_LOG: 'true', KEYFUSE_CONFIG: config },
      ...{ LOG_FILES: log, LOG_FROM_START: 'true', DATA_DIR: join(dir, 'data'), LOG_LEVEL: 'trace' },
      ...{ VAULT_ADDR: vault.url, VAULT_TOKEN_FILE: token },
      ...{ REVOCATION_URLS: `${api}/keyfuse`, REVOCATION_SECRET: noticeSecret },
    });
    try {
      expect(await status(leaked.value)).toBe(200);
      appendFileSync(log, `token=${leaked.value}\n`);
      await eventually('the gateway to refuse it', async () => (await status(leaked.value)) === 401, 30_000);
      const { workos_key: key = '', other } = await eventually('its replacement', async () => {
        const held = await inVault();
        return held['workos_key'] === leaked.value ? undefined : held;
      });
      expect({ works: await status(key), other }).toEqual({ works: 200, other: 'stays' });
      await eventually('the trail', () => workos.auditEvents().length >= 3);
      expect(new Set(workos.auditEvents().map(({ organization, action }) => `${organization} ${action}`))).toEqual(
        new Set(
          ['api_key.leak_detected', 'api_key.leak_revoked', 'api_key.rotated'].map((action) => `org_1 ${action}`),
        ),
      );
      expect(JSON.stringify(workos.auditEvents())).not.toContain(log);
      for (const text of [leaked.value, key, ROOT_TOKEN]) expect(daemon.output()).not.toContain(text);
    } finally {
      await daemon.stop('SIGTERM');
      await vault.stop();
      await workos.close();
      gateway.close();
      gateway.closeAllConnections();
      rmSync(dir, { recursive: true });
    }
  },
  120_000,
);
