import type { Deal, Delivery } from '../core/delivery.ts';
import { Fault } from '../core/errors.ts';
import type { RecordFact } from '../core/facts.ts';
import { again } from './again.ts';
import type { RetryPlan, Topic } from './topic.ts';

/**
 * The same topic, which says what goes round again and what is parked. A parking stands in the journal before it is done;
 * while the journal is blocked nothing moves.
 */
export const createRecordedTopic = (topic: Topic, needs: { record: RecordFact; plan: RetryPlan }): Topic => ({
  ...topic,
  consume: (deal, options) =>
    topic.consume(async (delivery) => tell(delivery, await attempted(deal, delivery, needs.record), needs), options),
});

type Decide = (delivery: Delivery) => Promise<Deal>;

/** A deal that throws is tried again; the reason is told here, where it is known. */
const attempted = async (deal: Decide, delivery: Delivery, record: RecordFact): Promise<Deal> => {
  try {
    return await deal(delivery);
  } catch (error) {
    const code = error instanceof Fault ? error.code : 'internal.unexpected';
    await record({ type: 'fault.raised', code, detail: String(error) });
    return { next: 'retry', reason: code };
  }
};

const tell = async (delivery: Delivery, deal: Deal, { record, plan }: { record: RecordFact; plan: RetryPlan }) => {
  const { id, key: fingerprint, attempt } = delivery;
  const exhausted = deal.next === 'retry' && !again(delivery, deal, plan);
  try {
    if (deal.next === 'park' || exhausted) {
      const reason = deal.next === 'park' ? deal.reason : 'attempts-exhausted';
      await record({ type: 'message.parked', id, fingerprint, reason, attempts: attempt });
    } else if (deal.next === 'retry') {
      await record({ type: 'message.retried', id, fingerprint, attempt, reason: deal.reason });
    }
    return deal;
  } catch (error) {
    if (error instanceof Fault && error.next === 'halt') return { next: 'halt', reason: error.code } as const;
    throw error;
  }
};
