import { randomBytes } from 'node:crypto';
import { systemClock } from '../src/core/clock.ts';
import { Secret } from '../src/core/secret.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import type { Ending } from './daemon-process.ts';
import { startMeter } from './meter.ts';
import { machineMs, percentile } from './numbers.ts';
import type { Row } from './report.ts';
import { openStage, type Place, type Stage } from './stage.ts';

export interface LatencySize {
  readonly rounds: number;
  /** Comments per round and per second. */
  readonly leaks: number;
  readonly perSecond: number;
  /** Pushes per round, one after the other. */
  readonly pushes: number;
  readonly warm: number;
}

/** One leak: from the webhook's sending to the proof of death, ms; `ours`: without the waiting for others. */
interface Leak {
  readonly total: number;
  readonly ours: number;
}

interface Play {
  readonly stage: Stage;
  readonly github: EmulatedGithub;
  readonly size: LatencySize;
}

const REPOSITORY = 'octo/shop';
const P99 = { embedded: 100, kafka: 250 } as const;

/** Leak-to-dead over real HTTP, at each of the issuer's speeds. */
export const measureLatency = async (
  place: Place,
  speeds: readonly number[],
  size: LatencySize,
): Promise<readonly Row[]> => {
  await using opened = new AsyncDisposableStack();
  const token = randomBytes(24).toString('hex');
  const webhookSecret = randomBytes(24).toString('hex');
  const github = opened.adopt(await startEmulatedGithub({ token, webhookSecret }), (it) => it.close());
  await github.createRepository(REPOSITORY);
  const meter = opened.adopt(await startMeter(github.url), (it) => it.close());
  const env = { GITHUB_TOKEN: token, GITHUB_API_URL: meter.url, WEBHOOK_SECRET: webhookSecret };
  const stage = opened.use(await openStage(place, { concurrency: 64, issuerMs: 0, env }));
  github.setHookUrl(`${await stage.start()}/api/github/webhooks`);
  const play = { stage, github, size };
  const rows: Row[] = [];
  for (const issuerMs of speeds) {
    await stage.workos.setLatency(issuerMs);
    await comments(play, size.warm);
    rows.push(
      ...(await inRounds(size.rounds, () => comments(play, size.leaks))).map(rowOf('comment', place, issuerMs)),
    );
    if (size.pushes === 0) continue;
    const push = () => pushes(play, meter.take);
    rows.push(...(await inRounds(size.rounds, push)).map(rowOf('push', place, issuerMs)));
  }
  return rows;
};

const figures = ['total p50', 'total p99', 'our share p50', 'our share p99'] as const;

const inRounds = async (rounds: number, play: () => Promise<readonly Leak[]>) => {
  const all: (readonly Leak[])[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await play());
  const of = (pick: (leak: Leak) => number, p: number) => all.map((leaks) => percentile(leaks.map(pick), p));
  const [total, ours] = [({ total }: Leak) => total, ({ ours }: Leak) => ours];
  return [of(total, 0.5), of(total, 0.99), of(ours, 0.5), of(ours, 0.99)];
};

const rowOf =
  (way: 'comment' | 'push', { topic }: Place, issuerMs: number) =>
  (rounds: readonly number[], at: number): Row => {
    const measure = `leak (${way}) to dead, ${figures[at]}`;
    const goal = [undefined, undefined, 20, P99[topic]][at];
    return { measure, topic, issuerMs, unit: 'ms', rounds, ...(goal !== undefined && { goal: { below: goal } }) };
  };

/** The proofs of these keys' deaths, by fingerprint. */
const deaths = async ({ stage }: Play, count: number): Promise<ReadonlyMap<string, Ending>> => {
  const endings = await stage.daemon.ask('endings', count, 60_000);
  const wrong = endings.find(({ outcome }) => outcome !== 'revoked');
  if (wrong) throw new Error(`a leaked key ended as ${wrong.outcome}`);
  return new Map(endings.map((ending) => [ending.fingerprint, ending]));
};

const leakOf = (from: number, death: Ending | undefined, elsewhereMs = 0): Leak => {
  if (!death) throw new Error('a leaked key was not heard of again');
  const total = death.at - from;
  return { total, ours: total - death.issuerMs - elsewhereMs };
};

const issue = async ({ stage }: Play, count: number) =>
  (await stage.workos.issueKeys(count, 'latency')).map(({ value }) => ({
    value,
    fingerprint: stage.fingerprint('workos-customer-key', new Secret(value)),
  }));

/** A fresh live key in each comment, at a steady pace. */
const comments = async (play: Play, count: number): Promise<readonly Leak[]> => {
  const { github, size } = play;
  const keys = await issue(play, count);
  const sent = new Map<string, number>();
  const begun = machineMs();
  const told = keys.map(async ({ value, fingerprint }, n) => {
    await systemClock.sleep(Math.max(0, begun + (n * 1000) / size.perSecond - machineMs()));
    sent.set(fingerprint, machineMs());
    const { delivery } = await github.comment(REPOSITORY, {
      issue: 7,
      body: `It fails with \`Bearer ${value}\` here.`,
    });
    if (delivery?.status !== 200) throw new Error(`webhook: ${delivery?.status} ${delivery?.answer}`);
  });
  await Promise.all(told);
  const dead = await deaths(play, count);
  return [...sent].map(([fingerprint, at]) => leakOf(at, dead.get(fingerprint)));
};

/** A fresh live key in each pushed commit; the daemon fetches the commit. The next is pushed when the last key is dead. */
const pushes = async (play: Play, githubMs: () => number): Promise<readonly Leak[]> => {
  const leaks: Leak[] = [];
  for (const { value, fingerprint } of await issue(play, play.size.pushes)) {
    // A path of its own: a line that takes an old key out would be a sighting of it.
    const files = { [`config/${fingerprint.slice(0, 8)}.env`]: `API_KEY=${value}\n` };
    const commits = [{ message: 'Add settings', files }];
    const { delivery } = await play.github.push(REPOSITORY, { commits });
    const now = machineMs();
    const dead = await deaths(play, 1);
    // Git works before the webhook is sent: the leak begins with the delivery.
    const from = now - (delivery?.durationMs ?? 0);
    leaks.push(leakOf(from, dead.get(fingerprint), githubMs()));
  }
  return leaks;
};
