import type { Sight } from '../core/prefilter.ts';
import type { Case, Desk, End } from './desk.ts';

/** What is known of a candidate before anybody is asked, and what follows. */
export interface Sifted {
  /** Absent: there is no prefilter for keys of this kind. */
  readonly sight?: Sight;
  /** `ask`, now; `spare`: if there is a turn that nobody wants; or not: `end`. */
  readonly how: 'ask' | 'spare' | { readonly end: End };
}

/** What happens to keys may be told so late. Until then a key that was made just now may look like none of ours. */
const LATE_MS = 30_000;
const LOOK_AGAIN_MS = 10_000;
/** So often (36 s in all, by the retry plan) what is none of ours is tried with spare turns; then it waits like all others. */
const SPARE_ATTEMPTS = 3;

/**
 * What may be a key of ours is asked about. What is none is asked about last, or, in strict mode, never: then nothing is
 * concluded before all is known that happened until a while after it was first seen. While the inventory is stale, it waits:
 * nothing is sent that should not be, nothing is dropped, and an alert calls for a person.
 */
export const sift = (subject: Case, { prefilter, ledger, clock }: Desk): Sifted => {
  const { candidate, detector, attempt } = subject;
  if (prefilter?.issuer !== detector.issuer) return { how: 'ask' };
  const sight = prefilter.look(candidate.secret);
  if (sight.said === 'match') return { sight, how: 'ask' };
  const before = ledger.find(candidate.fingerprint);
  // The issuer called it live once: it is a key of ours, of whose end we may just have heard.
  if (before?.handle) return { sight, how: 'ask' };
  const isNone = sight.said === 'no-match';
  if (prefilter.mode === 'last') return { sight, how: isNone && attempt <= SPARE_ATTEMPTS ? 'spare' : 'ask' };
  const now = clock.now();
  const knownAt = now - (sight.inventorySeconds ?? 0) * 1_000;
  const isSettled = isNone && before !== undefined && knownAt >= before.openedAt + LATE_MS;
  const end: End = isSettled
    ? { outcome: 'watched', why: 'not-ours', sight }
    : { outcome: 'unknown', waits: true, afterMs: LOOK_AGAIN_MS };
  return { sight, how: { end } };
};
