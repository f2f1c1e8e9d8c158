import type { Clock } from '../../core/clock.ts';
import type { IngressCall } from '../../core/ingress.ts';

export interface SenderLimits {
  /** Calls at once. */
  readonly calls: number;
  /** On average; 0: no limit. */
  readonly bytesPerSecond: number;
}

/** One call of a sender that was let in. */
export interface Visit {
  /** Counts what it sent. A body is never refused half-way: what is too much is waited for before the next. */
  sent(bytes: number): void;
  leave(): void;
}

interface Sender {
  calls: number;
  /** What it may still send; below 0 after a body that was larger. */
  credit: number;
  /** When that was reckoned (monotonic ms). */
  at: number;
}

/** Senders that are remembered: a stranger with many addresses costs no more than this. */
const MOST_SENDERS = 10_000;
/** A sender that was silent may send so much at once (s of its rate). */
const BURST_S = 10;

/** Whom a call is counted to: who showed a certificate, else an address. */
export const senderOf = ({ certificate, from }: IngressCall): string => certificate ?? from;

/** Who sends how much, so that one sender does not starve the others. */
export const createSenders = ({ calls, bytesPerSecond: rate }: SenderLimits, clock: Clock) => {
  const senders = new Map<string, Sender>();

  const refill = (sender: Sender): void => {
    const now = clock.monotonic();
    sender.credit = Math.min(rate * BURST_S, sender.credit + (rate * (now - sender.at)) / 1_000);
    sender.at = now;
  };
  const forget = (): void => {
    for (const [name, { calls: open }] of senders) {
      if (senders.size <= MOST_SENDERS) return;
      if (open === 0) senders.delete(name);
    }
  };
  const of = (name: string): Sender => {
    const sender = senders.get(name) ?? { calls: 0, credit: rate * BURST_S, at: clock.monotonic() };
    senders.delete(name);
    senders.set(name, sender);
    forget();
    return sender;
  };

  return {
    /** Lets a call in, or says when to come again (s). */
    enter(name: string): Visit | { readonly retryAfter: number } {
      const sender = of(name);
      if (sender.calls >= calls) return { retryAfter: 1 };
      refill(sender);
      if (rate > 0 && sender.credit <= 0) return { retryAfter: Math.ceil((1 - sender.credit) / rate) };
      sender.calls += 1;
      return {
        sent(bytes) {
          sender.credit -= bytes;
        },
        leave() {
          sender.calls -= 1;
          if (rate === 0 && sender.calls === 0) senders.delete(name);
        },
      };
    },
    get size(): number {
      return senders.size;
    },
  };
};

export type Senders = ReturnType<typeof createSenders>;
