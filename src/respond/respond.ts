import type { Detector } from '../core/detector.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Revocation, Unknown, Verdict } from '../core/verdict.ts';
import type { Case, Desk, End } from './desk.ts';
import { type Askable, judge, proving, sparing, timed } from './judge.ts';
import type { Incident } from './ledger.ts';
import { speaker } from './say.ts';
import { sift } from './sift.ts';

/**
 * The whole life of one candidate, in the order it happens. Every step may be repeated: a crash between any two of them
 * leaves the message on the topic, and the issuer, asked again, tells what was done.
 */
export const respond = async (subject: Case, desk: Desk): Promise<End> => {
  const { candidate, detector } = subject;
  const before = desk.ledger.find(candidate.fingerprint);
  const { issuers, seconds } = timed(desk.environments(detector.issuer), desk.clock);
  const say = speaker(subject, desk, seconds);

  const known = neverAsked(subject, desk);
  if (known) return say.end(known);
  if (!askable(detector)) return say.end(unasked(detector));

  const { sight, how } = sift(subject, desk);
  if (typeof how === 'object') return say.end(how.end);
  const asked = how === 'spare' ? issuers.map(sparing) : issuers;
  const verdict = await witnessed(await judge(detector, candidate.secret, asked), desk);
  if (how === 'spare' && isTurnedAway(verdict)) return { outcome: 'unknown', afterMs: verdict.retryAfterMs };
  say.judged(verdict, sight);
  if (verdict.validity === 'unknown') return say.end({ outcome: 'unknown', afterMs: verdict.retryAfterMs });
  if (verdict.validity === 'dead') return say.end(afterDeath(before, issuers));

  const { handle } = verdict;
  const { decision, why, afterMs } = desk.brake.check(
    desk.policy.decide(candidate, verdict, desk.clock.now()),
    candidate.fingerprint,
  );
  say.decided({ decision, why });
  if (decision === 'hold') return say.end({ outcome: 'held', why, afterMs });
  if (decision === 'watch') return say.end({ outcome: 'watched', why });
  const revoke = decision === 'expire' ? detector.expire : detector.revoke;
  const issuer = issuers.find(({ environment }) => environment === handle.environment);
  if (!revoke || !issuer) return say.end({ outcome: 'held', why: 'no-revocation' });

  await say.intended(decision, verdict);
  const revocation = await revoke.call(detector, handle, issuer);
  say.answered(revocation, handle.id);
  if (revocation.result === 'refused') return say.end({ outcome: 'refused' });

  // A 204 is a promise, and a lost answer may hide a deletion: only a second "dead" is proof.
  const proof = await witnessed(await detector.validate(candidate.secret, proving(issuer)), desk);
  say.proved(proof, handle.id);
  return say.end(afterProof(proof, revocation, before));
};

const askable = (detector: Detector): detector is Askable => detector.validate !== undefined;

/** Who keeps the inventory hears of each question about a live key, and adds what is known of its use. */
const witnessed = async (verdict: Verdict, { asked }: Desk): Promise<Verdict> =>
  asked && verdict.validity === 'live' ? { ...verdict, evidence: await asked(verdict) } : verdict;

/** Others have the turns: nobody was asked. */
const isTurnedAway = (verdict: Verdict): verdict is Unknown =>
  verdict.validity === 'unknown' && verdict.reason === 'throttled';

const unasked = ({ critical }: Detector): End =>
  critical ? { outcome: 'held', why: 'critical' } : { outcome: 'watched', why: 'no-validation' };

/** What must not be sent to the issuer: our own credential, another issuer's key, what policy knows by fingerprint. */
const neverAsked = ({ candidate, detector }: Case, { ours, policy, clock }: Desk): End | undefined => {
  const { secret } = candidate;
  if (ours(secret)) return { outcome: 'held', why: 'own-credential' };
  if (detector.foreign?.some((shape) => shape.test(secret.expose()))) return { outcome: 'watched', why: 'foreign' };
  const known = policy.known(candidate, clock.now());
  return known && { outcome: known.decision === 'hold' ? 'held' : 'watched', why: known.why };
};

/** Dead at the first question: never live, or deleted by us before a crash. */
const afterDeath = (before: Incident | undefined, asked: readonly Issuer[]): End => {
  if (before?.intendedAt === undefined) return { outcome: 'dead' };
  // The environment that called it live is no longer asked: what the others say proves nothing.
  if (!asked.some(({ environment }) => environment === before.handle?.environment)) return { outcome: 'unproved' };
  return { outcome: isByUs(before) ? 'revoked' : 'already-gone' };
};

/** A deletion of ours was sent before, and nothing said that it was not done: what is gone by now is gone by it. */
const isByUs = (before: Incident | undefined): boolean =>
  before?.intendedAt !== undefined && before.outcome !== 'refused' && before.outcome !== 'held';

const afterProof = (proof: Verdict, { result }: Revocation, before: Incident | undefined): End => {
  const confirmed = result !== 'unknown';
  if (proof.validity === 'live') return { outcome: 'still-live', confirmed };
  if (proof.validity === 'unknown') return { outcome: 'unproved', confirmed, afterMs: proof.retryAfterMs };
  return { outcome: result === 'already-gone' && !isByUs(before) ? 'already-gone' : 'revoked' };
};
