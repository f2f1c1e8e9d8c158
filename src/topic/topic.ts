import type { Deal, Delivery, ParkReason } from '../core/delivery.ts';

/** What is published: the key orders, the value is opaque (sealed) bytes. */
export interface Message {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A message set aside, as `keyfuse parked` shows it. `value` is still sealed. */
export interface Parked {
  readonly id: string;
  readonly key: string;
  readonly value: Uint8Array;
  readonly reason: ParkReason;
  readonly attempts: number;
  /** Epoch ms. */
  readonly publishedAt: number;
  readonly parkedAt: number;
}

/** How much waits. */
export interface Lag {
  /** Published and not yet dealt with, retries included, parked not. */
  readonly waiting: number;
  /** Of those, waiting for a retry. */
  readonly retrying: number;
  readonly parked: number;
  /** When the oldest waiting message was published (epoch ms); absent when none waits. */
  readonly oldest?: number;
  /** Messages ever published on this topic; the "accepted" side of the ledger identity. */
  readonly published: number;
}

export interface ConsumeOptions {
  /** Messages dealt with at once; two of one key never are. */
  readonly concurrency: number;
}

/** A running consumption. `stop` waits for the deals under way (at most `drainMs`), then commits what was dealt with. */
export interface Subscription {
  stop(drainMs: number): Promise<void>;
  status(): 'joining' | 'running' | 'halted' | 'rebuilding' | 'stopped' | 'dead';
}

/**
 * A durable, keyed log of candidates. One contract suite (test/topic.contract.ts) runs on every implementation.
 * - `publish` resolves when the whole batch is durable, and rejects with a `Fault` when it may not be.
 * - `consume` delivers at least once, in order per key among messages of one attempt, and never two of one key at once.
 *   A deal that throws counts as a retry.
 * - After as many retries as the plan has delays a message is parked with the reason `attempts-exhausted`; those that are
 *   `free` do not count.
 */
export interface Topic {
  publish(batch: readonly Message[]): Promise<void>;
  consume(deal: (delivery: Delivery) => Promise<Deal>, options: ConsumeOptions): Promise<Subscription>;
  lag(): Promise<Lag>;
  /** Which of these messages can never be delivered again; absent where nobody can tell. */
  gone?(ids: readonly string[]): readonly string[];
  /** Tells others: the last value of a key stays. Resolves when it is durable; absent where nobody could read it. */
  announce?(key: string, value: string): Promise<void>;
  readonly parked: {
    list(): Promise<readonly Parked[]>;
    /** Puts the message back with attempt 1, the same id. False when there is none of that id. */
    redrive(id: string): Promise<boolean>;
    discard(id: string): Promise<boolean>;
  };
  close(): Promise<void>;
}

/** The waits before attempt 2, 3, …: growing, then level; about a day in all. `delays` in ms. */
export interface RetryPlan {
  readonly delays: readonly number[];
}

export const defaultRetryPlan: RetryPlan = {
  delays: [1_000, 5_000, 30_000, 30_000, 300_000, 300_000, 300_000, ...Array.from({ length: 23 }, () => 3_600_000)],
};
