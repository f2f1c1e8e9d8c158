import { parkReasons } from '../core/delivery.ts';
import { type FaultCode, faults } from '../core/errors.ts';
import { dropCauses, holdReasons, noticeChannels, rejections, suppressions, unscannedReasons } from '../core/facts.ts';
import { githubClients, rateResources, recoveries, workKinds } from '../core/github-facts.ts';
import { turnReasons } from '../core/ingress.ts';
import { answerClasses, operations } from '../core/issuer.ts';
import { keyFlags, untoldReasons } from '../core/keeper.ts';
import { troubles } from '../core/live-secret.ts';
import { sources } from '../core/origin.ts';
import { rotationCauses, rotationEnds, rotationSteps } from '../core/rotation.ts';
import { decisions, outcomes, unknownReasons } from '../core/verdict.ts';

/** What the daemon learns only at start. Closed from then on; anything else becomes `other`. */
export type OpenSet = 'detector' | 'issuer' | 'environment' | 'version';

/** A metric: help, and per label its closed set of values, or the name of the set that is given at start. */
export interface Series {
  readonly help: string;
  readonly labels: Readonly<Record<string, readonly string[] | OpenSet>>;
}

const validities = ['live', 'dead', 'unknown'] as const;
const revocations = ['deleted', 'expired', 'already-gone', 'refused', 'unknown'] as const;
const codes = Object.keys(faults) as FaultCode[];
const noted = ['crash', 'rebuild', 'rebalance', 'stalled', 'other'] as const;

/** Every counter. Units stand in the names; counters end in `_total`. */
export const counters = {
  keyfuse_issuer_answers_total: {
    help: "Calls to an issuer, by class of answer ('none': no answer).",
    labels: { issuer: 'issuer', operation: operations, class: answerClasses },
  },
  keyfuse_rotations_total: {
    help: 'Rotations of keys that ended, by why they were begun and how they ended.',
    labels: { cause: rotationCauses, result: rotationEnds },
  },
  keyfuse_rotation_steps_total: { help: 'Steps of rotations that were begun.', labels: { step: rotationSteps } },
  keyfuse_rotation_retries_total: {
    help: 'Steps of rotations that could not be done and are tried again.',
    labels: { step: rotationSteps },
  },
  keyfuse_rotations_in_use_total: {
    help: 'Old keys that were still used at the end of their grace.',
    labels: {},
  },
  keyfuse_source_events_total: {
    help: 'Calls and fragments that reached a source, by what became of them.',
    labels: { source: sources, outcome: ['accepted', ...rejections] },
  },
  keyfuse_ingress_turned_away_total: {
    help: 'What the ingress turned away before a source saw it, by why; idle: a connection without a call, closed to make room.',
    labels: { reason: turnReasons },
  },
  keyfuse_source_unscanned_total: {
    help: 'Things a source named but could not fetch or read, by why.',
    labels: { source: sources, reason: unscannedReasons },
  },
  keyfuse_source_dropped_total: {
    help: 'Log lines that were lost for good, by why.',
    labels: { cause: dropCauses },
  },
  keyfuse_github_work_total: {
    help: 'Things on GitHub that were fetched and scanned whole.',
    labels: { source: sources, kind: workKinds },
  },
  keyfuse_github_deliveries_recovered_total: {
    help: 'Webhook deliveries that had failed and were had after all.',
    labels: { how: recoveries },
  },
  keyfuse_github_deliveries_lost_total: {
    help: 'Webhook deliveries that failed and could not be had again.',
    labels: {},
  },
  keyfuse_keys_webhooks_total: {
    help: 'Webhooks of the issuer about its keys, by what became of them; ignored: of other things.',
    labels: { outcome: ['accepted', 'ignored', ...untoldReasons] },
  },
  keyfuse_scan_bytes_total: { help: 'Bytes that were scanned.', labels: { source: sources } },
  keyfuse_candidates_total: {
    help: 'Candidates put on the topic: messages. Of one piece of a log, a key is one candidate, however often it stands there.',
    labels: { source: sources, detector: 'detector' },
  },
  keyfuse_candidates_suppressed_total: {
    help: 'Matches that never became candidates.',
    labels: { reason: suppressions },
  },
  keyfuse_messages_retried_total: { help: 'Messages that went round again.', labels: {} },
  keyfuse_messages_parked_total: { help: 'Messages set aside.', labels: { reason: parkReasons } },
  keyfuse_parked_actions_total: {
    help: 'Parked messages that a person redrove or discarded.',
    labels: { action: ['redriven', 'discarded'] },
  },
  keyfuse_topic_noted_total: { help: 'What happened to our place on the topic.', labels: { kind: noted } },
  keyfuse_validations_total: { help: 'Verdicts.', labels: { issuer: 'issuer', result: validities } },
  keyfuse_unknown_verdicts_total: {
    help: 'Verdicts that are not definite, by why.',
    labels: { issuer: 'issuer', reason: unknownReasons },
  },
  keyfuse_decisions_total: { help: 'What policy allowed for live keys.', labels: { decision: decisions } },
  keyfuse_holds_total: {
    help: 'Incidents that ended with the key left as it is (held, watched), by why.',
    labels: { reason: holdReasons },
  },
  keyfuse_revocation_intents_total: {
    help: 'Revocations written down before they were asked.',
    labels: { issuer: 'issuer' },
  },
  keyfuse_revocations_total: {
    help: "The issuer's answers to revocations.",
    labels: { issuer: 'issuer', result: revocations },
  },
  keyfuse_post_delete_check_total: {
    help: 'Second verdicts, after a revocation; only dead is proof.',
    labels: { issuer: 'issuer', result: validities },
  },
  keyfuse_incidents_total: { help: 'Incidents by how they ended or stand.', labels: { outcome: outcomes } },
  keyfuse_sightings_total: {
    help: 'Further sightings of a known fingerprint, by the outcome it has: places, of which one message from a log may stand for many.',
    labels: { outcome: outcomes },
  },
  keyfuse_notifications_total: {
    help: 'Notices, by whether they arrived.',
    labels: { channel: noticeChannels, result: ['sent', 'failed', 'late', 'pending'] },
  },
  keyfuse_api_probes_total: {
    help: 'Keys that were proved dead, by what your own API made of them in the end.',
    labels: { result: ['refused', 'accepted', 'unanswered'] },
  },
  keyfuse_secrets_renewed_total: {
    help: 'Secrets of the settings that their stores replaced while we ran.',
    labels: {},
  },
  keyfuse_secrets_unrenewed_total: {
    help: 'Times a secret of the settings could not be read again, by why.',
    labels: { reason: troubles },
  },
  keyfuse_faults_total: { help: 'Faults raised, by code (docs/errors.md).', labels: { code: codes } },
  keyfuse_audit_records_total: { help: 'Journal records that are durable.', labels: {} },
  keyfuse_clock_skew_observations_total: { help: 'Durations that came out negative and were taken as 0.', labels: {} },
  keyfuse_metrics_errors_total: { help: 'Metric calls that were wrong; they changed nothing else.', labels: {} },
} as const satisfies Record<`keyfuse_${string}_total`, Series>;

const call = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
const answer = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const sync = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] as const;
const receipt = [...call, 60, 300, 3_600] as const;
/** Every objective (60 s, 300 s) is an edge. */
const leak = [1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800] as const;

/** Every histogram, in seconds. */
export const histograms = {
  keyfuse_source_answer_seconds: {
    help: 'Time until a source acknowledged what it accepted.',
    labels: { source: sources },
    buckets: answer,
  },
  keyfuse_issuer_request_seconds: {
    help: 'Calls to an issuer, answered or not.',
    labels: { issuer: 'issuer', operation: operations },
    buckets: call,
  },
  keyfuse_github_request_seconds: {
    help: "Calls to GitHub's API until the answer began, by class of answer ('none': no answer).",
    labels: { client: githubClients, class: answerClasses },
    buckets: call,
  },
  keyfuse_leak_to_detected_seconds: {
    help: 'From receipt at the source (or the service before it) to the candidate. What leaked in the past is not in it.',
    labels: { source: sources },
    buckets: leak,
  },
  keyfuse_detected_to_deleted_seconds: {
    help: 'From the candidate to the revocation that the issuer confirmed.',
    labels: { issuer: 'issuer' },
    buckets: leak,
  },
  keyfuse_leak_to_dead_seconds: {
    help: 'From receipt to proof of death, for keys that were live. What leaked in the past is not in it.',
    labels: { issuer: 'issuer', source: sources },
    buckets: leak,
  },
  keyfuse_notice_seconds: {
    help: 'From writing a notice down to its receipt. Nothing is timed on GitHub.',
    labels: { channel: noticeChannels },
    buckets: receipt,
  },
  keyfuse_refused_by_api_seconds: {
    help: 'From proof of death at the issuer to the refusal by your own API.',
    labels: {},
    buckets: receipt,
  },
  keyfuse_audit_fsync_seconds: { help: 'Making one batch of the journal durable.', labels: {}, buckets: sync },
} as const satisfies Record<`keyfuse_${string}_seconds`, Series & { readonly buckets: readonly number[] }>;

/** The terms of the ledger identity: accepted = the sum of the others but `unproved`, `still-live` and `unknown`, which are in flight. */
export const ledgerStates = ['accepted', ...outcomes, 'suppressed', 'parked', 'discarded', 'in_flight'] as const;
export type LedgerState = (typeof ledgerStates)[number];

/** Every gauge. Times are epoch seconds, 0 when there is none; ages are made by PromQL. */
export const gauges = {
  keyfuse_build_info: { help: 'Always 1.', labels: { version: 'version' } },
  keyfuse_mode: {
    help: "1 for the default policy that is in force. 'watch' deletes nothing.",
    labels: { mode: decisions },
  },
  keyfuse_keys: { help: 'Keys that the issuer has, as the inventory knows them.', labels: {} },
  keyfuse_keys_flagged: {
    help: 'Keys with something wrong: old, unused, expiring, or with permissions that policy does not allow.',
    labels: { flag: keyFlags },
  },
  keyfuse_rotations_open: { help: 'Keys that are being rotated; each until its old key is deleted.', labels: {} },
  keyfuse_rotations_failed: {
    help: 'Rotations that failed and were not begun again. While there is one, the schedule begins none.',
    labels: {},
  },
  keyfuse_rotations_waiting_since_timestamp_seconds: {
    help: 'Since when the rotation that waits longest could not go on, however often it was tried. 0: all go on.',
    labels: {},
  },
  keyfuse_keys_oldest_seconds: { help: 'Age of the oldest key that the issuer has.', labels: {} },
  keyfuse_keys_read_timestamp_seconds: {
    help: 'When all keys were read last, of the environment that waits longest. 0: never.',
    labels: {},
  },
  keyfuse_keys_followed_timestamp_seconds: {
    help: 'Up to when all is known that happened to keys, of the environment that waits longest. 0: nothing yet.',
    labels: {},
  },
  keyfuse_prefilter_stale: {
    help: '1 while too little is known of our keys for the strict prefilter: what matches no known key waits, and is not sent.',
    labels: {},
  },
  keyfuse_log_files_unreadable: {
    help: 'Log files that we may not, or cannot, read now: what is in them is not scanned.',
    labels: {},
  },
  keyfuse_source_last_event_timestamp_seconds: {
    help: 'When the source last accepted something.',
    labels: { source: sources },
  },
  keyfuse_github_work_waiting: {
    help: 'Things on GitHub that are still to be fetched, by kind.',
    labels: { kind: workKinds },
  },
  keyfuse_github_work_unscanned: {
    help: 'Things on GitHub that could not be read: never taken for clean, and tried again every day.',
    labels: { kind: workKinds },
  },
  keyfuse_github_rate_limit_remaining: {
    help: 'Calls left in the hour, as GitHub last said to one of our credentials.',
    labels: { client: githubClients, resource: rateResources },
  },
  keyfuse_github_rate_limit: {
    help: 'Calls an hour, as GitHub last said to one of our credentials.',
    labels: { client: githubClients, resource: rateResources },
  },
  keyfuse_live_keys_unrevoked: {
    help: 'Keys that the issuer called live and that are not proved dead, also while the brake holds them. Keys that policy holds or watches are not among them.',
    labels: { issuer: 'issuer' },
  },
  keyfuse_oldest_live_unrevoked_timestamp_seconds: { help: 'When the oldest of those was received.', labels: {} },
  keyfuse_ledger: {
    help: 'Candidates by where they stand. accepted = suppressed + parked + in_flight + every definite outcome.',
    labels: { state: ledgerStates },
  },
  keyfuse_ledger_imbalance: { help: 'accepted minus everything accounted for; 0 when nothing vanished.', labels: {} },
  keyfuse_parked_messages: { help: 'Messages that are set aside now.', labels: {} },
  keyfuse_retrying_messages: { help: 'Messages that wait for another attempt.', labels: {} },
  keyfuse_consumer_lag_records: { help: 'Messages published and not yet dealt with, retries included.', labels: {} },
  keyfuse_oldest_unprocessed_timestamp_seconds: { help: 'When the oldest of those was published.', labels: {} },
  keyfuse_secrets_stale: {
    help: 'Secrets of the settings that could not be read again; their last good values are used.',
    labels: {},
  },
  keyfuse_secrets_sealed: {
    help: 'Secrets of the settings that could not be had at start; until they are, every door is closed.',
    labels: {},
  },
  keyfuse_credential_refused: {
    help: '1 while the issuer answers our credential for an environment with 401: no leaked key of it can be deleted.',
    labels: { issuer: 'issuer', environment: 'environment' },
  },
  keyfuse_halted: { help: '1 while the responder stands still because our own state cannot be trusted.', labels: {} },
  keyfuse_brake_engaged: { help: '1 while deletions are held because they came too fast.', labels: {} },
  keyfuse_audit_blocked: { help: '1 while the journal cannot be written; nothing is deleted then.', labels: {} },
} as const satisfies Record<`keyfuse_${string}`, Series>;

export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;
export type GaugeName = keyof typeof gauges;

type ValueOf<S> = S extends readonly (infer V extends string)[] ? V : string;
/** Labels with their values; those of a set given at start are text. */
type LabelsOf<S extends Series> = { readonly [L in keyof S['labels']]: ValueOf<S['labels'][L]> };
export type CounterLabels<N extends CounterName> = LabelsOf<(typeof counters)[N]>;
export type HistogramLabels<N extends HistogramName> = LabelsOf<(typeof histograms)[N]>;
export type GaugeLabels<N extends GaugeName> = LabelsOf<(typeof gauges)[N]>;
