import type { Clock } from '../../core/clock.ts';
import type { RecordFact, Rejection } from '../../core/facts.ts';

/** Counts what cannot be taken, and says why. */
export interface TurnAway {
  /** A connection: each is said. */
  connection(reason: Rejection, detail: string): void;
  /** A message: there may be as many as a sender likes, so of each reason one is said now and then. */
  message(reason: Rejection, detail: string): void;
}

const QUIET_MS = 600_000;

export const createTurnAway = ({ record, clock }: { readonly record: RecordFact; readonly clock: Clock }): TurnAway => {
  const said = new Map<Rejection, number>();
  const tell = (reason: Rejection, detail: string, quiet = false): void =>
    // Facts of sources are not journaled, so nothing is lost with a rejection.
    void record({ type: 'source.rejected', source: 'syslog', reason, detail, ...(quiet && { quiet }) }).catch(
      () => undefined,
    );
  return {
    connection: (reason, detail) => tell(reason, detail),
    message(reason, detail) {
      const now = clock.monotonic();
      const quiet = now < (said.get(reason) ?? Number.NEGATIVE_INFINITY) + QUIET_MS;
      if (!quiet) said.set(reason, now);
      tell(reason, detail, quiet);
    },
  };
};
