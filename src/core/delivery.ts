/** One message as the topic hands it over. */
export interface Delivery {
  /** Names the message for ever, through retries, parking and redelivery. */
  readonly id: string;
  /** What orders it: one key, one order. */
  readonly key: string;
  readonly value: Uint8Array;
  /** 1 at first; grows with each retry. */
  readonly attempt: number;
  /** When it was published first (epoch ms). */
  readonly publishedAt: number;
}

/** Why a message was parked: the closed set behind the metric label. */
export const parkReasons = ['malformed', 'unsealed', 'unknown-detector', 'attempts-exhausted', 'crash'] as const;
export type ParkReason = (typeof parkReasons)[number];

/** What becomes of a delivery, as a value. The topic makes it durable before it moves on. */
export type Deal =
  /** Dealt with; never again. */
  | { readonly next: 'done' }
  /**
   * Again later; other keys go on meanwhile. `afterMs` is the least delay, for a Retry-After. `free`: we hold the message
   * back and nothing was tried, so it comes again after `afterMs` whatever the plan says, and the wait uses up no attempt.
   */
  | { readonly next: 'retry'; readonly reason: string; readonly afterMs?: number; readonly free?: true }
  /** Never will succeed: set aside with its reason. */
  | { readonly next: 'park'; readonly reason: ParkReason }
  /** Our own state cannot be trusted: nothing moves; the same message comes again after a pause. */
  | { readonly next: 'halt'; readonly reason: string };
