import { parkReasons } from '../core/delivery.ts';
import { type FaultCode, faults } from '../core/errors.ts';
import { dropCauses, holdReasons, noticeChannels, rejections, suppressions, unscannedReasons } from '../core/facts.ts';
import { recoveries, workKinds } from '../core/github-facts.ts';
import { turnReasons } from '../core/ingress.ts';
import { answerClasses, operations } from '../core/issuer.ts';
import { untoldReasons } from '../core/keeper.ts';
import { troubles } from '../core/live-secret.ts';
import { sources } from '../core/origin.ts';
import { rotationCauses, rotationEnds, rotationSteps } from '../core/rotation.ts';
import { decisions, outcomes, unknownReasons } from '../core/verdict.ts';
import type { Series } from './series.ts';

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
