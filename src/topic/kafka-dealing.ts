import type { Clock } from '../core/clock.ts';
import type { Deal, Delivery } from '../core/delivery.ts';
import type { Alarm } from './kafka-alarm.ts';
import { describeError } from './kafka-client.ts';
import type { Holding, Holdings } from './kafka-holdings.ts';
import type { Member, MemberNeeds } from './kafka-member.ts';
import type { Due } from './kafka-record.ts';
import type { Place } from './kafka-seat.ts';
import type { Lanes } from './lanes.ts';

export interface ConsumeNeeds extends Omit<MemberNeeds, 'joined' | 'leaving' | 'take' | 'stuck'> {
  readonly clock: Clock;
  readonly concurrency: number;
  readonly haltPauseMs: number;
  readonly commitEveryMs: number;
  deal(delivery: Delivery): Promise<Deal>;
  /** Makes it durable, or rejects. */
  settle(due: Due, deal: Exclude<Deal, { next: 'halt' }>): Promise<void>;
  /** How many messages nobody has committed, by place. */
  backlog(): Promise<ReadonlyMap<Place, number>>;
}

/** One consumption: what it stands on, and where it is. */
export interface Dealing {
  readonly needs: ConsumeNeeds;
  readonly holdings: Holdings;
  /** Of the messages held, those that are due. */
  readonly lanes: Lanes;
  /** And those that are not. */
  readonly later: Set<number>;
  readonly alarm: Alarm;
  readonly paused: Set<Place>;
  readonly underway: Set<Promise<void>>;
  /** No new deal is started. */
  readonly stopping: AbortController;
  /** What is still under way counts no more. */
  readonly end: AbortController;
  member?: Member;
  committing?: Promise<void> | undefined;
  /** Done since the last commit. */
  done: number;
  halted: boolean;
  /** Between two generations of the group. */
  away: boolean;
}

/** A place that holds this many is not read on before half of them are dealt with. */
export const MOST_HELD = 1_000;
const COMMIT_AFTER = 50;
const SETTLE_AGAIN_MS = 1_000;

/** Starts as many deals as there are free places. */
export const fill = (it: Dealing): void => {
  while (it.underway.size < it.needs.concurrency && !it.halted && !it.away && !it.stopping.signal.aborted) {
    const turn = it.lanes.take();
    if (!turn) return;
    const holding = it.holdings.get(turn.id);
    if (!holding) {
      it.lanes.free(turn.key);
      continue;
    }
    const deal = dealWith(it, holding).finally(() => {
      it.underway.delete(deal);
      fill(it);
    });
    it.underway.add(deal);
  }
};

const dealWith = async (it: Dealing, holding: Holding): Promise<void> => {
  const { id, due } = holding;
  const deal = await dealOnce(it, due);
  if (deal.next === 'halt') {
    it.lanes.putBack({ id, key: due.key });
    halt(it, deal.reason);
    return;
  }
  await settleFirmly(it, holding, deal);
  it.lanes.free(due.key);
};

const dealOnce = async ({ needs }: Dealing, { id, key, value, attempt, publishedAt }: Due): Promise<Deal> => {
  try {
    return await needs.deal({ id, key, value, attempt, publishedAt });
  } catch {
    return { next: 'retry', reason: 'the deal threw' };
  }
};

/** Kafka may be away just now: it is tried until it is durable, or the message is no longer ours. */
const settleFirmly = async (it: Dealing, holding: Holding, deal: Exclude<Deal, { next: 'halt' }>): Promise<void> => {
  const { clock, note, settle } = it.needs;
  while (it.holdings.current(holding) && !it.end.signal.aborted) {
    try {
      await settle(holding.due, deal);
      finish(it, holding);
      return;
    } catch (error) {
      note({ kind: 'kafka.settle-again', detail: describeError(error) });
      await clock.sleep(SETTLE_AGAIN_MS, it.end.signal);
    }
  }
};

const finish = (it: Dealing, holding: Holding): void => {
  const { place } = holding;
  if (!it.holdings.current(holding)) return;
  it.holdings.done(holding);
  it.done += 1;
  if (it.done >= COMMIT_AFTER) void commit(it);
  if (it.holdings.size(place) < MOST_HELD / 2 && it.paused.delete(place)) it.member?.resume(place);
};

const halt = (it: Dealing, reason: string): void => {
  if (it.halted) return;
  it.halted = true;
  it.needs.note({ kind: 'kafka.halted', detail: reason });
  void it.needs.clock.sleep(it.needs.haltPauseMs, it.stopping.signal).then(() => {
    it.halted = false;
    fill(it);
  });
};

/** One commit at a time. */
export const commit = (it: Dealing): Promise<void> => {
  it.committing ??= commitOnce(it).finally(() => {
    it.committing = undefined;
  });
  return it.committing;
};

const commitOnce = async (it: Dealing): Promise<void> => {
  it.done = 0;
  const marks = it.holdings.marks();
  if (marks.size > 0 && (await it.member?.commit(marks))) it.holdings.committed(marks);
};
