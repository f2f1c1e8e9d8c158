import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Admin } from './kafka-client.ts';
import type { RetryPlan } from './topic.ts';

/** The topics of one prefix. */
export interface TopicNames {
  readonly candidates: string;
  readonly parked: string;
  /** Retry topics, shortest wait first. */
  readonly tiers: readonly { readonly topic: string; readonly waitMs: number }[];
  /** What the group consumes: candidates and retries. */
  readonly consumed: readonly string[];
}

export interface TopicShape {
  readonly partitions: number;
  readonly replicationFactor: number;
}

const units = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

const durationName = (ms: number): string => {
  const unit = units.find(([, length]) => ms % length === 0);
  return unit ? `${ms / unit[1]}${unit[0]}` : `${ms}ms`;
};

/** One retry topic per different wait of the plan: `keyfuse.retries.30s`. */
export const nameTopics = (prefix: string, plan: RetryPlan): TopicNames => {
  const waits = [...new Set(plan.delays)].sort((a, b) => a - b);
  const tiers = waits.map((waitMs) => ({ topic: `${prefix}.retries.${durationName(waitMs)}`, waitMs }));
  const candidates = `${prefix}.candidates`;
  return { candidates, tiers, parked: `${prefix}.parked`, consumed: [candidates, ...tiers.map(({ topic }) => topic)] };
};

/** The tier whose own wait is long enough, so that a short wait is never behind a long one; else the longest. */
export const tierFor = (names: TopicNames, waitMs: number): string =>
  (names.tiers.find((tier) => tier.waitMs >= waitMs) ?? names.tiers.at(-1))?.topic ?? names.candidates;

/** How long a partition may be without a leader. */
const LEADERS_MS = 20_000;
const WEEK_MS = 7 * 24 * 3_600_000;

const settingsOf = (names: TopicNames, topic: string, replicas: number): Record<string, string | number> => ({
  'min.insync.replicas': replicas > 1 ? 2 : 1,
  'unclean.leader.election.enable': 'false',
  ...(topic === names.parked
    ? { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': 3_600_000 }
    : { 'cleanup.policy': 'delete', 'retention.ms': WEEK_MS }),
});

const createMissing = async (
  admin: Admin,
  names: TopicNames,
  { missing, shape }: { missing: readonly string[]; shape: TopicShape },
): Promise<void> => {
  const topics = missing.map((topic) => ({
    topic,
    numPartitions: topic === names.parked ? 1 : shape.partitions,
    replicationFactor: shape.replicationFactor,
    configEntries: Object.entries(settingsOf(names, topic, shape.replicationFactor)).map(([name, value]) => ({
      name,
      value: String(value),
    })),
  }));
  try {
    // kafkajs' own waiting takes a topic that not every broker knows yet for an error: partitionCounts waits instead.
    await admin.createTopics({ topics, waitForLeaders: false });
  } catch (error) {
    throw new Fault('topic.misconfigured', `could not create ${missing.join(', ')}`, error);
  }
};

/** Partitions by topic, once each has a leader that answers for it: a topic just made is not known everywhere at once. */
const partitionCounts = async (admin: Admin, topics: readonly string[], clock: Clock): Promise<Map<string, number>> => {
  const deadline = clock.monotonic() + LEADERS_MS;
  for (;;) {
    try {
      const bounds = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
      return new Map(topics.map((topic, n) => [topic, bounds[n]?.length ?? 0]));
    } catch (error) {
      if (clock.monotonic() > deadline) throw error;
      await clock.sleep(50);
    }
  }
};

/**
 * Finds every topic, or creates what is missing if `shape` is given. Resolves to the number of partitions of each.
 * Fault `topic.misconfigured`: topics are missing, or a retry topic has another number of partitions than the candidates
 * (a key must be on the same partition of each, so that one member owns it).
 */
export const findTopics = async (
  admin: Admin,
  names: TopicNames,
  { clock, shape }: { readonly clock: Clock; readonly shape: TopicShape | undefined },
): Promise<ReadonlyMap<string, number>> => {
  const wanted = [...names.consumed, names.parked];
  const present = new Set(await admin.listTopics());
  const missing = wanted.filter((topic) => !present.has(topic));
  if (missing.length > 0) {
    if (!shape) throw new Fault('topic.misconfigured', `missing, or not ours to see: ${missing.join(', ')}`);
    await createMissing(admin, names, { missing, shape });
  }
  const counts = await partitionCounts(admin, wanted, clock);
  const uneven = names.consumed.filter((topic) => counts.get(topic) !== counts.get(names.candidates));
  if (uneven.length > 0) {
    const has = `${names.candidates} has ${counts.get(names.candidates)} partitions`;
    throw new Fault('topic.misconfigured', `${has}, and so must ${uneven.join(', ')}`);
  }
  return counts;
};
