import { incidentOf, timesOf } from '../core/candidate.ts';
import type { Durations, Fact, RecordFact } from '../core/facts.ts';
import type { Sight } from '../core/prefilter.ts';
import { severityOf } from '../core/severity.ts';
import { type Decision, isProved, type Outcome, type Revocation, type Verdict } from '../core/verdict.ts';
import type { Case, Desk, End } from './desk.ts';
import type { Decided } from './policy.ts';
import { noted, noticeOf, redactOf } from './tell.ts';

type Live = Extract<Verdict, { validity: 'live' }>;

/** Outcomes that settle a message; the others go round again. */
const FINAL: readonly Outcome[] = ['revoked', 'already-gone', 'refused', 'held', 'watched', 'dead'];

/** What the brake holds goes round again. */
export const isFinal = ({ outcome, why }: End): boolean => FINAL.includes(outcome) && why !== 'brake';

/**
 * Everything `respond` says of one case: the journal before the act, the ledger before the notice. What is said between
 * two acts is one batch of the journal: only `intended` and `end` wait until it is durable, and all that was said before.
 */
export const speaker = (subject: Case, desk: Desk, issuerSeconds: () => number) => {
  const about = aboutOf(subject);
  const { origin } = subject.candidate;
  const moments = { found: desk.clock.now(), deleted: 0 };
  const { say, durable } = inOrder(desk.record);
  let live: Live | undefined;

  return {
    judged(verdict: Verdict, sight?: Sight): void {
      if (verdict.validity === 'live') live = verdict;
      const asked = { ...about, origin, attempt: subject.attempt, sight };
      say({ type: 'key.judged', ...asked, ...told(verdict, desk.clock.now()) });
    },
    decided: ({ decision, why }: Decided): void => say({ type: 'key.decided', ...about, decision, why }),
    /** Durable in the journal and in the ledger before the issuer is asked. */
    async intended(decision: Decision, { handle, evidence }: Live): Promise<void> {
      const key = { keyId: handle.id, environment: handle.environment, attempt: subject.attempt };
      say({ type: 'revocation.intended', ...about, decision, ...key });
      await durable();
      await desk.ledger.intend(openingOf(subject), { handle, evidence });
    },
    answered({ result }: Revocation, keyId: string): void {
      moments.deleted = desk.clock.now();
      say({ type: 'revocation.answered', ...about, result, keyId });
    },
    proved: ({ validity }: Verdict, keyId: string): void =>
      say({ type: 'revocation.proved', ...about, validity, keyId }),
    /** The last word for now. `unknown` is no ending: nothing was learnt. */
    async end(end: End): Promise<End> {
      const { outcome, why, sight } = end;
      const received = origin.mode === 'live' ? origin.receivedAt : undefined;
      const seconds = durations(end, { ...moments, received, now: desk.clock.now() }, issuerSeconds());
      const times = timesOf(subject.candidate);
      const place = { source: origin.source, mode: origin.mode, times, sight };
      if (outcome !== 'unknown') say({ type: 'incident.ended', ...about, outcome, why, seconds, ...place });
      await durable();
      const before = desk.ledger.find(about.fingerprint);
      const key = { handle: live?.handle ?? before?.handle, evidence: before?.evidence ?? live?.evidence };
      const redact = redactOf(subject.candidate, outcome, desk);
      const notice = noticeOf(subject, { ...end, seconds, key, redact });
      const message = isFinal(end) ? subject.message : undefined;
      await desk.ledger.end(openingOf(subject), {
        ...{ outcome, why, live, message, times, redact },
        also: noted(desk, notice, subject.candidate),
      });
      return end;
    },
  };
};

/** Says facts one after the other without waiting; `durable` waits for all of them, and rejects if one was not. */
const inOrder = (record: RecordFact) => {
  let said: Promise<unknown> = Promise.resolve();
  return {
    say(fact: Fact): void {
      said = Promise.all([said, record(fact)]);
      // Whoever waits hears of it.
      said.catch(() => undefined);
    },
    async durable(): Promise<void> {
      await said;
    },
  };
};

export const aboutOf = ({ candidate: { fingerprint }, detector }: Pick<Case, 'candidate' | 'detector'>) => ({
  fingerprint,
  incident: incidentOf(fingerprint),
  detector: detector.id,
  issuer: detector.issuer,
});

const openingOf = (subject: Case) => {
  const { incident, ...about } = aboutOf(subject);
  const { locator, link, log } = subject.candidate.origin;
  return { ...about, id: incident, locator, place: (link !== undefined || log) && { link, log } };
};

const told = (verdict: Verdict, now: number) => {
  const { validity } = verdict;
  if (validity === 'unknown') return { validity, reason: verdict.reason };
  if (validity === 'dead') return { validity };
  const { handle, evidence } = verdict;
  return { validity, keyId: handle.id, environment: handle.environment, evidence, severity: severityOf(evidence, now) };
};

/** Epoch ms in, seconds out; a clock that stepped back gives 0. */
const durations = (
  { outcome }: End,
  at: { received: number | undefined; found: number; deleted: number; now: number },
  issuer: number,
): Durations | undefined => {
  if (!isProved(outcome)) return undefined;
  const between = (from: number, to: number) => Math.max(0, to - from) / 1000;
  const detectedToDeleted = between(at.found, at.deleted || at.now);
  const leakToDead = at.received === undefined ? undefined : between(at.received, at.now);
  return { leakToDead, detectedToDeleted, issuer };
};
