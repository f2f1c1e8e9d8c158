import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { sha256 } from '../src/demo/workos-keys.ts';
import { type DaemonProcess, startDaemonProcess } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';

const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;
const [SECRET, TOKEN] = [sample('webhook secret', 32), sample('logs token', 32)];

let dir: string;
let workos: EmulatedWorkos;
let daemon: DaemonProcess;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'keyfuse-keys-daemon-'));
  workos = await startEmulatedWorkos({ credential: CREDENTIAL });
});
afterEach(async () => {
  await daemon.stop('SIGTERM');
  await workos.close();
  rmSync(dir, { recursive: true });
});

const start = async (env: Readonly<Record<string, string>>): Promise<void> => {
  daemon = await startDaemonProcess({
    ...{ WORKOS_API_KEY: CREDENTIAL, WORKOS_BASE_URL: workos.url, WORKOS_WEBHOOK_SECRET: SECRET, LOGS_TOKEN: TOKEN },
    ...{ KEYS_FOLLOW_SECONDS: '1', DATA_DIR: join(dir, 'data'), ...env },
  });
};

const leak = async (...values: readonly string[]): Promise<void> => {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/plain' };
  const body = values.map((value) => `API_KEY=${value}\n`).join('');
  const sent = await fetch(`${daemon.ingressUrl}/logs`, { method: 'POST', headers, body });
  expect(sent.ok).toBe(true);
};
const metric = async (name: string): Promise<string | undefined> =>
  new RegExp(`^${name} (\\S+)$`, 'm').exec(await (await fetch(`${daemon.opsUrl}/metrics`)).text())?.[1];

test('strict, in the whole daemon: nothing but our keys is sent, and ours die, however late they are told', async () => {
  await start({ KEYS_PREFILTER: 'strict' });
  await eventually('all keys are read', async () => (await metric('keyfuse_prefilter_stale')) === '0');
  const foreign = `sk_${sample('of another vendor', 43)}`;
  const down = workos.inject({ kind: 'status', status: 503 }, { route: 'events' });
  const untold = workos.issueKey({ organization: 'org_1', name: 'its event is late' });
  await leak(foreign);
  await leak(untold.value);
  await eventually('both wait', async () => (await metric('keyfuse_retrying_messages')) === '2');
  workos.addWebhook({ url: `${daemon.ingressUrl}/api/workos/webhooks`, secret: SECRET });
  const told = workos.issueKey({ organization: 'org_1', name: 'told by a webhook' });
  await eventually('a webhook', async () => (await metric('keyfuse_keys_webhooks_total{outcome="accepted"}')) === '1');
  await leak(told.value);
  await eventually('the one that is known dies', () => !workos.isLive(told.id));
  expect(workos.isLive(untold.id)).toBe(true);
  down.clear();
  await eventually('the other as well', () => !workos.isLive(untold.id));
  expect(workos.sentValues()).toEqual(new Set([told.value, untold.value].map(sha256)));
  expect(daemon.output()).not.toContain(foreign.slice(3, 20));
});

test('last: a flood of strangers’ keys does not delay ours', async () => {
  const { id, value } = workos.issueKey({ organization: 'org_1', name: 'behind the flood' });
  await start({ KEYS_PREFILTER: 'last', WORKOS_REQUESTS_PER_SECOND: '10' });
  await eventually('all keys are read', async () => (await metric('keyfuse_keys')) === '1');
  const flood = Array.from({ length: 2_000 }, (_, nth) => `sk_${sample(`flood ${nth}`, 43)}`);
  await leak(...flood);
  await leak(value);
  await eventually('ours dies', () => !workos.isLive(id));
  // In the order they came it would have been the last of 2,001.
  expect(workos.stats().calls.validate).toBeLessThan(1_000);
});
