import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Issuer } from '../core/issuer.ts';
import { type Keeper, type KeyFlag, keyFlags } from '../core/keeper.ts';
import type { Store } from '../core/store.ts';
import { type FlagRules, flagsOf } from './flags.ts';
import { followKeys } from './following.ts';
import { type Progress, readKeys } from './reading.ts';
import { createShelf, type Shelved } from './shelf.ts';

export interface InventoryNeeds {
  readonly keeper: Keeper;
  /** Of each environment, one. */
  readonly issuers: readonly Issuer[];
  readonly rules: FlagRules;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
}

/** A key, and what is wrong with it. */
export interface Item extends Shelved {
  readonly flags: readonly KeyFlag[];
}

export interface Schedule {
  /** All keys are read so often (ms), and what happened to them is asked for so often. */
  readonly readEveryMs: number;
  readonly followEveryMs: number;
}

/** What keys the issuer has: read whole now and then, and kept fresh by what happens to them in between. */
export const createInventory = ({ keeper, issuers, rules, store, clock, record }: InventoryNeeds) => {
  const shelf = createShelf(store);
  const withFlags = (key: Shelved): Item => ({ ...key, flags: flagsOf(key, rules, clock.now()) });

  const read = async (issuer: Issuer, stop: AbortSignal, progress?: (so: Progress) => void): Promise<void> => {
    const { environment } = issuer;
    const begun = clock.monotonic();
    const isRead = await readKeys(issuer, { keeper, shelf, clock, stop, ...(progress && { progress }) });
    if (!isRead) return;
    const keys = shelf.count(environment);
    await record({ type: 'keys.read', environment, keys, seconds: (clock.monotonic() - begun) / 1_000 });
  };
  const count = async (): Promise<void> => {
    const counts = new Map<KeyFlag, number>();
    let [keys, oldest] = [0, clock.now()];
    for (const key of shelf.all()) {
      keys += 1;
      oldest = Math.min(oldest, key.createdAt);
      for (const flag of withFlags(key).flags) counts.set(flag, (counts.get(flag) ?? 0) + 1);
    }
    const readAt = Math.min(...issuers.map(({ environment }) => shelf.freshness(environment).readAt ?? 0)) / 1_000;
    await record({ type: 'keys.counted', count: keys, oldestSeconds: (clock.now() - oldest) / 1_000, readAt });
    for (const flag of keyFlags) await record({ type: 'keys.flagged', flag, count: counts.get(flag) ?? 0 });
  };
  /** What could not be read is told, and read in the next round. */
  const quietly = (environment: string, work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => record({ type: 'keys.unread', environment, reason: String(error) }));

  return {
    all: (): readonly Item[] => shelf.all().map(withFlags),
    find: (id: string): readonly Item[] => shelf.find(id).map(withFlags),
    freshness: shelf.freshness,
    /** Reads all keys of all environments now. Errors: `keys.unanswered`, `issuer.credential-refused`. */
    async readAll(stop: AbortSignal, progress?: (so: Progress) => void): Promise<void> {
      for (const issuer of issuers) await read(issuer, stop, progress);
    },
    /** Keeps it fresh until `stop`; never rejects. */
    async run({ readEveryMs, followEveryMs }: Schedule, stop: AbortSignal): Promise<void> {
      while (!stop.aborted) {
        for (const issuer of issuers) {
          const { environment } = issuer;
          const { readAt } = shelf.freshness(environment);
          const isDue = readAt === undefined || clock.now() - readAt >= readEveryMs;
          if (isDue) await quietly(environment, read(issuer, stop));
          await quietly(environment, followKeys(issuer, { keeper, shelf, clock }));
        }
        await count().catch(() => undefined);
        await clock.sleep(followEveryMs, stop);
      }
    },
  };
};

export type Inventory = ReturnType<typeof createInventory>;
