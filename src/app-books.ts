import type { Responding } from './app-respond.ts';
import type { Scanning } from './app-scan.ts';
import { workKinds } from './core/github-facts.ts';
import { type LedgerState, ledgerStates } from './record/catalogue.ts';
import type { Gauges } from './record/metrics.ts';
import type { Topic } from './topic/topic.ts';

/**
 * The books: everything this daemon accepted, and where it stands. accepted = suppressed + every outcome + parked +
 * discarded + in flight; at rest `imbalance` is 0. A message that has just ended may still be in flight on the topic, so
 * for a moment it may be below 0; above 0 something is lost.
 */
export interface Books {
  readonly states: Readonly<Partial<Record<LedgerState, number>>>;
  readonly imbalance: number;
}

interface Kept {
  readonly metrics: Gauges;
  readonly topic: Topic;
  readonly responding: Responding | undefined;
  readonly scanning: Scanning | undefined;
}

/** Reads the books; undefined in the scan role, which knows no outcomes. */
export const readBooks = async ({ topic, responding, scanning }: Kept): Promise<Books | undefined> => {
  if (!responding) return undefined;
  const { tally } = responding.ledger;
  const lag = await topic.lag(); // before the tally: what ends in between counts twice, never not at all
  const suppressed = scanning?.backlog().suppressed ?? 0;
  const ended = Object.fromEntries(tally.counts());
  const accepted = lag.published - tally.baselined() + suppressed;
  const states = { ...ended, suppressed, parked: lag.parked, in_flight: lag.waiting };
  return {
    states: { accepted, ...states },
    imbalance: accepted - Object.values(states).reduce((sum, n) => sum + n, 0),
  };
};

/** Sets the gauges to how things stand now. */
export const showBooks = async (kept: Kept): Promise<void> => {
  const { metrics, topic, responding, scanning } = kept;
  const { unscanned, waiting } = scanning?.backlog() ?? {};
  for (const kind of workKinds) {
    metrics.set('keyfuse_github_work_waiting', waiting?.get(kind) ?? 0, { kind });
    metrics.set('keyfuse_github_work_unscanned', unscanned?.get(kind) ?? 0, { kind });
  }
  const books = await readBooks(kept);
  if (!responding || !books) return;
  for (const state of ledgerStates) metrics.set('keyfuse_ledger', books.states[state] ?? 0, { state });
  metrics.set('keyfuse_ledger_imbalance', books.imbalance);
  metrics.set('keyfuse_brake_engaged', responding.braking() ? 1 : 0);
  metrics.set('keyfuse_prefilter_stale', responding.waitsForKeys() ? 1 : 0);
  metrics.set('keyfuse_keys_followed_timestamp_seconds', (responding.keysKnownAt() ?? 0) / 1000);
  const lag = await topic.lag();
  metrics.set('keyfuse_parked_messages', lag.parked);
  metrics.set('keyfuse_retrying_messages', lag.retrying);
  metrics.set('keyfuse_consumer_lag_records', lag.waiting);
  metrics.set('keyfuse_oldest_unprocessed_timestamp_seconds', (lag.oldest ?? 0) / 1000);
  const unrevoked = responding.ledger.unrevoked();
  for (const issuer of responding.issuers) {
    metrics.set('keyfuse_live_keys_unrevoked', unrevoked.find((one) => one.issuer === issuer)?.keys ?? 0, { issuer });
  }
  const oldest = unrevoked.length > 0 ? Math.min(...unrevoked.map((one) => one.oldest)) : 0;
  metrics.set('keyfuse_oldest_live_unrevoked_timestamp_seconds', oldest / 1000);
};
