import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { type AccessSettings, createApi } from '../../examples/access-check/access-check.ts';
import { startEmulatedWorkos } from '../../src/demo/workos.ts';
import { type DaemonProcess, fresh, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const CHILD = fileURLToPath(new URL('../../node_modules/.cache/keyfuse/crash-child.js', import.meta.url));
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** WorkOS, an API that asks it and remembers its answers longer than any test takes, and the settings of a daemon that tells the API. */
const scene = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-access-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential });
  closers.push(() => workos.close());
  const noticeSecret = fresh().key;
  const openApi = (more: Partial<AccessSettings> = {}) =>
    listening(createApi({ issuer: new URL(workos.url), credential, noticeSecret, ttlMs: 3_600_000, ...more }));
  const api = await openApi();
  const log = join(dir, 'app.log');
  await writeFile(log, '');
  const env = {
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WORKOS_AUDIT_LOG: 'true', KEYS_READ_HOURS: '0' },
    ...{ LOG_FILES: log, LOG_FROM_START: 'true', DATA_DIR: join(dir, 'data'), LOG_LEVEL: 'trace' },
    ...{ REVOCATION_URLS: `${api}/keyfuse`, REVOCATION_SECRET: noticeSecret, PROBE_URL: `${api}/posts` },
  };
  const start = async (more: Record<string, string> = {}) => {
    const daemon = await startDaemonProcess({ ...env, ...more }, { script: CHILD });
    closers.push(() => daemon.stop('SIGKILL'));
    return daemon;
  };
  const issue = () => workos.issueKey({ name: 'ci', permissions: ['posts:read'], seed: dir });
  const leak = (value: string) => appendFile(log, `token=${value}\n`);
  return { workos, api, openApi, env, start, issue, leak };
};

const status = async (api: string, key: string, path = '/posts') =>
  (await fetch(`${api}${path}`, { headers: { authorization: `Bearer ${key}` } })).status;

const number = async (daemon: DaemonProcess, series: string) =>
  Number((await (await fetch(`${daemon.opsUrl}/metrics`)).text()).split(`\n${series} `)[1]?.split('\n')[0]);

/** Every channel has told it, and the API has said no. */
const told = (daemon: DaemonProcess) =>
  eventually('all to be told', async () => {
    const [webhook, trail] = await Promise.all(
      ['revocation-webhook', 'audit-log'].map((channel) =>
        number(daemon, `keyfuse_notifications_total{channel="${channel}",result="sent"}`),
      ),
    );
    return webhook === 1 && trail === 2 && (await number(daemon, 'keyfuse_api_probes_total{result="refused"}')) === 1;
  });

const TRAIL = ['api_key.leak_detected', 'api_key.leak_revoked'];

test('a key is good, leaks, dies, and the API that remembers it refuses it at once; one that was not told does not', async () => {
  const { workos, api, openApi, start, issue, leak } = await scene();
  const daemon = await start();
  const { id, value } = issue();
  const deaf = await openApi();
  expect([await status(api, value), await status(deaf, value), await status(api, 'nonsense')]).toEqual([200, 200, 401]);
  await leak(value);
  await eventually('the key to die', () => !workos.isLive(id));
  await eventually('the API to refuse it', async () => (await status(api, value)) === 401);
  expect(await status(deaf, value)).toBe(200);
  await told(daemon);
  expect(
    workos
      .auditEvents()
      .map(({ action }) => action)
      .sort(),
  ).toEqual(TRAIL);
  expect(await number(daemon, 'keyfuse_refused_by_api_seconds_count')).toBe(1);
  expect(daemon.output()).not.toContain(value);
  expect(workos.refusedCredentials().size).toBe(0);
});

test('notices that nobody signed, that are too long or no JSON change nothing', async () => {
  const { api, issue } = await scene();
  const { id, value } = issue();
  expect(await status(api, value)).toBe(200);
  const post = async (body: string) => (await fetch(`${api}/keyfuse`, { method: 'POST', body })).status;
  const forged = JSON.stringify({ type: 'api_key.revoked', data: { keyId: id } });
  expect([await post(forged), await post('x'.repeat(100_000)), await post('{')]).toEqual([401, 413, 401]);
  expect([await status(api, value), await status(api, value, '/else')]).toEqual([200, 404]);
});

test.each(['revocation.proved', 'incident.ended', 'notice.sent', 'key.refused-by-api'])(
  'killed before it says %s, a daemon tells all of it after its next start',
  async (fact) => {
    const { workos, api, start, issue, leak } = await scene();
    const { value } = issue();
    expect(await status(api, value)).toBe(200);
    const first = await start({ KILL_BEFORE: fact });
    await leak(value);
    expect(await first.ended).toBe('SIGKILL');
    await start();
    await eventually('the API to refuse it', async () => (await status(api, value)) === 401);
    await eventually('both lines of the trail', () => workos.auditEvents().length === TRAIL.length);
    expect(new Set(workos.auditEvents().map(({ action }) => action))).toEqual(new Set(TRAIL));
  },
  60_000,
);

test('killed while the gateway has the notice, it sends the same again, and the trail has each line once', async () => {
  const { workos, api, start, issue, leak } = await scene();
  const { value } = issue();
  expect(await status(api, value)).toBe(200);
  const heard: { id: unknown; body: string }[] = [];
  let daemon: DaemonProcess | undefined;
  /** Ends the daemon at the first notice, before it answers; passes on the others. */
  const pass = async (request: IncomingMessage): Promise<number> => {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const body = Buffer.concat(pieces);
    heard.push({ id: request.headers['webhook-id'], body: body.toString() });
    if (heard.length === 1) await daemon?.stop('SIGKILL');
    const headers = Object.entries(request.headers).filter(([name]) => name.startsWith('webhook-'));
    return (await fetch(`${api}/keyfuse`, { method: 'POST', headers: headers as [string, string][], body })).status;
  };
  const gateway = await listening(
    createServer((request, response) => void pass(request).then((code) => response.writeHead(code).end())),
  );
  const more = { REVOCATION_URLS: gateway };
  daemon = await start(more);
  await leak(value);
  expect(await daemon.ended).toBe('SIGKILL');
  await start(more);
  await eventually('the notice to come again', () => heard.length === 2);
  expect(heard[1]).toEqual(heard[0]);
  await eventually('both lines of the trail', () => workos.auditEvents().length >= TRAIL.length);
  await eventually('the API to refuse it', async () => (await status(api, value)) === 401);
  expect(workos.auditEvents().map(({ action }) => action)).toHaveLength(TRAIL.length);
}, 60_000);
