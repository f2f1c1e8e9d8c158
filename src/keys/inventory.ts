import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Keeper, KeyFlag } from '../core/keeper.ts';
import type { Store } from '../core/store.ts';
import { createCalm } from './calm.ts';
import { countKeys } from './counting.ts';
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

/** Keys get older without anything happening. */
const COUNT_EVERY_MS = 3_600_000;

/** What keys the issuer has: read whole now and then, and kept fresh by what happens to them in between. */
export const createInventory = ({ keeper, issuers, rules, store, clock, record }: InventoryNeeds) => {
  const shelf = createShelf(store);
  const withFlags = (key: Shelved): Item => ({ ...key, flags: flagsOf(key, rules, clock.now()) });
  const environments = issuers.map(({ environment }) => environment);
  const count = () => countKeys({ shelf, rules, environments, clock, record });

  const read = async (issuer: Issuer, stop: AbortSignal, progress?: (so: Progress) => void): Promise<boolean> => {
    const { environment } = issuer;
    const begun = clock.monotonic();
    const isRead = await readKeys(issuer, { keeper, shelf, clock, stop, ...(progress && { progress }) });
    const keys = shelf.count(environment);
    if (isRead) await record({ type: 'keys.read', environment, keys, seconds: (clock.monotonic() - begun) / 1_000 });
    return isRead;
  };

  return {
    all: (): readonly Item[] => shelf.all().map(withFlags),
    /** Those that are older (ms since 1970), the oldest first. */
    madeBefore: shelf.madeBefore,
    find: (id: string): readonly Item[] => shelf.find(id).map(withFlags),
    freshness: shelf.freshness,
    /** Reads all keys of all environments now. Errors: `keys.unanswered`, `issuer.credential-refused`. */
    async readAll(stop: AbortSignal, progress?: (so: Progress) => void): Promise<void> {
      for (const issuer of issuers) await read(issuer, stop, progress);
    },
    /** Keeps it fresh until `stop`; never rejects. */
    async run({ readEveryMs, followEveryMs }: Schedule, stop: AbortSignal): Promise<void> {
      const rounds = issuers.map((issuer) => {
        const { environment } = issuer;
        const calmly = createCalm(clock, (name, error) =>
          record({ type: 'keys.unread', environment, reason: `${name}: ${error}` }),
        );
        return async (): Promise<boolean> => {
          const { readAt } = shelf.freshness(environment);
          const isDue = readAt === undefined || clock.now() - readAt >= readEveryMs;
          const isRead = isDue && (await calmly('read', () => read(issuer, stop)));
          return (await calmly('follow', () => followKeys(issuer, { keeper, shelf, clock }))) || isRead;
        };
      });
      for (let countAt = clock.monotonic(); !stop.aborted; await clock.sleep(followEveryMs, stop)) {
        let isNew = false;
        for (const round of rounds) isNew = (await round()) || isNew;
        if (!isNew && clock.monotonic() < countAt) continue;
        countAt = clock.monotonic() + COUNT_EVERY_MS;
        await count().catch(() => undefined);
      }
    },
  };
};

export type Inventory = ReturnType<typeof createInventory>;
