import type { Clock } from '../core/clock.ts';
import type { Deal, ParkReason } from '../core/delivery.ts';
import { again } from './again.ts';
import type { Publisher } from './kafka-publish.ts';
import { type Due, parkRecord, retryRecord } from './kafka-record.ts';
import { type TopicNames, tierFor } from './kafka-topics.ts';
import type { RetryPlan } from './topic.ts';

interface SettleNeeds {
  readonly publisher: Publisher;
  readonly names: TopicNames;
  readonly plan: RetryPlan;
  readonly clock: Clock;
}

/** Makes durable what becomes of a delivery, before its offset may count. Rejects when it may not be durable. */
export const createSettle = ({ publisher, names, plan, clock }: SettleNeeds) => {
  const park = (due: Due, reason: ParkReason): Promise<void> =>
    publisher.publish([parkRecord(names.parked, due, { reason, now: clock.now() })]);

  return async (due: Due, deal: Exclude<Deal, { next: 'halt' }>): Promise<void> => {
    if (deal.next === 'done') return;
    if (deal.next === 'park') return park(due, deal.reason);
    const next = again(due, deal, plan);
    if (!next) return park(due, 'attempts-exhausted');
    const { waitMs, attempt } = next;
    const later = { ...due, attempt, notBefore: Math.ceil(clock.now() + waitMs) };
    return publisher.publish([retryRecord(tierFor(names, waitMs), later, clock.now())]);
  };
};
