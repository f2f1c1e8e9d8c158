import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { TurnedAway, TurnReason } from '../core/ingress.ts';

const QUIET_MS = 600_000;

/** Counts all who are turned away, and says of each kind only now and then that there are some: strangers may be many. */
export const createTurnedAway = ({
  clock,
  record,
}: {
  readonly clock: Clock;
  readonly record: RecordFact;
}): TurnedAway => {
  const said = new Map<TurnReason, number>();
  return (reason, from) => {
    const now = clock.monotonic();
    const quiet = now < (said.get(reason) ?? Number.NEGATIVE_INFINITY) + QUIET_MS;
    if (!quiet) said.set(reason, now);
    void record({ type: 'ingress.turned-away', reason, from, quiet }).catch(() => undefined);
  };
};
