import type { Clock } from '../core/clock.ts';
import {
  type Consumer,
  describeError,
  type EachBatchPayload,
  isPassing,
  type KafkaClient,
  type Note,
} from './kafka-client.ts';
import { type KafkaRecord, readRecord } from './kafka-record.ts';

/** One partition of one topic, as `topic partition`. */
export type Place = string;
export const placeOf = (topic: string, partition: number): Place => `${topic} ${partition}`;
const splitPlace = (place: Place) => {
  const at = place.lastIndexOf(' ');
  return { topic: place.slice(0, at), partition: Number(place.slice(at + 1)) };
};

export interface MemberNeeds {
  readonly client: KafkaClient;
  readonly clock: Clock;
  readonly note: Note;
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  /** More rebuilds after errors that do not pass than this within ten minutes: dead. */
  readonly mostRebuilds: number;
  /** A new generation of the group: these places are ours now, and nothing of the last generation counts. */
  joined(places: readonly Place[]): void;
  /** The generation is over: what is dealt with may still be committed now, nothing more may begin. */
  leaving(): void;
  /** Records of one place, in order. False: not taken, the same records come again. */
  take(place: Place, records: readonly KafkaRecord[]): boolean;
  /** Whether records wait that should have come long ago. */
  stuck(): Promise<boolean>;
}

/** Our place in the consumer group, rebuilt whenever it breaks. */
export interface Member {
  status(): 'joining' | 'running' | 'rebuilding' | 'stopped' | 'dead';
  /** `offsets`: the next to read, by place. Nothing is sent for a place that is not ours. False when not committed. */
  commit(offsets: ReadonlyMap<Place, number>): Promise<boolean>;
  pause(place: Place): void;
  resume(place: Place): void;
  stop(): Promise<void>;
}

const TEN_MINUTES_MS = 600_000;
const CLOSE_MS = 10_000;

/** Joins; resolves after the first try, whether it worked or not: from then on it repairs itself. */
export const createMember = async (needs: MemberNeeds): Promise<Member> => {
  const { client, clock, note } = needs;
  const end = new AbortController();
  let state: ReturnType<Member['status']> = 'joining';
  let consumer: Consumer | undefined;
  let commitVia: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  let owned: ReadonlySet<Place> = new Set();
  let heard = clock.monotonic();
  let rebuilds: { readonly at: number; readonly passing: boolean }[] = [];
  let rebuilding: Promise<void> | undefined;

  const eachBatch = async (mine: Consumer, payload: EachBatchPayload): Promise<void> => {
    const { batch } = payload;
    const place = placeOf(batch.topic, batch.partition);
    if (mine !== consumer || !owned.has(place)) return;
    commitVia = payload.commitOffsetsIfNecessary;
    const records = batch.messages.map((message) => readRecord(batch.topic, batch.partition, message));
    const last = batch.messages.at(-1);
    if (last && needs.take(place, records)) payload.resolveOffset(last.offset);
  };

  const listen = (mine: Consumer): void => {
    const { GROUP_JOIN, REBALANCING, HEARTBEAT, CRASH } = mine.events;
    const ours =
      <E>(listener: (event: E) => void) =>
      (event: E) =>
        mine === consumer ? listener(event) : undefined;
    mine.on(
      HEARTBEAT,
      ours(() => (heard = clock.monotonic())),
    );
    mine.on(
      GROUP_JOIN,
      ours(({ payload }) => {
        heard = clock.monotonic();
        const assignment = Object.entries(payload.memberAssignment);
        owned = new Set(assignment.flatMap(([topic, all]) => all.map((partition) => placeOf(topic, partition))));
        needs.joined([...owned]);
        state = 'running';
        note({ kind: 'kafka.joined', detail: `${owned.size} partitions` });
      }),
    );
    mine.on(
      REBALANCING,
      ours(() => {
        note({ kind: 'kafka.rebalance' });
        needs.leaving();
      }),
    );
    mine.on(
      CRASH,
      ours(({ payload }) => rebuild('kafka.crash', payload.error)),
    );
  };

  const build = async (): Promise<void> => {
    const mine = client.consumer(needs.group);
    consumer = mine;
    heard = clock.monotonic();
    listen(mine);
    await mine.connect();
    // From the beginning: a position that retention overtook must not jump to the end.
    await mine.subscribe({ topics: [...needs.topics], fromBeginning: true });
    await mine.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => eachBatch(mine, payload),
    });
  };

  const dismiss = async (old: Consumer | undefined): Promise<void> => {
    const given = new AbortController();
    const closing = old?.disconnect().catch(() => undefined);
    await Promise.race([closing, clock.sleep(CLOSE_MS, given.signal)]);
    given.abort();
  };

  /** Dead when errors that do not pass come too often. */
  const count = (error: unknown): boolean => {
    const now = clock.monotonic();
    rebuilds = [...rebuilds.filter(({ at }) => now - at < TEN_MINUTES_MS), { at: now, passing: isPassing(error) }];
    return rebuilds.filter(({ passing }) => !passing).length <= needs.mostRebuilds;
  };

  const rebuildNow = async (first: unknown): Promise<void> => {
    let error = first;
    let broken = true;
    for (let backOffMs = 200; broken && !end.signal.aborted; backOffMs = Math.min(2 * backOffMs, 5_000)) {
      const old = consumer;
      consumer = undefined;
      commitVia = undefined;
      owned = new Set();
      needs.leaving();
      await dismiss(old);
      if (!count(error)) {
        state = 'dead';
        note({ kind: 'kafka.dead', detail: `${needs.mostRebuilds} rebuilds in ten minutes did not help` });
        return;
      }
      state = 'rebuilding';
      await clock.sleep(backOffMs, end.signal);
      if (end.signal.aborted) return;
      note({ kind: 'kafka.rebuild', detail: `number ${rebuilds.length} in ten minutes` });
      broken = await build().then(
        () => false,
        (failure: unknown) => {
          error = failure;
          return true;
        },
      );
    }
  };
  const rebuild = (kind: string, error: unknown): void => {
    note({ kind, detail: describeError(error) });
    rebuilding ??= rebuildNow(error).finally(() => {
      rebuilding = undefined;
    });
  };

  const watch = async (): Promise<void> => {
    while (!end.signal.aborted) {
      await clock.sleep(needs.sessionTimeoutMs / 2, end.signal);
      if (end.signal.aborted || state !== 'running' || rebuilding) continue;
      const silentMs = clock.monotonic() - heard;
      if (silentMs > 2 * needs.sessionTimeoutMs) rebuild('kafka.silent', new Error(`no heartbeat for ${silentMs} ms`));
      else if (await needs.stuck()) rebuild('kafka.stuck', new Error('records wait and none comes'));
    }
  };

  await build().catch((error: unknown) => rebuild('kafka.crash', error));
  void watch();

  const toggle = (action: 'pause' | 'resume') => (place: Place) => {
    const { topic, partition } = splitPlace(place);
    if (owned.has(place)) consumer?.[action]([{ topic, partitions: [partition] }]);
  };

  return {
    status: () => state,
    pause: toggle('pause'),
    resume: toggle('resume'),
    async commit(offsets) {
      const ours = [...offsets].filter(([place]) => owned.has(place));
      if (!commitVia || ours.length === 0) return false;
      const byTopic = Map.groupBy(
        ours.map(([place, offset]) => ({ ...splitPlace(place), offset: String(offset) })),
        ({ topic }) => topic,
      );
      try {
        await commitVia({ topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })) });
        return true;
      } catch (error) {
        // A generation that is over is found by the next heartbeat, which joins again.
        note({ kind: 'kafka.commit-refused', detail: describeError(error) });
        return false;
      }
    },
    async stop() {
      if (end.signal.aborted) return;
      end.abort();
      await rebuilding;
      await dismiss(consumer);
      consumer = undefined;
      owned = new Set();
      if (state !== 'dead') state = 'stopped';
    },
  };
};
