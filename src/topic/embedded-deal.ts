import type { Clock } from '../core/clock.ts';
import type { Deal, Delivery } from '../core/delivery.ts';
import type { Sql, Store } from '../core/store.ts';
import { again } from './again.ts';
import * as rows from './embedded-rows.ts';
import type { RetryPlan } from './topic.ts';

export interface DealNeeds {
  readonly store: Store;
  readonly clock: Clock;
  readonly retryPlan: RetryPlan;
  readonly pollMs: number;
  deal(delivery: Delivery): Promise<Deal>;
}

/** What came of a message: settled, and due again or not; or the word to halt. */
export type End = 'halt' | { readonly due?: number };

/**
 * Deals with one message and makes what becomes of it durable, however long the store refuses (a full disk); meanwhile
 * the message keeps its place, which holds intake back. Never rejects. After `abandoned` nothing is written any more.
 */
export const dealOnce = async (id: number, needs: DealNeeds, abandoned: AbortSignal): Promise<End> => {
  const { store, clock, pollMs } = needs;
  const delivery = readDelivery(store, id);
  if (delivery === 'unreadable') return 'halt';
  if (delivery === undefined) return {};
  const deal = await dealSafely(delivery, needs);
  if (deal.next === 'halt') return 'halt';
  while (!abandoned.aborted) {
    try {
      return await store.write((sql) => settle(sql, delivery, { deal, now: clock.now(), plan: needs.retryPlan }));
    } catch {
      await clock.sleep(pollMs, abandoned);
    }
  }
  return {};
};

const readDelivery = (store: Store, id: number): Delivery | 'unreadable' | undefined => {
  try {
    return store.read((sql) => rows.delivery(sql, id));
  } catch {
    return 'unreadable';
  }
};

const dealSafely = async (delivery: Delivery, needs: DealNeeds): Promise<Deal> => {
  try {
    return await needs.deal(delivery);
  } catch {
    return { next: 'retry', reason: 'the deal threw' };
  }
};

type Settlement = Exclude<Deal, { readonly next: 'halt' }>;

const settle = (sql: Sql, it: Delivery, how: { deal: Settlement; now: number; plan: RetryPlan }): End => {
  const { deal, now, plan } = how;
  if (deal.next === 'done') {
    rows.remove(sql, it.id);
    return {};
  }
  const next = deal.next === 'retry' ? again(it, deal, plan) : undefined;
  if (!next) {
    rows.park(sql, it.id, { reason: deal.next === 'park' ? deal.reason : 'attempts-exhausted', now });
    return {};
  }
  const due = Math.ceil(now + next.waitMs);
  rows.retryAt(sql, it.id, { due, attempt: next.attempt });
  return { due };
};
