import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { Fact } from '../../core/facts.ts';
import type { Store } from '../../core/store.ts';
import { unlessStopped } from '../waiting.ts';
import { inTime, linkedTo } from './answer.ts';
import { createSavedKeys, type PartnerKeySet, readKeySet } from './partner-key-set.ts';
import { GithubRefusal } from './refusal.ts';

/** Where the keys come from. */
export interface KeyFetch {
  /** The JSON of `GET /meta/public_keys/secret_scanning`. Rejects when GitHub cannot be reached; ends when `stop` fires. */
  fetch(stop: AbortSignal): Promise<unknown>;
  /** Base URL of that API: the keys are kept under it. */
  readonly origin: string;
}

/** All in ms. */
export interface KeyLimits {
  /** The longest that GitHub is waited for. */
  readonly fetchMs: number;
  /** Keys older than that are fetched again before they are used, so that a key GitHub took back does not count for ever. */
  readonly freshMs: number;
  /** GitHub is asked about identifiers that we do not know at most once in so long: strangers must not spend our quota. */
  readonly unknownMs: number;
  /** The wait after a failed fetch; it doubles with each further one, up to `unknownMs`. */
  readonly retryMs: number;
}

const keyDefaults: KeyLimits = { fetchMs: 5_000, freshMs: 3_600_000, unknownMs: 60_000, retryMs: 1_000 };

interface PartnerKeysNeeds extends KeyFetch {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits?: Partial<KeyLimits> | undefined;
  note(fact: Fact): void;
}

/**
 * `unknown`: GitHub was asked because of this call, and has no such key. `waitMs`: nobody can tell yet, for it may have been
 * made since we asked last, and GitHub is not asked before so long; `away`: because GitHub does not answer.
 */
export type FoundKey = { readonly key: KeyObject } | 'unknown' | { readonly waitMs: number; readonly away: boolean };

/** GitHub's public keys: in memory, and durable for the time when GitHub is away. */
export interface PartnerKeys {
  /** Asks GitHub when it must and may; calls at once share one fetch, which ends when `stop` fires. Never rejects. */
  find(identifier: string, stop: AbortSignal): Promise<FoundKey>;
}

export const createPartnerKeys = ({ store, clock, note, ...needs }: PartnerKeysNeeds): PartnerKeys => {
  const limits = { ...keyDefaults, ...needs.limits };
  const saved = createSavedKeys(store);
  const pace = createPace(clock, limits);
  const loaded = saved.load(needs.origin);
  let keys = loaded.keys;
  let staleAt = clock.monotonic() + limits.freshMs - Math.max(0, clock.now() - loaded.at);
  let fetching: Promise<void> | undefined;

  const keep = async (set: PartnerKeySet): Promise<void> => {
    keys = set.keys;
    staleAt = clock.monotonic() + limits.freshMs;
    pace.succeeded();
    // The store says in a fact of its own when it cannot write; in memory they are good.
    await saved.save(needs.origin, keys, clock.now()).catch(() => undefined);
  };

  const refresh = async (stop: AbortSignal): Promise<void> => {
    const set = await fetchSet({ fetch: needs.fetch, clock, timeoutMs: limits.fetchMs, stop });
    if (stop.aborted) return;
    const [detail] = typeof set === 'string' ? [set] : set.dropped > 0 ? [`${set.dropped} ${DROPPED}`] : [];
    if (detail) note({ type: 'fault.raised', code: 'github.partner-keys', detail });
    if (typeof set === 'string') pace.failed();
    else await keep(set);
  };

  return {
    async find(identifier, stop) {
      const known = keys.has(identifier);
      let asked = false;
      if (!known || clock.monotonic() >= staleAt) {
        if (!fetching && pace.mayAsk(known || keys.size === 0 ? 'keys' : 'unknown')) {
          asked = true;
          fetching = refresh(stop).finally(() => {
            fetching = undefined;
          });
        }
        await fetching;
      }
      const found = keys.get(identifier);
      if (found) return found;
      const away = keys.size === 0 || pace.failing();
      return asked && !away && !stop.aborted ? 'unknown' : { waitMs: pace.waitMs(), away };
    },
  };
};

const DROPPED = 'dropped: not the key that its identifier says';

interface Asking extends Pick<KeyFetch, 'fetch'> {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly stop: AbortSignal;
}

/** The keys, or why there are none. An answer without a good key is a failure: it must not empty what we have. */
const fetchSet = async ({ fetch, clock, timeoutMs, stop }: Asking): Promise<PartnerKeySet | string> => {
  const quit = linkedTo(stop);
  try {
    const asked = unlessStopped(fetch(quit.signal), quit.signal);
    const set = readKeySet(await inTime(asked, { clock, timeoutMs, quit }));
    return set && set.keys.size > 0 ? set : 'the answer holds no good key';
  } catch (error) {
    return error instanceof GithubRefusal ? error.message : 'no answer';
  } finally {
    quit.abort();
  }
};

/** When GitHub may be asked again. */
const createPace = (clock: Clock, { retryMs, unknownMs }: KeyLimits) => {
  let failures = 0;
  let retryAt = Number.NEGATIVE_INFINITY;
  let unknownAt = Number.NEGATIVE_INFINITY;
  return {
    /** Whether it may now. Whoever asks about an unknown identifier takes the turn of all who follow. */
    mayAsk(about: 'keys' | 'unknown'): boolean {
      const now = clock.monotonic();
      if (now < retryAt || (about === 'unknown' && now < unknownAt)) return false;
      if (about === 'unknown') unknownAt = now + unknownMs;
      return true;
    },
    failed(): void {
      retryAt = clock.monotonic() + Math.min(retryMs * 2 ** failures, unknownMs);
      failures += 1;
    },
    succeeded(): void {
      failures = 0;
    },
    failing: (): boolean => failures > 0,
    /** Until something new can be told. */
    waitMs: (): number => Math.max(retryMs, retryAt - clock.monotonic(), unknownAt - clock.monotonic()),
  };
};
