import type { Clock } from '../core/clock.ts';
import {
  type Batch,
  type Consumer,
  describeError,
  type EachBatchPayload,
  type KafkaClient,
  type Note,
} from './kafka-client.ts';

/** One partition of one topic, as `topic partition`. */
export type Place = string;
export const placeOf = (topic: string, partition: number): Place => `${topic} ${partition}`;
const splitPlace = (place: Place) => {
  const at = place.lastIndexOf(' ');
  return { topic: place.slice(0, at), partition: Number(place.slice(at + 1)) };
};

export interface SeatNeeds {
  readonly client: Pick<KafkaClient, 'consumer'>;
  readonly clock: Clock;
  readonly note: Note;
  readonly group: string;
  /** Places that are taken from at once; 1 if not given. */
  readonly width?: number;
  readonly topics: readonly string[];
  /** A new generation of the group: these places are ours now, and nothing of the last generation counts. */
  joined(places: readonly Place[]): void;
  /** The generation is over: what is dealt with may still be committed now, nothing more may begin. */
  leaving(): void;
  /**
   * Records of one place, in order. False: not taken, the same records come again. As long as a promise is awaited the
   * group hears us, and this place gives nothing more; when `over` fires it is awaited no longer.
   */
  take(place: Place, batch: Batch, over: AbortSignal): boolean | Promise<boolean>;
}

/** A consumer in the group, from its first join to its crash or its close; it is not repaired. */
export interface Seat {
  /** Joins. */
  start(): Promise<void>;
  /** When the group last heard us (monotonic ms). */
  heard(): number;
  /** `offsets`: the next to read, by place. Nothing is sent for a place that is not ours. False when not committed. */
  commit(offsets: ReadonlyMap<Place, number>): Promise<boolean>;
  pause(place: Place): void;
  resume(place: Place): void;
  /** Goes on at `offset`. */
  seek(place: Place, offset: number): void;
  /** Leaves the group; gives up waiting for a silent broker after three seconds. */
  close(): Promise<void>;
}

interface State extends SeatNeeds {
  readonly consumer: Consumer;
  owned: ReadonlySet<Place>;
  heard: number;
  readonly end: AbortController;
  commitVia?: EachBatchPayload['commitOffsetsIfNecessary'];
}

const CLOSE_MS = 3_000;

/** `crashed` is called at most once, and never after `close`. */
export const createSeat = (needs: SeatNeeds, crashed: (error: unknown) => void): Seat => {
  const consumer = needs.client.consumer(needs.group);
  const end = new AbortController();
  const it: State = { ...needs, consumer, owned: new Set(), heard: needs.clock.monotonic(), end };
  listen(it, crashed);
  const toggle = (action: 'pause' | 'resume') => (place: Place) => {
    const { topic, partition } = splitPlace(place);
    if (it.owned.has(place)) consumer[action]([{ topic, partitions: [partition] }]);
  };
  return {
    async start() {
      await consumer.connect();
      // From the beginning: a position that retention overtook must not jump to the end.
      await consumer.subscribe({ topics: [...needs.topics], fromBeginning: true });
      const eachBatch = (payload: EachBatchPayload) => read(it, payload);
      const partitionsConsumedConcurrently = needs.width ?? 1;
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch, partitionsConsumedConcurrently });
    },
    heard: () => it.heard,
    commit: (offsets) => commit(it, offsets),
    pause: toggle('pause'),
    resume: toggle('resume'),
    seek(place, offset) {
      if (it.owned.has(place)) consumer.seek({ ...splitPlace(place), offset: String(offset) });
    },
    async close() {
      it.end.abort();
      it.owned = new Set();
      const left = new AbortController();
      const leaving = consumer.disconnect().catch(() => undefined);
      await Promise.race([leaving, it.clock.sleep(CLOSE_MS, left.signal)]);
      left.abort();
    },
  };
};

const listen = (it: State, crashed: (error: unknown) => void): void => {
  const { consumer, note } = it;
  const { GROUP_JOIN, REBALANCING, HEARTBEAT, CRASH } = consumer.events;
  consumer.on(HEARTBEAT, () => {
    it.heard = it.clock.monotonic();
  });
  consumer.on(GROUP_JOIN, ({ payload }) => {
    if (it.end.signal.aborted) return;
    const assigned = Object.entries(payload.memberAssignment);
    const places = assigned.flatMap(([topic, all]) => all.map((partition) => placeOf(topic, partition)));
    it.heard = it.clock.monotonic();
    it.owned = new Set(places);
    it.joined(places);
    note({ kind: 'kafka.joined', detail: `${places.length} partitions` });
  });
  consumer.on(REBALANCING, () => {
    if (it.end.signal.aborted) return;
    note({ kind: 'kafka.rebalance' });
    it.leaving();
  });
  consumer.on(CRASH, ({ payload }) => {
    if (!it.end.signal.aborted) crashed(payload.error);
  });
};

const read = async (it: State, payload: EachBatchPayload): Promise<void> => {
  const { batch, resolveOffset, commitOffsetsIfNecessary, heartbeat } = payload;
  const place = placeOf(batch.topic, batch.partition);
  const last = batch.messages.at(-1);
  if (!last || !it.owned.has(place)) return;
  it.commitVia = commitOffsetsIfNecessary;
  const over = new AbortController();
  try {
    const answer = it.take(place, batch, over.signal);
    const taken = typeof answer === 'boolean' ? answer : await meanwhile(it, answer, heartbeat);
    if (taken) resolveOffset(last.offset);
  } finally {
    over.abort();
  }
};

const BEAT_MS = 1_000;

/** kafkajs sends heartbeats between batches only: here also while one is taken. Rejects when the group wants us back. */
const meanwhile = async (it: State, answer: Promise<boolean>, heartbeat: () => Promise<void>): Promise<boolean> => {
  let taken: boolean | undefined;
  const settled = new AbortController();
  const settle = (given: boolean): void => {
    taken = given;
    settled.abort();
  };
  void answer.then(settle, () => settle(false));
  const woken = AbortSignal.any([settled.signal, it.end.signal]);
  while (taken === undefined && !it.end.signal.aborted) {
    await it.clock.sleep(BEAT_MS, woken);
    if (!woken.aborted) await heartbeat();
  }
  return taken ?? false;
};

/**
 * Goes through the batch's own callback: `consumer.commitOffsets` would make a refused commit a crash. A generation that
 * is over is found by the next heartbeat, which joins again.
 */
const commit = async (it: State, offsets: ReadonlyMap<Place, number>): Promise<boolean> => {
  const ours = [...offsets].filter(([place]) => it.owned.has(place));
  if (!it.commitVia || ours.length === 0) return false;
  const byTopic = Map.groupBy(
    ours.map(([place, offset]) => ({ ...splitPlace(place), offset: String(offset) })),
    ({ topic }) => topic,
  );
  try {
    await it.commitVia({ topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })) });
    return true;
  } catch (error) {
    it.note({ kind: 'kafka.commit-refused', detail: describeError(error) });
    return false;
  }
};
