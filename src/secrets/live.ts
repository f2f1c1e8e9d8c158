import { fixedSecret, type Live } from '../core/live-secret.ts';
import type { Secret } from '../core/secret.ts';
import { createRenewing, type Renewable, type Renewing, type RenewingNeeds } from './renewing.ts';
import { watchFile } from './watch.ts';

export interface LiveNeeds extends RenewingNeeds {
  /** How to have a secret of the settings again; undefined: it stays as it is. */
  find(secret: Secret): (Renewable & { readonly file?: string | undefined }) | undefined;
  readonly refreshMs: number;
  /** Between 0 and 1. */
  readonly random: () => number;
}

export interface LiveSecrets {
  readonly live: Live;
  /** Asks every store now. Never rejects. */
  refresh(): Promise<void>;
  stop(): void;
}

/** What failed is tried again sooner. */
const AGAIN_MS = 30_000;
const LEAST_WAIT_MS = 1_000;

/** Reads the secrets that somebody uses again: after a while, when their file changes, and when asked. */
export const createLiveSecrets = ({ find, refreshMs, random, ...needs }: LiveNeeds): LiveSecrets => {
  const { clock, record } = needs;
  const ended = new AbortController();
  const all = new Map<Secret, Renewing>();

  const refresh = async (one: Renewing): Promise<void> => {
    await one.refresh();
    const stale = [...all.values()].filter(({ isStale }) => isStale).length;
    await record({ type: 'secrets.counted', stale, sealed: 0 }).catch(() => undefined);
  };
  const waitOf = ({ isStale, expiresAt }: Renewing): number => {
    const usual = isStale ? Math.min(refreshMs, AGAIN_MS) : refreshMs;
    const life = expiresAt === undefined ? usual : ((expiresAt - clock.now()) * 2) / 3;
    // Not all daemons of a house at once.
    return Math.max(LEAST_WAIT_MS, Math.min(usual, life)) * (0.9 + random() / 5);
  };
  const keep = async (one: Renewing): Promise<void> => {
    for (;;) {
      await clock.sleep(waitOf(one), ended.signal);
      if (ended.signal.aborted) return;
      await refresh(one);
    }
  };
  return {
    live(secret) {
      const known = all.get(secret);
      if (known) return known;
      const found = find(secret);
      if (!found) return fixedSecret(secret);
      const one = createRenewing(found, needs);
      all.set(secret, one);
      void keep(one);
      const unwatch = found.file === undefined ? undefined : watchFile(found.file, () => void refresh(one));
      if (unwatch) ended.signal.addEventListener('abort', unwatch);
      return one;
    },
    refresh: async () => void (await Promise.all([...all.values()].map(refresh))),
    stop: () => ended.abort(),
  };
};
