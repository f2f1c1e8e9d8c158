import type { Deal, Delivery } from '../core/delivery.ts';
import type { RetryPlan } from './topic.ts';

type Retry = Extract<Deal, { next: 'retry' }>;

/** When and as which attempt a message that is to be retried comes again; undefined when its attempts are used up. */
export const again = (
  { attempt }: Pick<Delivery, 'attempt'>,
  { free, afterMs = 0 }: Retry,
  { delays }: RetryPlan,
): { readonly waitMs: number; readonly attempt: number } | undefined => {
  if (free) return { waitMs: afterMs, attempt };
  const delay = delays[attempt - 1];
  return delay === undefined ? undefined : { waitMs: Math.max(delay, afterMs), attempt: attempt + 1 };
};
