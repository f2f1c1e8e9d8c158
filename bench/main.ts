import { mkdirSync, writeFileSync } from 'node:fs';
import { kafkaOrWhy, openKafka } from '../test/support/kafka.ts';
import { type BurstSize, measureBurst } from './burst.ts';
import { helpIfAsked } from './help.ts';
import { type JudgeSize, measureJudge } from './judge.ts';
import { type LatencySize, measureLatency } from './latency.ts';
import { type Kind, type Options, readOptions, type TopicName, USAGE } from './options.ts';
import { measurePublish, type PublishSize } from './publish.ts';
import { describeMachine, isMet, type Row, tableOf } from './report.ts';
import type { Place } from './stage.ts';

const METHOD = `Each round: the daemon, and an emulated WorkOS that answers after 0 or 150 ms, in processes of their own; this process
sends. Kafka: one real broker (Java, C1 compiler only) on the same machine. Real HTTP, real files: values sealed, fsync on. The log
goes to a file at level info. Limits on calls and deletions are set out of the way. What is cold is not counted; numbers are medians
of rounds. Leak to dead: from the webhook's sending until a second validation has proved the key dead; our share: without the time
waiting for the issuer and for GitHub. Every count is checked against the issuer's own books, and the ledger must balance.`;

interface Sizes {
  readonly speeds: readonly number[];
  readonly latency: LatencySize;
  readonly judge: JudgeSize;
  /** With a slow issuer: more at once, fewer of them. */
  readonly slowJudge: JudgeSize;
  readonly publish: PublishSize;
  readonly burst: BurstSize;
}

const FULL: Sizes = {
  speeds: [0, 150],
  latency: { rounds: 3, leaks: 120, perSecond: 25, pushes: 10, warm: 50 },
  judge: { rounds: 3, candidates: 16_000, warm: 4_000, concurrency: 64 },
  slowJudge: { rounds: 3, candidates: 12_000, warm: 4_000, concurrency: 512 },
  publish: { rounds: 3, candidates: 40_000 },
  burst: { keys: 100, sightings: 100_000 },
};
const QUICK: Sizes = {
  speeds: [0],
  latency: { rounds: 1, leaks: 50, perSecond: 25, pushes: 5, warm: 25 },
  judge: { rounds: 1, candidates: 4_000, warm: 2_000, concurrency: 64 },
  slowJudge: { rounds: 1, candidates: 4_000, warm: 2_000, concurrency: 512 },
  publish: { rounds: 1, candidates: 10_000 },
  burst: { keys: 100, sightings: 5_000 },
};

const measure = async (kind: Kind, place: Place, sizes: Sizes): Promise<readonly Row[]> => {
  const { speeds } = sizes;
  if (kind === 'latency') return measureLatency(place, speeds, sizes.latency);
  if (kind === 'publish') return measurePublish(place, sizes.publish);
  if (kind === 'burst') return measureBurst(place, 0, sizes.burst);
  const rows: Row[] = [];
  for (const ms of speeds) rows.push(...(await measureJudge(place, ms, ms === 0 ? sizes.judge : sizes.slowJudge)));
  return rows;
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

/** What was measured on one topic; a line and nothing when it cannot be had here. */
const onTopic = async (topic: TopicName, { kinds, quick, profile }: Options): Promise<readonly Row[]> => {
  const why = topic === 'kafka' ? await kafkaOrWhy() : undefined;
  if (why) {
    progress(why.replace('tested', 'measured'));
    return [];
  }
  const kafka = topic === 'kafka' ? await openKafka() : undefined;
  try {
    const place = { topic, brokers: kafka?.bootstrap ?? [], profile };
    const rows: Row[] = [];
    for (const kind of kinds) {
      progress(`… ${kind}, ${topic}`);
      rows.push(...(await measure(kind, place, quick ? QUICK : FULL)));
    }
    return rows;
  } finally {
    await kafka?.stop();
  }
};

const main = async (options: Options): Promise<void> => {
  const began = performance.now();
  const machine = describeMachine();
  if (options.profile) mkdirSync(options.profile, { recursive: true });
  const rows: Row[] = [];
  for (const topic of options.topics) rows.push(...(await onTopic(topic, options)));
  const seconds = Math.round((performance.now() - began) / 1000);
  const missed = rows.filter((row) => isMet(row) === false).length;
  const { cpus, model, memoryGb, node, system, date, load } = machine;
  say(`\nKeyfuse bench, ${date}${options.quick ? ' (--quick: too short to quote)' : ''}\n`);
  say(`${METHOD}\n`);
  const busy = `${load > 0.5 ? 'NOT QUIET: ' : ''}load ${load} before the start`;
  say(`Machine: ${cpus} × ${model}, ${memoryGb} GB, ${system}, Node ${node}; ${busy}. Took ${seconds} s.\n`);
  say(tableOf(rows));
  say(missed === 0 ? '\nEvery goal is met.' : `\n${missed} goals are missed.`);
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ machine, method: METHOD, seconds, rows }, null, 2)}\n`);
};

helpIfAsked(
  USAGE,
  `${METHOD}

--quick        small numbers, one round: shows that all works
--json FILE    the results as JSON too
--profile DIR  CPU profiles of the daemon`,
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  progress(`${(error as Error).stack ?? error}\n${USAGE}`);
  process.exitCode = 1;
}
