import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Keeper } from '../core/keeper.ts';
import { createCalm } from './calm.ts';
import { followKeys } from './following.ts';
import type { Shelf } from './shelf.ts';

export interface KeepingNeeds {
  readonly keeper: Keeper;
  readonly issuers: readonly Issuer[];
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Reads all keys of an environment. */
  read(issuer: Issuer, stop: AbortSignal): Promise<boolean>;
  /** Hears that something may have been read, or followed. */
  refresh(): Promise<void>;
  /** Says how many keys there are. */
  count(): Promise<void>;
}

export interface Schedule {
  /** All keys are read so often (ms), and what happened to them is asked for so often. */
  readonly readEveryMs: number;
  readonly followEveryMs: number;
}

/** Keys get older without anything happening. */
const COUNT_EVERY_MS = 3_600_000;

/** Reads all keys now and then, and follows what happens to them, until `stop`; never rejects. */
export const keepKeys = async (needs: KeepingNeeds, schedule: Schedule, stop: AbortSignal): Promise<void> => {
  const { issuers, clock, refresh, count } = needs;
  const rounds = issuers.map((issuer) => createRound(issuer, needs, { ...schedule, stop }));
  for (let countAt = clock.monotonic(); !stop.aborted; await clock.sleep(schedule.followEveryMs, stop)) {
    let [isNew, isReading] = [false, false];
    for (const round of rounds) {
      const so = await round.turn();
      isNew ||= so.isNew;
      isReading ||= so.isReading;
    }
    await refresh().catch(() => undefined);
    if (isNew) countAt = 0;
    // While all are read, every answer changes the numbers.
    if (isReading || clock.monotonic() < countAt) continue;
    countAt = clock.monotonic() + COUNT_EVERY_MS;
    await count().catch(() => undefined);
  }
  await Promise.all(rounds.map((round) => round.ended()));
};

interface Round {
  /** Follows, and begins to read when it is time. */
  turn(): Promise<{ readonly isNew: boolean; readonly isReading: boolean }>;
  /** Resolves when nothing is read any more. */
  ended(): Promise<void>;
}

const createRound = (issuer: Issuer, needs: KeepingNeeds, how: Schedule & { readonly stop: AbortSignal }): Round => {
  const { shelf, clock, record, read } = needs;
  const { environment } = issuer;
  const calmly = createCalm(clock, (name, error) =>
    record({ type: 'keys.unread', environment, reason: `${name}: ${error}` }),
  );
  let reading: Promise<void> | undefined;
  let wasRead = false;
  const readAll = async (): Promise<void> => {
    await calmly('read', () =>
      read(issuer, how.stop).finally(() => {
        wasRead = true;
      }),
    );
    reading = undefined;
  };
  return {
    async turn() {
      const { readAt } = shelf.freshness(environment);
      // A reading may take an hour: what happens meanwhile is followed all the same.
      if (readAt === undefined || clock.now() - readAt >= how.readEveryMs) reading ??= readAll();
      const isNew = (await calmly('follow', () => followKeys(issuer, needs))) || wasRead;
      wasRead = false;
      return { isNew, isReading: reading !== undefined };
    },
    ended: async () => reading,
  };
};
