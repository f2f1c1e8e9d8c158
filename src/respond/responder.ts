import { type Candidate, timesOf } from '../core/candidate.ts';
import type { Deal, Delivery } from '../core/delivery.ts';
import type { Detector } from '../core/detector.ts';
import { Fault } from '../core/errors.ts';
import type { Fact } from '../core/facts.ts';
import { isProved, type Outcome } from '../core/verdict.ts';
import type { Desk, End } from './desk.ts';
import type { Incident } from './ledger.ts';
import { respond } from './respond.ts';
import { aboutOf, isFinal } from './say.ts';
import { noted, noticeOf, redactOf } from './tell.ts';

/** How long an outcome answers for further sightings of the same key, in ms. A live key is never remembered as live. */
const STANDS_MS: Partial<Record<Outcome, number>> = {
  dead: 24 * 3_600_000,
  // These may change by policy or by hand: look again, but not for each line of a burst.
  held: 600_000,
  watched: 600_000,
  refused: 600_000,
};
/** A key whose issuer gave no answer is not asked about again at once for the next sighting of it. */
const COOL_MS = 900;

/** Turns deliveries into deals: what stands is not asked again, what is open goes through `respond`. */
export const createResponder = (desk: Desk, detectorOf: (id: string) => Detector | undefined) => {
  let halted: Fault | undefined;
  const began = desk.clock.now();

  const turn = async (fault: Fault | undefined): Promise<void> => {
    const same = (fault === undefined) === (halted === undefined);
    halted = fault;
    if (same) return;
    const fact: Fact = fault
      ? { type: 'responder.halted', code: fault.code, detail: fault.message }
      : { type: 'responder.resumed' };
    await desk.record(fact).catch(() => undefined); // the journal itself may be what halts
  };

  return {
    /** The fault that halts it. */
    halted: () => halted,
    async deal(candidate: Candidate, delivery: Delivery): Promise<Deal> {
      const detector = detectorOf(candidate.detector);
      if (!detector) return { next: 'park', reason: 'unknown-detector' };
      const before = desk.ledger.find(candidate.fingerprint);
      const now = desk.clock.now();
      if (before?.outcome && stands(before, now, began) && !isOursNow(before, candidate, desk)) {
        await sighted(desk, { candidate, detector, before, outcome: before.outcome, message: delivery.id });
        return { next: 'done' };
      }
      const age = now - (before?.endedAt ?? 0);
      if (age < COOL_MS && delivery.attempt === 1)
        return { next: 'retry', reason: before?.outcome ?? 'unknown', afterMs: COOL_MS - age };
      try {
        const end = await respond({ candidate, detector, message: delivery.id, attempt: delivery.attempt }, desk);
        if (isFinal(end)) desk.brake.leave(candidate.fingerprint);
        await turn(undefined);
        return dealOf(end);
      } catch (error) {
        if (!(error instanceof Fault) || error.next !== 'halt') throw error;
        await turn(error);
        return { next: 'halt', reason: error.code };
      }
    },
  };
};

/** Whether an outcome answers for one more sighting. Death is for ever; the rest was judged under settings that may be gone. */
const stands = ({ outcome, why, endedAt = 0 }: Incident, now: number, began: number): boolean => {
  if (isProved(outcome)) return true;
  return why !== 'brake' && endedAt >= began && now - endedAt < (STANDS_MS[outcome ?? 'unknown'] ?? 0);
};

/** A key may have been made known since it was none of ours. */
const isOursNow = ({ why }: Incident, { secret }: Candidate, { prefilter }: Desk): boolean =>
  why === 'not-ours' && prefilter?.look(secret).said !== 'no-match';

const dealOf = (end: End): Deal => {
  if (isFinal(end)) return { next: 'done' };
  const { outcome, why, afterMs, waits = why === 'brake' } = end;
  const reason = end.waits ? 'inventory' : outcome;
  // What the brake holds was not tried: the wait is no attempt.
  return { next: 'retry', reason, ...(afterMs !== undefined && { afterMs }), ...(waits && { free: true }) };
};

const sighted = async (
  desk: Desk,
  seen: { candidate: Candidate; detector: Detector; before: Incident; outcome: Outcome; message: string },
): Promise<void> => {
  const { candidate, outcome, message, before } = seen;
  const redact = redactOf(candidate, outcome, desk);
  const notice = isProved(outcome) ? noticeOf(seen, { outcome, key: before, redact, again: true }) : undefined;
  const times = timesOf(candidate);
  const also = noted(desk, notice, candidate);
  await desk.ledger.sight(candidate.fingerprint, { message, times, outcome, redact, also });
  const { origin } = candidate;
  const sighting = { source: origin.source, origin, times, message: before.messages + 1 };
  await desk.record({ type: 'incident.sighted', ...aboutOf(seen), outcome, ...sighting });
};
