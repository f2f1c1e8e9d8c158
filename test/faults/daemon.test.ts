import { mkdir, mkdtemp, readdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type EmulatedWorkos, startEmulatedWorkos } from '../../src/demo/workos.ts';
import { fresh, keyfuse, startDaemonProcess } from '../support/daemon.ts';
import { canMount, smallDisk } from '../support/disk.ts';
import { eventually } from '../support/eventually.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const scene = async (given: { dataDir?: string } = {}) => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-daemon-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential });
  closers.push(() => workos.close());
  const env = {
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, LOGS_TOKEN: 'let-me-in' },
    ...{ DATA_DIR: given.dataDir ?? join(dir, 'data') },
  };
  const start = async (more: Record<string, string> = {}) => {
    const daemon = await startDaemonProcess({ ...env, ...more });
    closers.push(() => daemon.stop('SIGKILL'));
    const metric = async (series: string) => {
      const text = await (await fetch(`${daemon.opsUrl}/metrics`)).text();
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      );
    };
    const post = async (body: string) => {
      const headers = { authorization: 'Bearer let-me-in', 'content-type': 'text/plain' };
      return (await fetch(`${daemon.ingressUrl}/logs`, { method: 'POST', headers, body })).status;
    };
    return { ...daemon, metric, post };
  };
  return { workos, env, start, dir };
};

const issue = (workos: EmulatedWorkos, n: number, seed: string) =>
  Array.from({ length: n }, (_, at) => workos.issueKey({ name: `k${at}`, seed: `${seed} ${at}` }));

describe('the daemon under faults', () => {
  const onDisk = canMount || process.env['CI'] ? test : test.skip;

  onDisk(
    'a full disk: senders hear 503, nothing is torn, and all goes on when there is space',
    async () => {
      const disk = smallDisk(40 * 1024);
      closers.push(() => disk.remove());
      const dataDir = join(disk.path, 'data');
      await mkdir(dataDir, { mode: 0o700 });
      const { workos, env, start } = await scene({ dataDir });
      const daemon = await start();
      const [before, during] = [issue(workos, 1, `${dataDir} before`), issue(workos, 1, `${dataDir} during`)];
      expect(await daemon.post(before.map(({ value }) => `${value}\n`).join(''))).toBeLessThan(300);
      await eventually('the first to die', () => before.every(({ id }) => !workos.isLive(id)));
      const filler = join(disk.path, 'filler');
      for (let size = 40; size > 0; size -= 1) {
        const full = await writeFile(filler, Buffer.alloc(size << 20)).then(
          () => false,
          () => true,
        );
        if (!full) break;
      }
      for (let size = 1 << 20; size >= 512; size >>= 1)
        await writeFile(`${filler}-${size}`, Buffer.alloc(size)).catch(() => undefined);
      // Fill what the reserve gave back, too: until a sender is refused.
      const refused = await eventually('a sender to be refused', async () => {
        const [decoy] = issue(workos, 1, `${dataDir} ${Math.random()}`);
        const status = await daemon.post(`${decoy?.value}\n`);
        await writeFile(`${filler}-${Math.random()}`, Buffer.alloc(256 << 10)).catch(() => undefined);
        return status === 503;
      });
      expect(refused).toBe(true);
      expect((await fetch(`${daemon.opsUrl}/healthz`)).status).toBe(200);
      for (const name of await readdir(disk.path)) if (name.startsWith('filler')) await unlink(join(disk.path, name));
      await eventually(
        'senders to be served again',
        async () => (await daemon.post(`${during[0]?.value}\n`)) < 300,
        60_000,
      );
      await eventually('the key to die', () => during.every(({ id }) => !workos.isLive(id)), 90_000);
      await eventually(
        'the books to close',
        async () => (await daemon.metric('keyfuse_ledger{state="in_flight"}')) === 0,
        90_000,
      );
      await eventually('them to balance', async () => (await daemon.metric('keyfuse_ledger_imbalance')) === 0);
      expect(await daemon.stop('SIGTERM')).toBe(0);
      expect(await keyfuse(['audit', 'verify'], env)).toMatchObject({ exit: 0 });
    },
    240_000,
  );

  onDisk(
    'a journal whose disk is full: nothing is deleted, all is kept, it stops when told, and goes on later',
    async () => {
      const disk = smallDisk(256);
      closers.push(() => disk.remove());
      const { workos, env, start, dir } = await scene();
      await mkdir(join(dir, 'data'), { mode: 0o700 });
      await symlink(disk.path, join(dir, 'data', 'audit'));
      const fill = async () => {
        for (let size = 64 << 10; size >= 1; size >>= 1)
          for (let n = 0; n < 8; n += 1)
            await writeFile(join(disk.path, `filler-${size}-${n}`), Buffer.alloc(size)).catch(() => undefined);
      };
      const first = await start();
      await fill();
      const keys = issue(workos, 12, `${dir} blocked`);
      // The last page of the journal takes some more: leak until it is full.
      for (const { value } of keys) expect(await first.post(`${value}\n`)).toBeLessThan(300);
      await eventually('the journal to be blocked', async () => (await first.metric('keyfuse_audit_blocked')) === 1);
      await eventually('it to halt', async () => (await first.metric('keyfuse_halted')) === 1);
      expect(keys.some(({ id }) => workos.isLive(id))).toBe(true);
      expect(await first.post('calm\n')).toBeLessThan(300);
      expect(await first.stop('SIGTERM')).toBe(0);

      const second = await start();
      expect((await fetch(`${second.opsUrl}/healthz`)).status).toBe(200);
      for (const name of await readdir(disk.path)) if (name.startsWith('filler')) await unlink(join(disk.path, name));
      await eventually('all to die', () => keys.every(({ id }) => !workos.isLive(id)), 90_000);
      await eventually(
        'the books to balance',
        async () => (await second.metric('keyfuse_ledger_imbalance')) === 0,
        60_000,
      );
      expect(await second.stop('SIGTERM')).toBe(0);
      expect(await keyfuse(['audit', 'verify'], env)).toMatchObject({ exit: 0 });
    },
    240_000,
  );

  test('SIGTERM with an issuer that hangs: out within 30 s, nothing lost', async () => {
    const { workos, start, dir } = await scene();
    const first = await start();
    workos.inject({ kind: 'hang' });
    const keys = issue(workos, 20, dir);
    expect(await first.post(keys.map(({ value }) => `${value}\n`).join(''))).toBeLessThan(300);
    await eventually('the issuer to be asked', () => workos.stats().calls.validate > 0);
    const began = performance.now();
    expect(await first.stop('SIGTERM')).toBe(0);
    expect(performance.now() - began).toBeLessThan(30_000);
    workos.clearFaults();
    const second = await start();
    await eventually('all to die', () => keys.every(({ id }) => !workos.isLive(id)), 60_000);
    await eventually(
      'the books to close',
      async () => (await second.metric('keyfuse_ledger{state="in_flight"}')) === 0,
    );
    await eventually('them to balance', async () => (await second.metric('keyfuse_ledger_imbalance')) === 0);
  }, 150_000);

  test('our own credential is refused: it halts, says so, keeps all, and goes on when the credential is right', async () => {
    const { workos, env, start, dir } = await scene();
    const wrong = await start({ WORKOS_API_KEY: 'not-the-credential' });
    const refused = 'keyfuse_credential_refused{issuer="workos",environment="default"}';
    await eventually('it to be told before anything leaks', async () => (await wrong.metric(refused)) === 1);
    expect(await wrong.metric('keyfuse_halted')).toBe(0);
    const keys = issue(workos, 3, dir);
    expect(await wrong.post(keys.map(({ value }) => `${value}\n`).join(''))).toBeLessThan(300);
    await eventually('it to halt', async () => (await wrong.metric('keyfuse_halted')) === 1);
    const ready = await fetch(`${wrong.opsUrl}/readyz`);
    expect({ status: ready.status, body: await ready.json() }).toMatchObject({
      status: 200, // senders are served: what they send is kept
      body: { degraded: [expect.stringContaining('issuer.credential-refused: workos, environment default')] },
    });
    expect((await fetch(`${wrong.opsUrl}/healthz`)).status).toBe(200);
    expect(keys.every(({ id }) => workos.isLive(id))).toBe(true);
    expect(await wrong.stop('SIGTERM')).toBe(0);
    await start(env);
    await eventually('all to die', () => keys.every(({ id }) => !workos.isLive(id)), 60_000);
  }, 120_000);

  test('lies and noise of the issuer: every key dies in the end, none is called dead before', async () => {
    const { workos, start, dir } = await scene();
    const daemon = await start();
    for (const fault of [
      { kind: 'html200' },
      { kind: 'truncated' },
      { kind: 'missingField' },
      { kind: 'wrongShape' },
      { kind: 'redirect' },
      { kind: 'huge' },
    ] as const)
      workos.inject(fault, { route: 'validate', times: 1 });
    workos.inject({ kind: 'lying204' }, { route: 'delete', times: 1 });
    workos.inject({ kind: 'lostAnswer' }, { route: 'delete', times: 1 });
    const keys = issue(workos, 8, dir);
    expect(await daemon.post(keys.map(({ value }) => `${value}\n`).join(''))).toBeLessThan(300);
    await eventually('all to die', () => keys.every(({ id }) => !workos.isLive(id)), 90_000);
    await eventually(
      'the books to close',
      async () => (await daemon.metric('keyfuse_ledger{state="in_flight"}')) === 0,
      60_000,
    );
    expect(await daemon.metric('keyfuse_ledger{state="dead"}')).toBe(0);
    expect(await daemon.metric('keyfuse_ledger{state="revoked"}')).toBe(8);
    expect(
      await daemon.metric('keyfuse_post_delete_check_total{issuer="workos",result="live"}'),
    ).toBeGreaterThanOrEqual(1);
  }, 180_000);
});
