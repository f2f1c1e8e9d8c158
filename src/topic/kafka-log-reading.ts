import type { Clock } from '../core/clock.ts';
import type { LogBatch } from '../core/log-topics.ts';
import type { Cluster } from './kafka-admin.ts';
import type { KafkaClient, KafkaConnection, Note } from './kafka-client.ts';
import type { Denied } from './kafka-log-denied.ts';
import { createQuietWatch } from './kafka-log-quiet.ts';
import { type Taking, take } from './kafka-log-take.ts';
import { createMember } from './kafka-member.ts';
import { readCommitted, readOffsets } from './kafka-offsets.ts';
import { type Place, placeOf } from './kafka-seat.ts';

/** What its maker decides; docs/logs.md says what each is for. */
export interface LogTopicsNeeds extends Omit<KafkaConnection, 'requestTimeoutMs' | 'sessionTimeoutMs'> {
  readonly topics: readonly string[];
  readonly group: string;
  /** Whether a topic that the group never read is read from its start, or only what comes from now on. */
  readonly fromStart: boolean;
  readonly clock: Clock;
  readonly note: Note;
  /** Something stands still until somebody mends it: said once for each. */
  raise(detail: string): void;
  readonly requestTimeoutMs?: number;
  readonly sessionTimeoutMs?: number;
  readonly commitEveryMs?: number;
  /** How often it is looked whether topics came or went. */
  readonly lookEveryMs?: number;
}

export interface LogReading extends LogTopicsNeeds {
  readonly sessionTimeoutMs: number;
  readonly commitEveryMs: number;
  readonly lookEveryMs: number;
  readonly client: KafkaClient;
  readonly cluster: Cluster;
  readonly stop: AbortSignal;
  readonly denied: Denied;
  each(batch: LogBatch, over: AbortSignal): Promise<void>;
}

/** Partitions that are taken from at once. */
const WIDTH = 4;
const MOST_REBUILDS = 10;
const STUCK_MS = 300_000;

interface State extends Taking {
  readonly needs: LogReading;
  readonly topics: readonly string[];
  /** Where the group has committed something. */
  readonly begun: Set<Place>;
  /** One of the topics is no longer the one that we read: nothing is committed. */
  isAnew: boolean;
  places: readonly Place[];
  committing?: Promise<void> | undefined;
}

const begin = (needs: LogReading, topics: readonly string[]): State => {
  const it: State = {
    ...{ needs, topics, durable: new Map(), begun: new Set(), isAnew: false, places: [] },
    ...{ denied: needs.denied, quiet: createQuietWatch(STUCK_MS) },
    async check() {
      await compare(it);
      return it.isAnew;
    },
  };
  return it;
};

/** Reads as a member of the group until the end, or `isOver`, or the member is dead. */
export const readLogs = async (
  needs: LogReading,
  topics: readonly string[],
  isOver: () => Promise<boolean>,
): Promise<void> => {
  const it = begin(needs, topics);
  await compare(it);
  const { clock, stop } = needs;
  const member = await createMember({
    ...needs,
    client: { consumer: needs.client.logConsumer },
    topics,
    width: WIDTH,
    mostRebuilds: MOST_REBUILDS,
    joined(places) {
      it.durable.clear();
      it.quiet.renew();
      it.places = places;
      // kafkajs would remember a pause of a place that was away in between.
      for (const place of places) it.member?.resume(place);
    },
    leaving: () => void commit(it),
    take: (place, batch, over) => take(it, { place, batch, over }),
    stuck: () => isStuck(it),
  });
  it.member = member;
  let lookAt = clock.monotonic() + needs.lookEveryMs;
  while (!stop.aborted && member.status() !== 'dead') {
    await clock.sleep(needs.commitEveryMs, stop);
    if (it.durable.size > 0) await compare(it);
    if (it.isAnew) break;
    await commit(it);
    if (clock.monotonic() < lookAt || stop.aborted) continue;
    lookAt = clock.monotonic() + needs.lookEveryMs;
    needs.denied.look();
    if (await isOver()) break;
  }
  if (member.status() === 'dead')
    needs.raise(`log topics: the group ${needs.group} does not take us; it is tried again`);
  await commit(it);
  await member.stop();
};

/**
 * With a topic the brokers forget what groups committed there; of one at work they forget nothing else. So where that is gone
 * the topic was deleted, and what has its name now is read from its start. kafkajs goes on at the old position: it speaks no
 * ids of topics.
 */
const compare = async (it: State): Promise<void> => {
  const { cluster, group, note } = it.needs;
  const committed = await readCommitted(cluster, group, it.topics).catch(() => undefined);
  const gone = committed && [...it.begun].find((place) => !committed.has(place));
  if (gone !== undefined) note({ kind: 'kafka.anew', detail: `${gone} was deleted, and is read from its start` });
  it.isAnew ||= gone !== undefined;
  for (const place of committed?.keys() ?? []) it.begun.add(place);
};

/** One commit at a time. */
const commit = (it: State): Promise<void> => {
  it.committing ??= commitOnce(it).finally(() => {
    it.committing = undefined;
  });
  return it.committing;
};

const commitOnce = async ({ durable, begun, isAnew, member }: State): Promise<void> => {
  const offsets = new Map(durable);
  if (isAnew || offsets.size === 0 || !(await member?.commit(offsets))) return;
  for (const [place, offset] of offsets) {
    begun.add(place);
    if (durable.get(place) === offset) durable.delete(place);
  }
};

/** A consumer of kafkajs can stand still without an error: messages were written to a place of ours, and none came. */
const isStuck = async ({ needs, topics, places, quiet, denied }: State): Promise<boolean> => {
  const read = topics.filter((topic) => !denied.has(topic));
  const bounds = (await Promise.all(read.map((topic) => readOffsets(needs.cluster, topic)))).flat();
  const ends = bounds.map(({ topic, partition, high }): [Place, number] => [placeOf(topic, partition), high]);
  return quiet.stands(new Map(ends.filter(([place]) => places.includes(place))), needs.clock.monotonic());
};
