import type { IngressCall } from '../../core/ingress.ts';
import { GivenUp } from '../waiting.ts';
import { createTurns, type TurnsNeeds } from './turns.ts';

export interface SenderLimits {
  /** Calls at once; more wait for one of them to end. */
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
  readonly turns: ReturnType<typeof createTurns>;
  /** What it may still send; below 0 after a body that was larger. */
  credit: number;
  /** When that was reckoned (monotonic ms). */
  at: number;
}

/** Senders that are remembered: a stranger with many addresses costs no more than this. */
const MOST_SENDERS = 10_000;
/** A sender that was silent may send so much at once (s of its rate). */
const BURST_S = 10;

type Caller = Pick<IngressCall, 'certificate' | 'from' | 'whenGone'>;

/** Whom a call is counted to: who showed a certificate, else an address. */
export const senderOf = ({ certificate, from }: Omit<Caller, 'whenGone'>): string => certificate ?? from;

/** Who sends how much, so that one sender does not starve the others. */
export const createSenders = ({ calls, bytesPerSecond: rate }: SenderLimits, given: Omit<TurnsNeeds, 'lobby'>) => {
  const needs = { ...given, lobby: { waiting: 0 } };
  const { clock, stop } = needs;
  const senders = new Map<string, Sender>();

  const refill = (sender: Sender): void => {
    const now = clock.monotonic();
    sender.credit = Math.min(rate * BURST_S, sender.credit + (rate * (now - sender.at)) / 1_000);
    sender.at = now;
  };
  const forget = (): void => {
    for (const [name, { turns }] of senders) {
      if (senders.size <= MOST_SENDERS) return;
      if (turns.taken === 0) senders.delete(name);
    }
  };
  const begun = (): Sender => ({ turns: createTurns(calls, needs), credit: rate * BURST_S, at: clock.monotonic() });
  const of = (name: string): Sender => {
    const sender = senders.get(name) ?? begun();
    senders.delete(name);
    senders.set(name, sender);
    forget();
    return sender;
  };

  return {
    /** Lets a call in when its turn comes, or says when to come again (s). Rejects with `GivenUp` when all stops first. */
    async enter(caller: Caller): Promise<Visit | { readonly retryAfter: number }> {
      const name = senderOf(caller);
      const sender = of(name);
      const { turns } = sender;
      if (!(await turns.take(caller.whenGone))) {
        if (stop.aborted) throw new GivenUp();
        return { retryAfter: 1 };
      }
      const leave = (): void => {
        turns.leave();
        if (rate === 0 && turns.taken === 0) senders.delete(name);
      };
      refill(sender);
      if (rate > 0 && sender.credit <= 0) {
        leave();
        return { retryAfter: Math.ceil((1 - sender.credit) / rate) };
      }
      return {
        sent(bytes) {
          sender.credit -= bytes;
        },
        leave,
      };
    },
    get size(): number {
      return senders.size;
    },
  };
};

export type Senders = ReturnType<typeof createSenders>;
