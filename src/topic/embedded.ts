import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Store } from '../core/store.ts';
import { type Consumption, startConsumption } from './embedded-consume.ts';
import * as rows from './embedded-rows.ts';
import type { Message, RetryPlan, Topic } from './topic.ts';

/** What the embedded topic stands on. The store is the caller's: `close` leaves it open. */
export interface EmbeddedNeeds {
  readonly store: Store;
  readonly clock: Clock;
  readonly retryPlan: RetryPlan;
  /** How long nothing moves after a halt. */
  readonly haltPauseMs: number;
  /** How often it looks for what other processes wrote; what this one publishes is dealt with at once. */
  readonly pollMs: number;
}

/** Rows inserted by one change: a few ms of the event loop at most. */
const CHUNK = 100;

/**
 * The topic inside the embedded database: for one consuming process per file (`topic.locked` for the next), any number of
 * publishers. Publishing may fail with `store.full` or `store.failed`.
 */
export const createEmbeddedTopic = (needs: EmbeddedNeeds): Topic => {
  const { store, clock } = needs;
  store.migrate(rows.ddl);
  let closed = false;
  let consumption: Consumption | undefined;

  return {
    async publish(batch) {
      if (closed) throw new Fault('store.failed', 'the topic is closed');
      const written = chunks(batch).map((chunk) =>
        store.write((sql) => rows.insert(sql, chunk, clock.now()), 'intake'),
      );
      const ends = await Promise.allSettled(written);
      consumption?.wake();
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
    async consume(deal, options) {
      if (closed) throw new Fault('store.failed', 'the topic is closed');
      const unlock = store.lock('consumer');
      if (!unlock) throw new Fault('topic.locked', 'this database has a consumer');
      consumption = startConsumption({ ...needs, ...options, deal, unlock });
      return consumption;
    },
    lag: async () => store.read(rows.lag),
    gone: (ids) => store.read((sql) => rows.gone(sql, ids)),
    parked: {
      list: async () => store.read(rows.parked),
      async redrive(id) {
        const found = await store.write((sql) => rows.redrive(sql, id));
        consumption?.wake(found);
        return found;
      },
      discard: (id) => store.write((sql) => rows.discard(sql, id)),
    },
    async close() {
      closed = true;
      await consumption?.stop(0);
    },
  };
};

const chunks = (batch: readonly Message[]): readonly (readonly Message[])[] =>
  Array.from({ length: Math.ceil(batch.length / CHUNK) }, (_, n) => batch.slice(n * CHUNK, (n + 1) * CHUNK));
