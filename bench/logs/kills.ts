import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EmulatedWorkos, startEmulatedWorkos } from '../../src/demo/workos.ts';
import { type DaemonProcess, fresh, keyfuse, startDaemonProcess } from '../../test/support/daemon.ts';
import { createRandom } from '../truth/random.ts';

export interface Killed {
  readonly kills: number;
  readonly keys: number;
  /** Keys that still live at the end. */
  readonly lost: number;
  readonly imbalance: number;
  /** What `keyfuse audit verify` gave: 0 is whole. */
  readonly verified: number | string;
}

const HASTE = 20;

/**
 * A daemon that is killed again and again while keys leak into a followed file, which is rotated now and then, and by
 * `POST /logs` from a sender that repeats what was not acknowledged. Then one that is left alone until all is settled.
 */
export const measureKills = async (kills: number, tell: (text: string) => void): Promise<Killed> => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-bench-'));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential, latencyMs: 4 });
  const path = join(dir, 'app.log');
  writeFileSync(path, '');
  const env = {
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WORKOS_REQUESTS_PER_SECOND: '1000' },
    ...{
      LOG_FILES: join(dir, '*.log'),
      DATA_DIR: join(dir, 'data'),
      BRAKE_DELETIONS: '1000000',
      LOG_FROM_START: 'true',
    },
  };
  const leaks = createLeaks(workos, path);
  let daemon: DaemonProcess | undefined;
  const stop = new AbortController();
  const senders = [leaks.write(stop.signal), leaks.post(() => daemon?.ingressUrl, stop.signal)];
  try {
    const random = createRandom(7);
    for (let kill = 0; kill < kills; kill += 1) {
      daemon = await startDaemonProcess(env);
      await pause(random.int(400));
      await daemon.stop('SIGKILL');
      if (kill % 10 === 9) tell(`${kill + 1} kills, ${leaks.keys.length} keys`);
    }
    daemon = await startDaemonProcess(env);
    await pause(1_000);
    stop.abort();
    await Promise.all(senders);
    const { lost, imbalance } = await settled(daemon, () => leaks.keys.filter((id) => workos.isLive(id)).length);
    await daemon.stop('SIGTERM');
    const { exit: verified } = await keyfuse(['audit', 'verify'], env);
    return { kills, keys: leaks.keys.length, lost, imbalance, verified };
  } finally {
    stop.abort();
    await daemon?.stop('SIGKILL');
    await workos.close();
    rmSync(dir, { recursive: true, force: true });
  }
};

const createLeaks = (workos: EmulatedWorkos, path: string) => {
  const keys: string[] = [];
  const line = (): string => {
    const { id, value } = workos.issueKey({ name: `k${keys.length}`, seed: `${path} ${keys.length}` });
    keys.push(id);
    return `${new Date().toISOString()} INFO api: token=${value}\n`;
  };
  return {
    keys,
    /** Appends a key every few milliseconds; now and then the file is renamed and a new one begins. */
    async write(stop: AbortSignal): Promise<void> {
      for (let n = 1; !stop.aborted; n += 1) {
        appendFileSync(path, line());
        if (n % 500 === 0) renameSync(path, `${path.slice(0, -'.log'.length)}-${n}.log`);
        await pause(HASTE);
      }
    },
    /** Posts a key at a time, until it is acknowledged. */
    async post(url: () => string | undefined, stop: AbortSignal): Promise<void> {
      let body = line();
      while (!stop.aborted) {
        await pause(HASTE);
        if (await isAcknowledged(`${url()}/logs`, body)) body = line();
      }
      while (!(await isAcknowledged(`${url()}/logs`, body))) await pause(HASTE);
    },
  };
};

const isAcknowledged = (url: string, body: string): Promise<boolean> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body }).then(
    ({ ok }) => ok,
    () => false,
  );

const MOST_MS = 120_000;

/** Waits until no key lives and the books are closed, or for two minutes. */
const settled = async (daemon: DaemonProcess, living: () => number) => {
  const gauge = async (name: string): Promise<number> => {
    const text = await (await fetch(`${daemon.opsUrl}/metrics`)).text();
    const row = text.split('\n').find((one) => one.startsWith(`${name} `));
    return Number(row?.split(' ')[1] ?? Number.NaN);
  };
  const began = performance.now();
  for (;;) {
    const [inFlight, imbalance] = [
      await gauge('keyfuse_ledger{state="in_flight"}'),
      await gauge('keyfuse_ledger_imbalance'),
    ];
    const lost = living();
    if (performance.now() - began > MOST_MS || (lost === 0 && inFlight === 0 && imbalance === 0))
      return { lost, imbalance };
    await pause(200);
  }
};
