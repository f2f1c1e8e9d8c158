import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Ledger } from './ledger.ts';
import type { Decided } from './policy.ts';
import { createQueue } from './queue.ts';

export interface BrakeSettings {
  /** Different keys deleted within the window, at most. */
  readonly deletions: number;
  readonly windowSeconds: number;
}

/** A decision after the brake. `afterMs`: when a key that the brake holds is to come again. */
export interface Braked extends Decided {
  readonly afterMs?: number;
}

/**
 * Holds deletions that come too fast: a wrong detector or a lying issuer must not empty an account in a minute. What it
 * holds queues, and is told when to come again; people are told at once. Counts from the ledger, so that a restart forgets
 * no deletion; the queue forms anew then.
 */
export const createBrake = (settings: BrakeSettings, needs: { ledger: Ledger; clock: Clock; record: RecordFact }) => {
  const { ledger, clock, record } = needs;
  const windowMs = settings.windowSeconds * 1000;
  /** The keys that may die, and since when, oldest first; those of the window. */
  const granted = new Map(ledger.intendedSince(clock.now() - windowMs).map((one) => [one.fingerprint, one.at]));
  const queue = createQueue({ places: settings.deletions, windowMs });
  let engaged = false;

  /** How things stand at `now`. */
  const look = (now: number): void => {
    for (const [fingerprint, at] of granted) {
      if (at > now - windowMs) break;
      granted.delete(fingerprint);
    }
    queue.lapse(now);
  };
  const turn = (): void => {
    if (queue.size() > 0 === engaged) return;
    engaged = !engaged;
    // The journal may be blocked; nobody waits for this.
    record(engaged ? { type: 'brake.engaged', ...settings } : { type: 'brake.released' }).catch(() => undefined);
  };
  /** Undefined when the key may die now. */
  const holdMs = (fingerprint: string, now: number): number | undefined => {
    if (granted.has(fingerprint)) return undefined;
    const afterMs = queue.wait(fingerprint, { taken: [...granted.values()], now });
    if (afterMs === undefined) granted.set(fingerprint, now);
    return afterMs;
  };

  return {
    /** The decision as it stands after the brake. A key that was granted before passes again. */
    check(decided: Decided, fingerprint: string): Braked {
      if (decided.decision !== 'delete' && decided.decision !== 'expire') return decided;
      if (ledger.find(fingerprint)?.intendedAt !== undefined) return decided;
      const now = clock.now();
      look(now);
      const afterMs = holdMs(fingerprint, now);
      turn();
      return afterMs === undefined ? decided : { decision: 'hold', why: 'brake', afterMs };
    },
    /** The key needs no place any more. */
    leave(fingerprint: string): void {
      queue.leave(fingerprint);
      turn();
    },
    /** Whether keys are held, now: held ones that do not come again do not count. */
    engaged(): boolean {
      look(clock.now());
      turn();
      return engaged;
    },
  };
};

export type Brake = ReturnType<typeof createBrake>;
