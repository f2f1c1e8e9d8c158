import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Ledger } from './ledger.ts';
import type { Decided } from './policy.ts';

export interface BrakeSettings {
  /** Different keys deleted within the window, at most. */
  readonly deletions: number;
  readonly windowSeconds: number;
}

/**
 * Holds deletions that come too fast: a wrong detector or a lying issuer must not empty an account in a minute. What it
 * holds goes round again and is deleted as the window moves on; people are told at once. Counts from the ledger, so a
 * restart forgets nothing.
 */
export const createBrake = (settings: BrakeSettings, needs: { ledger: Ledger; clock: Clock; record: RecordFact }) => {
  const { ledger, clock, record } = needs;
  const windowMs = settings.windowSeconds * 1000;
  let granted = [...ledger.intendedSince(clock.now() - windowMs)];
  let engaged = false;

  const turn = (on: boolean) => {
    if (on === engaged) return;
    engaged = on;
    void record(on ? { type: 'brake.engaged', ...settings } : { type: 'brake.released' });
  };

  return {
    /** The decision as it stands after the brake. A key that was granted before passes again. */
    check(decided: Decided, fingerprint: string): Decided {
      if (decided.decision !== 'delete' && decided.decision !== 'expire') return decided;
      if (ledger.find(fingerprint)?.intendedAt !== undefined) return decided;
      const now = clock.now();
      granted = granted.filter((at) => at > now - windowMs);
      turn(granted.length >= settings.deletions);
      if (engaged) return { decision: 'hold', why: 'brake' };
      granted.push(now);
      return decided;
    },
    engaged: () => engaged,
  };
};

export type Brake = ReturnType<typeof createBrake>;
