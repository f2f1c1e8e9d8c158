import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import { type KeyFlag, keyFlags } from '../core/keeper.ts';
import type { Shelved } from './rows.ts';
import type { Shelf } from './shelf.ts';

interface Counting {
  readonly shelf: Shelf;
  /** What is wrong with a key. */
  readonly flags: (key: Shelved) => readonly KeyFlag[];
  readonly environments: readonly string[];
  readonly clock: Clock;
  readonly record: RecordFact;
}

/** Says how many keys there are, how many have which flag, how old the oldest is, and what is known of them. */
export const countKeys = async ({ shelf, flags, environments, clock, record }: Counting): Promise<void> => {
  const now = clock.now();
  const counts = new Map<KeyFlag, number>();
  let [keys, oldest] = [0, now];
  const add = (page: readonly Shelved[]): void => {
    keys += page.length;
    oldest = Math.min(oldest, ...page.map(({ createdAt }) => createdAt));
    for (const flag of page.flatMap(flags)) counts.set(flag, (counts.get(flag) ?? 0) + 1);
  };
  for (const environment of environments) {
    for (const page of shelf.pages(environment)) {
      add(page);
      await turn();
    }
  }
  const readAt = Math.min(...environments.map((one) => shelf.freshness(one).readAt ?? 0));
  const age = { oldestSeconds: (now - oldest) / 1_000, readAt: readAt / 1_000 };
  await record({ type: 'keys.counted', count: keys, ...age });
  for (const flag of keyFlags) await record({ type: 'keys.flagged', flag, count: counts.get(flag) ?? 0 });
};
