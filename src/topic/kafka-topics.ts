import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Admin } from './kafka-client.ts';
import type { RetryPlan } from './topic.ts';

/** The topics of one prefix. */
export interface TopicNames {
  readonly candidates: string;
  readonly parked: string;
  /** What others are told of. */
  readonly incidents: string;
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
  const consumed = [candidates, ...tiers.map(({ topic }) => topic)];
  return { candidates, tiers, parked: `${prefix}.parked`, incidents: `${prefix}.incidents`, consumed };
};

/** The tier whose own wait is long enough, so that a short wait is never behind a long one; else the longest. */
export const tierFor = (names: TopicNames, waitMs: number): string =>
  (names.tiers.find((tier) => tier.waitMs >= waitMs) ?? names.tiers.at(-1))?.topic ?? names.candidates;

/** How long a partition may be without a leader. */
const LEADERS_MS = 20_000;
const WEEK_MS = 7 * 24 * 3_600_000;

/** The last word on each key stays; small, and read whole. */
const isCompacted = ({ parked, incidents }: TopicNames, topic: string): boolean =>
  topic === parked || topic === incidents;

const settingsOf = (names: TopicNames, topic: string, replicas: number): Record<string, string | number> => ({
  'min.insync.replicas': replicas > 1 ? 2 : 1,
  'unclean.leader.election.enable': 'false',
  ...(isCompacted(names, topic)
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
    numPartitions: isCompacted(names, topic) ? 1 : shape.partitions,
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

interface Ground {
  readonly clock: Clock;
  /** Of topics that are missing; absent: none may be made. */
  readonly shape: TopicShape | undefined;
}

/**
 * Finds these topics, or creates what is missing. Resolves to the number of partitions of each. Fault
 * `topic.misconfigured`: topics are missing.
 */
export const ensureTopics = async (
  admin: Admin,
  wanted: readonly string[],
  { names, clock, shape }: Ground & { readonly names: TopicNames },
): Promise<ReadonlyMap<string, number>> => {
  const present = new Set(await admin.listTopics());
  const missing = wanted.filter((topic) => !present.has(topic));
  if (missing.length > 0) {
    if (!shape) throw new Fault('topic.misconfigured', `missing, or not ours to see: ${missing.join(', ')}`);
    await createMissing(admin, names, { missing, shape });
  }
  return partitionCounts(admin, wanted, clock);
};

/**
 * The topics that we live on. Fault `topic.misconfigured` also when a retry topic has another number of partitions than the
 * candidates: a key must be on the same partition of each, so that one member owns it.
 */
export const findTopics = async (
  admin: Admin,
  names: TopicNames,
  ground: Ground,
): Promise<ReadonlyMap<string, number>> => {
  const counts = await ensureTopics(admin, [...names.consumed, names.parked], { ...ground, names });
  const uneven = names.consumed.filter((topic) => counts.get(topic) !== counts.get(names.candidates));
  if (uneven.length > 0) {
    const has = `${names.candidates} has ${counts.get(names.candidates)} partitions`;
    throw new Fault('topic.misconfigured', `${has}, and so must ${uneven.join(', ')}`);
  }
  return counts;
};
