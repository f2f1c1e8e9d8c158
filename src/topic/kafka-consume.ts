import { createAlarm } from './kafka-alarm.ts';
import { type ConsumeNeeds, commit, type Dealing, fill, MOST_HELD } from './kafka-dealing.ts';
import { createHoldings } from './kafka-holdings.ts';
import { createMember, type Member } from './kafka-member.ts';
import { type KafkaRecord, readRecord } from './kafka-record.ts';
import type { Place } from './kafka-seat.ts';
import { createStuckWatch } from './kafka-stuck.ts';
import { createLanes } from './lanes.ts';
import type { Subscription } from './topic.ts';

/** A subscription that also says when the oldest message it holds of a place was published. */
export interface Consumption extends Subscription {
  oldest(place: Place): number | undefined;
}

const STUCK_MS = 300_000;

/** Deals with what the group gives us until it is stopped; one key, one deal at a time. */
export const startConsumption = async (needs: ConsumeNeeds): Promise<Consumption> => {
  const it: Dealing = {
    needs,
    holdings: createHoldings(),
    lanes: createLanes(),
    later: new Set(),
    alarm: createAlarm(needs.clock, () => release(it)),
    paused: new Set(),
    underway: new Set(),
    stopping: new AbortController(),
    end: new AbortController(),
    done: 0,
    halted: false,
    away: true,
  };
  const stands = createStuckWatch(it.holdings, STUCK_MS);
  const member = await createMember({
    ...needs,
    joined: (places) => begin(it, places),
    leaving() {
      it.away = true;
      void commit(it);
    },
    // They are dealt with elsewhere, so that heartbeats go on however long a deal takes.
    take: (place, { topic, partition, messages }) =>
      take(
        it,
        place,
        messages.map((message) => readRecord(topic, partition, message)),
      ),
    stuck: async () => stands(await needs.backlog(), it.paused, needs.clock.monotonic()),
  });
  it.member = member;
  void commitRegularly(it);
  let stopped: Promise<void> | undefined;
  return {
    status: () => (it.halted && member.status() === 'running' ? 'halted' : member.status()),
    oldest: (place) => it.holdings.oldest(place),
    stop(drainMs) {
      stopped ??= stop(it, member, drainMs);
      return stopped;
    },
  };
};

const begin = (it: Dealing, places: readonly Place[]): void => {
  it.holdings.renew(places);
  it.later.clear();
  it.alarm.off();
  for (const place of it.paused) it.member?.resume(place);
  it.paused.clear();
  it.away = false;
};

const take = (it: Dealing, place: Place, records: readonly KafkaRecord[]): boolean => {
  const fresh = it.holdings.admit(place, records);
  if (!fresh) return false;
  const now = it.needs.clock.now();
  for (const { id, due } of fresh) {
    if (due.notBefore <= now) it.lanes.add({ id, key: due.key });
    else {
      it.later.add(id);
      it.alarm.set(due.notBefore);
    }
  }
  if (it.member && it.holdings.size(place) >= MOST_HELD) {
    it.paused.add(place);
    it.member.pause(place);
  }
  fill(it);
  return true;
};

/** Gives a turn to what has come due. */
const release = (it: Dealing): void => {
  const now = it.needs.clock.now();
  for (const id of it.later) {
    const due = it.holdings.get(id)?.due;
    if (due && due.notBefore > now) it.alarm.set(due.notBefore);
    else it.later.delete(id);
    if (due && due.notBefore <= now) it.lanes.add({ id, key: due.key });
  }
  fill(it);
};

const commitRegularly = async (it: Dealing): Promise<void> => {
  while (!it.end.signal.aborted) {
    await it.needs.clock.sleep(it.needs.commitEveryMs, it.end.signal);
    await commit(it);
  }
};

const stop = async (it: Dealing, member: Member, drainMs: number): Promise<void> => {
  it.stopping.abort();
  it.alarm.off();
  const drained = new AbortController();
  const all = Promise.all(it.underway).then(() => drained.abort());
  await Promise.race([all, it.needs.clock.sleep(drainMs, drained.signal)]);
  await it.committing;
  await commit(it);
  it.end.abort();
  await member.stop();
};
