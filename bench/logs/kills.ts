import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EmulatedWorkos, startEmulatedWorkos } from '../../src/demo/workos.ts';
import { freePort } from '../../test/support/agents.ts';
import { type DaemonProcess, fresh, keyfuse, startDaemonProcess } from '../../test/support/daemon.ts';
import { ownKafkaOrWhy, startKafka } from '../../test/support/kafka.ts';
import { createRandom } from '../truth/random.ts';
import { fileWay, httpWay, kafkaWay, syslogWay, type Way } from './leaks.ts';

/** How many keys leaked in one way, and how many of them still live at the end. */
export interface Leaked {
  readonly way: string;
  readonly replays: boolean;
  readonly keys: number;
  readonly lost: number;
}

export interface Killed {
  readonly leaked: readonly Leaked[];
  readonly imbalance: number;
  /** What `keyfuse audit verify` gave: 0 is whole. */
  readonly verified: number | string;
}

/**
 * A daemon that is killed again and again while keys leak into everything it reads. Then one that is left alone until all is
 * settled.
 */
export const measureKills = async (kills: number, tell: (text: string) => void): Promise<Killed> => {
  await using opened = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-bench-'));
  opened.defer(() => rmSync(dir, { recursive: true, force: true }));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential, latencyMs: 4 });
  opened.defer(() => workos.close());
  let daemon: DaemonProcess | undefined;
  const ways = [fileWay(dir), httpWay(() => daemon?.ingressUrl), syslogWay(await freePort())];
  ways.push(...(await kafkaIfAny(opened, tell)));
  const env = Object.assign(
    { WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, WORKOS_REQUESTS_PER_SECOND: '1000' },
    { DATA_DIR: join(dir, 'data'), BRAKE_DELETIONS: '1000000' },
    ...ways.map((way) => way.env),
  );
  const stop = new AbortController();
  const leaks = createLeaks(workos, ways);
  const leaking = leaks.begin(stop.signal);
  opened.defer(async () => {
    stop.abort();
    await daemon?.stop('SIGKILL');
  });
  const random = createRandom(7);
  for (let kill = 1; kill <= kills; kill += 1) {
    daemon = await startDaemonProcess(env);
    // One in four lives long enough to commit offsets.
    await pause(random.int(kill % 4 === 0 ? 2_500 : 400));
    await daemon.stop('SIGKILL');
    for (const way of ways) await way.buried?.();
    if (kill % 10 === 0) tell(`${kill} kills: ${leaks.counts().map(sayLeaked).join('; ')}`);
  }
  daemon = await startDaemonProcess(env);
  await pause(1_000);
  stop.abort();
  await leaking;
  const imbalance = await settled(daemon, () =>
    leaks.counts().reduce((sum, { replays, lost }) => sum + (replays ? lost : 0), 0),
  );
  await daemon.stop('SIGTERM');
  const { exit: verified } = await keyfuse(['audit', 'verify'], env);
  return { leaked: leaks.counts(), imbalance, verified };
};

const sayLeaked = ({ way, keys, lost }: Leaked): string => `${way} ${keys} keys, ${lost} live`;

/** A Kafka of our own, where it can be had. */
const kafkaIfAny = async (opened: AsyncDisposableStack, tell: (text: string) => void): Promise<readonly Way[]> => {
  const why = await ownKafkaOrWhy();
  if (why) {
    tell(why);
    return [];
  }
  const cluster = await startKafka({ brokers: 1 });
  opened.defer(() => cluster.stop());
  return [opened.use(await kafkaWay(cluster))];
};

const HASTE_MS = 40;
/** Of one way: a daemon that is killed all the time falls behind, and then there is nothing to see but a queue. */
const MOST_LIVING = 1_000;

const createLeaks = (workos: EmulatedWorkos, ways: readonly Way[]) => {
  const all = ways.map((way) => ({ way, keys: 0, living: [] as readonly string[] }));
  const look = (one: (typeof all)[number]): number => {
    one.living = one.living.filter((id) => workos.isLive(id));
    return one.living.length;
  };
  async function* lines(one: (typeof all)[number], stop: AbortSignal) {
    for (; !stop.aborted; await pause(HASTE_MS)) {
      if (look(one) >= MOST_LIVING) continue;
      const name = `${one.way.name} ${one.keys}`;
      const { id, value } = workos.issueKey({ name, seed: name });
      one.keys += 1;
      one.living = [...one.living, id];
      yield `${new Date().toISOString()} INFO api: token=${value}\n`;
    }
  }
  return {
    begin: (stop: AbortSignal) => Promise.all(all.map((one) => one.way.leak(lines(one, stop)))),
    counts: (): readonly Leaked[] =>
      all.map((one) => ({ way: one.way.name, replays: one.way.replays, keys: one.keys, lost: look(one) })),
  };
};

const STILL_MS = 60_000;

/** Waits until none that comes again lives and the books are closed, or nothing moves any more; gives the imbalance. */
const settled = async (daemon: DaemonProcess, living: () => number): Promise<number> => {
  const gauge = async (name: string): Promise<number> => {
    const text = await (await fetch(`${daemon.opsUrl}/metrics`)).text();
    const row = text.split('\n').find((one) => one.startsWith(`${name} `));
    return Number(row?.split(' ')[1] ?? Number.NaN);
  };
  for (let [last, since] = ['', performance.now()]; ; await pause(200)) {
    const [live, inFlight] = [living(), await gauge('keyfuse_ledger{state="in_flight"}')];
    const imbalance = await gauge('keyfuse_ledger_imbalance');
    const now = `${live} ${inFlight} ${imbalance}`;
    if (now !== last) [last, since] = [now, performance.now()];
    if (now === '0 0 0' || performance.now() - since > STILL_MS) return imbalance;
  }
};
