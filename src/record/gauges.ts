import { githubClients, rateResources, workKinds } from '../core/github-facts.ts';
import { keyFlags } from '../core/keeper.ts';
import { sources } from '../core/origin.ts';
import { decisions, outcomes } from '../core/verdict.ts';
import type { Series } from './series.ts';

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
  keyfuse_audit_blocked: {
    help: '1 from a line that the journal could not take until its disk has room again; nothing is deleted meanwhile.',
    labels: {},
  },
} as const satisfies Record<`keyfuse_${string}`, Series>;
