import type { Clock } from '../core/clock.ts';
import type { Deal, Delivery } from '../core/delivery.ts';
import { createAlarm } from './kafka-alarm.ts';
import { describeError, type Note } from './kafka-client.ts';
import { createMember, type Member, type MemberNeeds, type Place } from './kafka-member.ts';
import { createProgress, type Mark, type Progress } from './kafka-progress.ts';
import { type Due, type KafkaRecord, readDue } from './kafka-record.ts';
import { createLanes } from './lanes.ts';
import type { Subscription } from './topic.ts';

export interface ConsumeNeeds extends Omit<MemberNeeds, 'joined' | 'leaving' | 'take' | 'stuck'> {
  readonly clock: Clock;
  readonly note: Note;
  readonly concurrency: number;
  readonly haltPauseMs: number;
  readonly commitEveryMs: number;
  deal(delivery: Delivery): Promise<Deal>;
  settle(due: Due, deal: Exclude<Deal, { next: 'halt' }>): Promise<void>;
  /** How many records are committed by nobody. */
  waiting(): Promise<number>;
}

/** A subscription that also says when the oldest message it holds of a place was published. */
export interface Consumption extends Subscription {
  oldest(place: Place): number | undefined;
}

/** One message under way: of this place, in this generation of the group. */
interface Claim {
  readonly place: Place;
  readonly progress: Progress;
  readonly due: Due;
  readonly mark: Mark;
}

/** A place that holds this many is not read on before half of them are dealt with. */
const MOST_HELD = 1_000;
const COMMIT_AFTER = 50;
const STUCK_MS = 300_000;
const SETTLE_AGAIN_MS = 1_000;

/** Deals with what the group gives us until it is stopped; our place in the group is kept by the member. */
export const startConsumption = async (needs: ConsumeNeeds): Promise<Consumption> => {
  const { clock, note, concurrency } = needs;
  const lanes = createLanes();
  const claims = new Map<number, Claim>();
  const later = new Set<number>();
  const paused = new Set<Place>();
  const committed = new Map<Place, number>();
  const end = new AbortController();
  let places = new Map<Place, Progress>();
  let member: Member | undefined;
  let lastId = 0;
  let dealing = 0;
  let finished = 0;
  let halted = false;
  let away = true;
  let stopping = false;
  let moved = clock.monotonic();
  let committing: Promise<void> | undefined;
  let idle = (): void => undefined;

  /** The generation check, before each effect: the place is ours and was since the message came. */
  const current = ({ place, progress }: Claim): boolean => places.get(place) === progress && !end.signal.aborted;

  const commitNow = async (): Promise<void> => {
    finished = 0;
    const marks = new Map<Place, number>();
    for (const [place, progress] of places) {
      const low = progress.low();
      if (low !== undefined && low !== committed.get(place)) marks.set(place, low);
    }
    if (marks.size > 0 && (await member?.commit(marks))) for (const [place, low] of marks) committed.set(place, low);
  };
  const commit = async (): Promise<void> => {
    committing ??= commitNow().finally(() => {
      committing = undefined;
    });
    await committing;
  };

  const finish = ({ place, progress, mark }: Claim): void => {
    progress.done(mark);
    finished += 1;
    if (finished >= COMMIT_AFTER) void commit();
    if (progress.size() < MOST_HELD / 2 && paused.delete(place)) member?.resume(place);
  };

  const dealSafely = async (due: Due): Promise<Deal> => {
    try {
      return await needs.deal(due);
    } catch {
      return { next: 'retry', reason: 'the deal threw' };
    }
  };

  const halt = (reason: string): void => {
    if (halted) return;
    halted = true;
    note({ kind: 'kafka.halted', detail: reason });
    void clock.sleep(needs.haltPauseMs, end.signal).then(() => {
      halted = false;
      fill();
    });
  };

  /** Not lost when Kafka is away just now: it is tried until it is durable or the message is no longer ours. */
  const settleFirmly = async (claim: Claim, deal: Exclude<Deal, { next: 'halt' }>): Promise<void> => {
    while (current(claim)) {
      try {
        await needs.settle(claim.due, deal);
        if (current(claim)) finish(claim);
        return;
      } catch (error) {
        note({ kind: 'kafka.settle-again', detail: describeError(error) });
        await clock.sleep(SETTLE_AGAIN_MS, end.signal);
      }
    }
  };

  const run = async (id: number, claim: Claim): Promise<void> => {
    const { due } = claim;
    const deal = await dealSafely(due);
    moved = clock.monotonic();
    if (deal.next === 'halt') {
      halt(deal.reason);
      lanes.putBack({ id, key: due.key });
      return;
    }
    await settleFirmly(claim, deal);
    claims.delete(id);
    lanes.free(due.key);
  };

  const fill = (): void => {
    while (dealing < concurrency && !halted && !away && !stopping) {
      const turn = lanes.take();
      if (!turn) break;
      const claim = claims.get(turn.id);
      if (!claim || !current(claim)) {
        claims.delete(turn.id);
        lanes.free(turn.key);
        continue;
      }
      dealing += 1;
      void run(turn.id, claim).finally(() => {
        dealing -= 1;
        if (dealing === 0) idle();
        fill();
      });
    }
  };

  const release = (): void => {
    const now = clock.now();
    for (const id of later) {
      const due = claims.get(id)?.due;
      if (due && due.notBefore > now) {
        alarm.set(due.notBefore);
        continue;
      }
      later.delete(id);
      if (due) lanes.add({ id, key: due.key });
    }
    fill();
  };
  const alarm = createAlarm(clock, release);

  const hold = (place: Place, progress: Progress, record: KafkaRecord): void => {
    const due = readDue(record);
    lastId += 1;
    claims.set(lastId, { place, progress, due, mark: progress.begin(record.offset, due.publishedAt) });
    if (due.notBefore <= clock.now()) return lanes.add({ id: lastId, key: due.key });
    later.add(lastId);
    alarm.set(due.notBefore);
  };

  member = await createMember({
    ...needs,
    joined(mine) {
      for (const place of mine) member?.resume(place);
      // Where we read the same place before, it must go on where we committed it, or else where we began.
      const from = (place: Place) => committed.get(place) ?? places.get(place)?.start();
      places = new Map(mine.map((place) => [place, createProgress(from(place))]));
      for (const place of committed.keys()) if (!places.has(place)) committed.delete(place);
      claims.clear();
      later.clear();
      paused.clear();
      away = false;
    },
    leaving() {
      away = true;
      void commit();
    },
    take(place, records) {
      const progress = places.get(place);
      const fresh = progress?.admit(records);
      moved = clock.monotonic();
      if (!progress || !fresh) return false;
      for (const record of fresh) hold(place, progress, record);
      if (progress.size() >= MOST_HELD && !paused.has(place)) {
        paused.add(place);
        member?.pause(place);
      }
      fill();
      return true;
    },
    stuck: async () =>
      dealing === 0 && claims.size === 0 && clock.monotonic() - moved > STUCK_MS && (await needs.waiting()) > 0,
  });
  const tick = async (): Promise<void> => {
    while (!end.signal.aborted) {
      await clock.sleep(needs.commitEveryMs, end.signal);
      await commit();
    }
  };
  void tick();
  const keeper = member;
  return {
    status: () => (halted && keeper.status() === 'running' ? 'halted' : keeper.status()),
    oldest: (place) => places.get(place)?.oldest(),
    async stop(drainMs) {
      if (!stopping) {
        stopping = true;
        const drained = new Promise<void>((resolve) => {
          idle = resolve;
        });
        const bell = new AbortController();
        if (dealing > 0) await Promise.race([drained, clock.sleep(drainMs, bell.signal)]);
        bell.abort();
        await commit();
        await commit();
        end.abort();
        alarm.off();
      }
      await keeper.stop();
    },
  };
};
