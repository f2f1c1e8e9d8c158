import type { ParkReason } from './delivery.ts';
import type { FaultCode } from './errors.ts';
import type { GithubFact } from './github-facts.ts';
import type { TurnReason } from './ingress.ts';
import type { AnswerClass, Operation } from './issuer.ts';
import type { KeyFact } from './keeper.ts';
import type { SecretFact } from './live-secret.ts';
import type { Origin, SourceName } from './origin.ts';
import type { Sight } from './prefilter.ts';
import type { RotationFact } from './rotation.ts';
import type { Severity } from './severity.ts';
import type { Decision, Evidence, Outcome, Revocation, UnknownReason, Verdict } from './verdict.ts';

/** Why a source turned something away: the closed set behind the metric label. */
export const rejections = [
  'bad_signature',
  'too_large',
  'malformed',
  'duplicate',
  'ignored',
  'unsupported_type',
  'not_durable',
  'rate_limited',
] as const;
export type Rejection = (typeof rejections)[number];

/** Why something that a source named was not scanned: the closed set behind the metric label. */
export const unscannedReasons = [
  'no-client', // nothing to ask the service with
  'refused', // the service did not give it
  'unreadable', // damaged, or packed beyond the limits
  'gone',
  'emptied',
  'flooded', // so dense with near misses, or with so much packed in it, that a part of it was not tried
] as const;
export type UnscannedReason = (typeof unscannedReasons)[number];

/** Why log lines were lost for good: the closed set behind the metric label. */
export const dropCauses = [
  'kernel', // the socket's buffer was full before we read it
  'spool-full', // `logs.spoolBytes` was used up while the topic was away
  'spool-failed', // the spool could not be written
] as const;
export type DropCause = (typeof dropCauses)[number];

/**
 * Why a match never became a candidate on the topic: the closed set behind the metric label. `written`: made of words, not
 * drawn; `test-key`: published by its vendor for everybody to try; `ignored`: a comment beside it says so; `allowed`: the
 * allowlist of a rule pack does.
 */
export const suppressions = [
  'foreign',
  'not-proved',
  'placeholder',
  'written',
  'test-key',
  'ignored',
  'allowed',
] as const;
export type Suppression = (typeof suppressions)[number];

/** Why a key was not deleted although it is live: the closed set behind the metric label. */
export const holdReasons = [
  'mode',
  'canary',
  'allowed',
  'brake',
  'critical',
  'own-credential',
  'foreign',
  'not-ours', // by the inventory, which all keys of ours are in
  'no-validation',
  'no-revocation',
] as const;
export type HoldReason = (typeof holdReasons)[number];

/** Ways on which people, and programs, are told. */
export const noticeChannels = [
  'webhook',
  'log',
  'github-alert',
  'github-comment',
  'revocation-webhook', // programs, of each key that is proved dead
  'revocation-topic',
  'audit-log', // the trail that an organization keeps at the issuer
] as const;
export type NoticeChannel = (typeof noticeChannels)[number];

/** Whose fact it is. */
interface About {
  readonly fingerprint: string;
  readonly incident: string;
  readonly detector: string;
  readonly issuer: string;
}

/** Where a candidate was seen. `times`: the sightings that its message stands for; `message`: which of its incident. */
type Seen = { readonly source: SourceName; readonly origin: Origin; readonly times: number };

/** Everything the program says about itself. One `record(fact)` gives log, metric and journal (record/table.ts). */
export type Fact =
  // life of the daemon
  | { type: 'daemon.started'; version: string; role: string; topic: string; mode: Decision; settings: string }
  | { type: 'daemon.stopping' | 'daemon.stopped'; reason: string }
  | { type: 'fault.raised'; code: FaultCode; detail: string }
  | KeyFact
  | SecretFact
  | RotationFact
  // sources and scan
  | { type: 'source.accepted'; source: SourceName; bytes: number; seconds: number }
  | { type: 'source.rejected'; source: SourceName; reason: Rejection; detail?: string; quiet?: boolean }
  | { type: 'ingress.turned-away'; reason: TurnReason; from: string; quiet: boolean }
  | { type: 'source.unscanned'; source: SourceName; locator: string; reason: UnscannedReason; detail?: string }
  | { type: 'files.unreadable'; files: number }
  | { type: 'source.ended'; source: SourceName }
  | { type: 'source.dropped'; source: SourceName; cause: DropCause; lines: number; detail?: string }
  | GithubFact
  | { type: 'fragment.scanned'; source: SourceName; bytes: number }
  | ({ type: 'candidate.found'; secondsSinceLeak?: number | undefined } & Seen & About)
  | { type: 'candidate.suppressed'; source: SourceName; detector: string; reason: Suppression }
  // topic
  | { type: 'message.retried'; id: string; fingerprint: string; attempt: number; reason: string }
  | { type: 'message.parked'; id: string; fingerprint: string; reason: ParkReason; attempts: number }
  | { type: 'parked.redriven' | 'parked.discarded'; id: string; fingerprint: string; who: string; why: string }
  | { type: 'topic.noted'; kind: 'crash' | 'rebuild' | 'rebalance' | 'stalled' | 'other'; detail: string }
  // issuer
  | { type: 'issuer.answered'; issuer: string; operation: Operation; class: AnswerClass; seconds: number }
  | { type: 'credential.refused' | 'credential.accepted'; issuer: string; environment: string }
  // respond
  | ({
      type: 'key.judged';
      validity: Verdict['validity'];
      reason?: UnknownReason;
      attempt: number;
      origin: Origin;
      keyId?: string;
      environment?: string;
      evidence?: Evidence;
      severity?: Severity;
      sight?: Sight | undefined;
    } & About)
  | ({ type: 'key.decided'; decision: Decision; why?: HoldReason | undefined } & About)
  | ({ type: 'revocation.intended'; decision: Decision; keyId: string; environment: string; attempt: number } & About)
  | ({ type: 'revocation.answered'; result: Revocation['result']; keyId: string } & About)
  | ({ type: 'revocation.proved'; validity: Verdict['validity']; keyId: string } & About)
  | ({
      type: 'incident.ended';
      outcome: Outcome;
      why?: HoldReason | undefined;
      source: SourceName;
      mode: Origin['mode'];
      seconds?: Durations | undefined;
      times: number;
      sight?: Sight | undefined;
    } & About)
  | ({ type: 'incident.sighted'; outcome: Outcome; message: number } & Seen & About)
  | { type: 'responder.halted'; code: FaultCode; detail: string }
  | { type: 'responder.resumed' | 'brake.released' }
  | { type: 'brake.engaged'; deletions: number; windowSeconds: number }
  | {
      /** `late`: several attempts have failed, and others follow. */
      type: 'notice.sent' | 'notice.failed' | 'notice.late' | 'notice.pending';
      channel: NoticeChannel;
      /** Absent for what is told of no leak. */
      incident?: string | undefined;
      detail?: string;
      /** Since it was written down. */
      seconds?: number;
    }
  | ({ type: ApiAnswer; attempts: number; seconds: number; detail?: string } & About);

/** What your own API made of a key that is proved dead; `seconds` since the proof. */
type ApiAnswer = 'key.refused-by-api' | 'key.accepted-by-api' | 'key.unanswered-by-api';

/** Seconds; present for keys that were live. */
export interface Durations {
  /** Absent for what leaked in the past: how long that lay there says nothing of us. */
  readonly leakToDead?: number | undefined;
  readonly detectedToDeleted: number;
  /** Of leakToDead, spent waiting for the issuer. */
  readonly issuer: number;
}

export type FactType = Fact['type'];
/** The fact of one type; a member of `Fact` may have several. */
export type FactOf<T extends FactType, F = Fact> = F extends { type: FactType }
  ? T extends F['type']
    ? F & { type: T }
    : never
  : never;

/**
 * Says one fact once: log line, metrics and, where the table says so, the audit journal.
 * Resolves when a journal record is durable (at once for facts that are not journaled).
 * Errors: `Fault` `journal.blocked`. A log or metric that fails never rejects.
 */
export type RecordFact = (fact: Fact) => Promise<void>;
