import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Answer } from '../core/ingress.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Asked, Keeper, KeyFlag } from '../core/keeper.ts';
import type { Store } from '../core/store.ts';
import { countKeys } from './counting.ts';
import { type FlagRules, flagsOf } from './flags.ts';
import { followKeys } from './following.ts';
import { keepKeys, type Schedule } from './keeping.ts';
import { createPrefilter } from './prefilter.ts';
import { type Progress, readKeys } from './reading.ts';
import { createRotationShelf } from './rotation-shelf.ts';
import type { Shelved } from './rows.ts';
import { createShelf, type Shelf } from './shelf.ts';
import type { Signer } from './signature.ts';
import { createWebhook } from './webhook.ts';

export interface InventoryNeeds {
  readonly keeper: Keeper;
  /** Of each environment, one. */
  readonly issuers: readonly Issuer[];
  readonly rules: FlagRules;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** With it, it can tell what may be a key of ours; what was followed longer ago (ms) is stale. */
  readonly staleMs?: number;
}

/** A key, and what is wrong with it. */
export interface Item extends Shelved {
  readonly flags: readonly KeyFlag[];
}

/** What keys the issuer has: read whole now and then, and kept fresh by what happens to them in between. */
export const createInventory = (needs: InventoryNeeds) => {
  const { keeper, issuers, rules, store, clock, record, staleMs } = needs;
  const shelf = createShelf(store, (environment, keys) => prefilter?.add(environment, keys));
  const rotations = createRotationShelf(store);
  /** What is wrong with keys now. One that is replaced, and has its grace, is in order. */
  const flagging = () => {
    const [now, replaced] = [clock.now(), rotations.replaced()];
    return (key: Shelved): readonly KeyFlag[] => (replaced.has(key.id) ? [] : flagsOf(key, rules, now));
  };
  const withFlags = (keys: readonly Shelved[]): readonly Item[] => {
    const flags = flagging();
    return keys.map((key) => ({ ...key, flags: flags(key) }));
  };
  const environments = issuers.map(({ environment }) => environment);
  const prefilter = staleMs === undefined ? undefined : createPrefilter({ ...needs, shelf, environments, staleMs });
  const refresh = async (): Promise<void> => prefilter?.refresh();
  const count = () => countKeys({ shelf, flags: flagging(), environments, clock, record });

  const read = async (issuer: Issuer, stop: AbortSignal, progress?: (so: Progress) => void): Promise<boolean> => {
    const { environment } = issuer;
    const begun = clock.monotonic();
    const waits = (waitsFor: string) => progress?.({ environment, owners: 0, keys: 0, waitsFor });
    const isRead = await readKeys(issuer, { keeper, shelf, clock, stop, waits, ...(progress && { progress }) });
    const keys = shelf.count(environment);
    if (isRead) await record({ type: 'keys.read', environment, keys, seconds: (clock.monotonic() - begun) / 1_000 });
    return isRead;
  };

  return {
    /** All, oldest first, in pages: there may be very many. */
    *pages(): Generator<readonly Item[]> {
      for (const page of shelf.byAge()) yield withFlags(page);
    },
    /** Those that are older (ms since 1970), the oldest first. */
    madeBefore: shelf.madeBefore,
    find: (id: string): readonly Item[] => withFlags(shelf.find(id)),
    freshness: shelf.freshness,
    /** Up to when all is known that happened to keys (ms since 1970), of the environment that waits longest; 0: never. */
    knownAt: (): number => Math.min(...environments.map((one) => shelf.freshness(one).followedAt ?? 0), clock.now()),
    prefilter,
    /** Reads all keys of all environments now. Errors: `keys.unanswered`, `issuer.credential-refused`. */
    async readAll(stop: AbortSignal, progress?: (so: Progress) => void): Promise<void> {
      for (const issuer of issuers) await read(issuer, stop, progress);
    },
    /** Asks once what happened since. Errors: `issuer.credential-refused`. */
    async follow(): Promise<void> {
      for (const issuer of issuers) await followKeys(issuer, { keeper, shelf, clock });
    },
    asked: createAsked(shelf, clock),
    /** What takes the issuer's webhooks, signed by one of `signers`. */
    hears: (signers: readonly Signer[]): Answer =>
      createWebhook({ webhook: keeper.webhook, signers, shelf, clock, record }),
    /** Keeps it fresh until `stop`; never rejects. */
    run: (schedule: Schedule, stop: AbortSignal): Promise<void> =>
      keepKeys({ keeper, issuers, shelf, clock, record, read, refresh, count }, schedule, stop),
  };
};

const createAsked =
  (shelf: Shelf, clock: Clock): Asked =>
  async ({ handle, evidence }) => {
    const { lastUsedAt } = evidence;
    const used = lastUsedAt == null ? lastUsedAt : Date.parse(lastUsedAt);
    const told = Number.isNaN(used) ? undefined : used;
    const before = await shelf.asked({ ...handle, at: clock.now(), told }).catch(() => undefined);
    return before === undefined
      ? evidence
      : { ...evidence, usedBefore: before === null ? null : new Date(before).toISOString() };
  };

export type Inventory = ReturnType<typeof createInventory>;
