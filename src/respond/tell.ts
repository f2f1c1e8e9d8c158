import { type Candidate, incidentOf } from '../core/candidate.ts';
import { Fault } from '../core/errors.ts';
import type { Durations, HoldReason } from '../core/facts.ts';
import type { Notice } from '../core/notice.ts';
import { isLog } from '../core/origin.ts';
import { type Redaction, redactionOf } from '../core/redaction.ts';
import { blastOf, severityOf } from '../core/severity.ts';
import type { Sql } from '../core/store.ts';
import { type Evidence, type Handle, isProved, type Outcome } from '../core/verdict.ts';
import type { Case, Desk, End } from './desk.ts';

/** What people are told of each outcome; those that are not here are nobody's worry. */
const SENTENCES: Partial<Record<Outcome, string>> = {
  revoked: 'was live, is deleted, and is proved dead',
  'already-gone': 'was live and was gone before we deleted it; it is proved dead',
  refused: 'IS LIVE: the issuer refused the deletion. Delete it by hand',
  held: 'was NOT deleted: a person must decide',
  watched: 'was not deleted: policy only watches',
  'still-live': 'IS STILL LIVE although the issuer said that it is deleted; we go on trying',
  unproved: 'was deleted, but its death could not be proved yet; we go on asking',
};
const UNCONFIRMED = 'MAY STILL BE LIVE: its deletion was not confirmed; we go on trying';
const UNTOLD: readonly (HoldReason | undefined)[] = ['allowed', 'foreign', 'not-ours', 'no-validation'];

/** How a case ended; `again`: long before this sighting. */
export interface Ended extends End {
  readonly seconds?: Durations | undefined;
  readonly key: { readonly handle?: Handle | undefined; readonly evidence?: Evidence | undefined };
  readonly redact?: Redaction | undefined;
  readonly again?: true;
}

const sentenceOf = ({ outcome, confirmed }: End): string | undefined =>
  (outcome === 'still-live' || outcome === 'unproved') && !confirmed ? UNCONFIRMED : SENTENCES[outcome];

/** What is told of an end, if anybody is to be told. */
export const noticeOf = ({ candidate, detector }: Pick<Case, 'candidate' | 'detector'>, ended: Ended) => {
  const { outcome, why, seconds, key, redact, again } = ended;
  const sentence = sentenceOf(ended);
  if (!sentence || UNTOLD.includes(why)) return undefined;
  const { fingerprint } = candidate;
  const incident = incidentOf(fingerprint);
  const { evidence } = key;
  const { receivedAt } = candidate.origin;
  const notice: Notice = {
    ...{ incident, fingerprint, outcome, why, seconds, found: candidate.origin },
    ...{ detector: detector.id, issuer: detector.issuer, critical: detector.critical ?? false },
    key: key.handle && { ...key.handle, ...key.evidence },
    ...(evidence && { severity: severityOf(evidence, receivedAt) }),
    text: `Leaked key ${incident} ${sentence}${why ? ` (${why})` : ''}.${evidence ? ` Its reach: ${blastOf(evidence, receivedAt)}.` : ''}`,
    ...(redact && { redact }),
    ...(again && { again }),
  };
  return notice;
};

/** What finds the other copies of a key that stood in a log; undefined for other places, and while nothing is known. */
export const redactOf = (
  { secret, origin }: Candidate,
  outcome: Outcome,
  { search }: Pick<Desk, 'search'>,
): Redaction | undefined =>
  isLog(origin.source) && outcome !== 'unknown'
    ? redactionOf(search, { secret, origin, isDead: isProved(outcome) || outcome === 'dead' })
    : undefined;

/** Writes a notice of a key down for every channel. One that cannot be written down must not undo the end that it is about. */
export const noted = (
  { channels, record }: Pick<Desk, 'channels' | 'record'>,
  notice: Notice | undefined,
  { secret }: Candidate,
) =>
  notice &&
  ((sql: Sql): void => {
    for (const channel of channels) {
      try {
        channel.note(notice, secret)(sql);
      } catch (error) {
        // What stands in the transaction already stands; a store that fails fails all of it.
        if (!(error instanceof Fault) || error.code.startsWith('store.')) throw error;
        void record({ type: 'fault.raised', code: error.code, detail: error.message }).catch(() => undefined);
      }
    }
  });
