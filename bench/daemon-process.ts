import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { type Daemon, startDaemon } from '../src/app.ts';
import { readConfig } from '../src/config-read.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Fact } from '../src/core/facts.ts';
import type { Outcome } from '../src/core/verdict.ts';
import { type Load, publishLoad } from './load.ts';
import { machineMs } from './numbers.ts';

// The daemon in a process of its own, as `npm start` runs it, with its log on standard output. Messages from the parent:
// {id, do, with}; to the parent: {id, is} or {id, error}. It ends when the parent does.

/** How one message of a key ended; `issuerMs`: spent waiting for the issuer, 0 for a further sighting. */
export interface Ending {
  readonly fingerprint: string;
  readonly outcome: Outcome;
  /** `machineMs`. */
  readonly at: number;
  readonly issuerMs: number;
  /** Sightings that the message stood for. */
  readonly times: number;
  /** What the process had used by then, all threads; looked at once in CPU_EVERY endings, for it costs 0.1 ms. */
  readonly cpuMs: number;
}

const RESOLUTION_MS = 10;
const CPU_EVERY = 500;
const endings: Ending[] = [];
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let daemon: Daemon | undefined;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
let ended = 0;
/** Sightings of `endings`. */
let sighted = 0;
let usedMs = 0;

const watch = (fact: Fact): void => {
  if (fact.type !== 'incident.ended' && fact.type !== 'incident.sighted') return;
  const { fingerprint, outcome, times } = fact;
  ended += 1;
  sighted += times;
  if (ended % CPU_EVERY === 0) usedMs = cpuMs();
  const issuerMs = fact.type === 'incident.ended' ? (fact.seconds?.issuer ?? 0) * 1000 : 0;
  endings.push({ fingerprint, outcome, at: machineMs(), issuerMs, times, cpuMs: usedMs });
};

const until = async (reached: () => boolean | Promise<boolean>, mostMs: number, what: string): Promise<void> => {
  const deadline = machineMs() + mostMs;
  while (!(await reached())) {
    if (machineMs() > deadline) throw new Error(`${what}: not within ${mostMs} ms`);
    await systemClock.sleep(20);
  }
};

type Env = Readonly<Record<string, string>>;

const orders = {
  publish: (env: Env, file: string, load: Load): Promise<number> => publishLoad(readConfig({ env, file }), load),
  async start(env: Env, file: string): Promise<string> {
    daemon = await startDaemon(readConfig({ env, file, role: 'all' }), {
      ...{ role: 'all', version: 'bench', input: Readable.from([]), env: process.env, watch },
    });
    delay.enable();
    return daemon.ingressUrl;
  },
  /** The endings since the last call, once they stand for `count` sightings. */
  async endings(count: number, mostMs: number): Promise<readonly Ending[]> {
    await until(() => sighted >= count, mostMs, `${sighted} of ${count} sightings`);
    sighted = 0;
    return endings.splice(0);
  },
  /** The ledger's states once nothing is in flight. */
  async books(): Promise<Readonly<Record<string, number>>> {
    await until(async () => (await daemon?.books())?.states.in_flight === 0, 30_000, 'nothing in flight');
    const { states = {}, imbalance = Number.NaN } = (await daemon?.books()) ?? {};
    return { ...states, imbalance };
  },
  /** How late the event loop was since the last call, ms; memory in MB. */
  async pulse(): Promise<{ readonly p99: number; readonly most: number; readonly rss: number }> {
    const late = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    const pulse = { p99: late(delay.percentile(99)), most: late(delay.max), rss: process.memoryUsage.rss() / 2 ** 20 };
    delay.reset();
    return pulse;
  },
  async stop(): Promise<void> {
    await daemon?.stop('bench');
    process.disconnect();
  },
};

export type Orders = typeof orders;
export interface Order {
  readonly id: number;
  readonly do: keyof Orders;
  readonly with: readonly unknown[];
}

process.on('message', async (order: Order) => {
  const call = orders[order.do] as (...args: readonly unknown[]) => Promise<unknown>;
  const reply = await call(...order.with).then(
    (is) => ({ id: order.id, is }),
    (error: unknown) => ({ id: order.id, error: String((error as Error).stack ?? error) }),
  );
  if (process.connected) process.send?.(reply);
});
process.once('disconnect', () => process.exit(0));
