import type { Clock } from '../../core/clock.ts';
import type { SqlRow } from '../../core/store.ts';
import { GithubRefusal } from './refusal.ts';

interface ErrandNeeds {
  readonly clock: Clock;
  /** Rows that are due. */
  due(): readonly SqlRow[];
  /** Does one. Rejects with `GithubRefusal` when GitHub would not. */
  act(row: SqlRow, stop: AbortSignal): Promise<void>;
  /** What becomes of one that GitHub would not do. */
  refused(row: SqlRow, refusal: GithubRefusal): Promise<void>;
}

const LOOK_MS = 500;

/** Does what is to be done on GitHub, one after the other, until `stop` fires. Nothing of it is in a hurry. */
export const runErrands = async ({ clock, due, act, refused }: ErrandNeeds, stop: AbortSignal): Promise<void> => {
  const attempt = async (row: SqlRow): Promise<void> => {
    try {
      await act(row, stop);
    } catch (error) {
      if (!stop.aborted && error instanceof GithubRefusal) await refused(row, error);
    }
  };
  while (!stop.aborted) {
    // A full disk or a blocked journal: what is due stays due.
    for (const row of quietly(due)) if (!stop.aborted) await attempt(row).catch(() => undefined);
    await clock.sleep(LOOK_MS, stop);
  }
};

const quietly = <T>(ask: () => readonly T[]): readonly T[] => {
  try {
    return ask();
  } catch {
    return [];
  }
};

/** When one that was refused for a while is tried again: as GitHub asks, else after a growing time (ms). */
export const againAfter = (attempts: number, { waitMs, status }: GithubRefusal): number =>
  waitMs ?? (status === 401 ? 60_000 : Math.min(2 ** attempts * 2_000, 3_600_000));
