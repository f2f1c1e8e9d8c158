import type { Durations, FactOf, FactType } from '../core/facts.ts';
import type { Origin } from '../core/origin.ts';
import type { Sight } from '../core/prefilter.ts';
import type { Entry } from './journal-line.ts';
import type { Row } from './row.ts';

type About = Pick<FactOf<'incident.sighted'>, 'fingerprint' | 'incident' | 'detector' | 'issuer'>;

const target = (
  { issuer, fingerprint }: About,
  key: { readonly keyId?: string | undefined; readonly environment?: string | undefined } = {},
): NonNullable<Entry['target']> => ({
  issuer,
  environment: key.environment,
  keyId: key.keyId,
  fingerprint,
});

const place = ({ source, locator, link, actor, receivedAt, log }: Origin) => ({
  ...{ source, locator, link, actor, receivedAt },
  ...(log && { log }),
});

const spread = (seconds: Durations | undefined) => {
  if (seconds === undefined) return undefined;
  const { leakToDead, ...rest } = seconds;
  return { ...(leakToDead !== undefined && { leakToDead }), ...rest };
};

/** What the inventory said of a candidate, and how old it was. */
const seen = (sight: Sight | undefined): string | undefined => {
  if (!sight) return undefined;
  const { said, inventorySeconds: seconds } = sight;
  return `inventory: ${said}, ${seconds === undefined ? 'never read' : `known up to ${Math.round(seconds)} s before`}`;
};

/** A person who acted through the command line. */
const person = (id: string) => ({ kind: 'person', id }) as const;

const parked = (fact: FactOf<'parked.redriven'> | FactOf<'parked.discarded'>): Omit<Entry, 'what'> => ({
  who: person(fact.who),
  target: { message: fact.id, fingerprint: fact.fingerprint },
  why: { reason: fact.why },
});

const rotated = ({
  environment,
  keyId,
  newKeyId,
  rotation,
}:
  | FactOf<'rotation.intended'>
  | FactOf<'rotation.begun'>
  | FactOf<'rotation.in-use'>
  | FactOf<'rotation.ended'>): NonNullable<Entry['target']> => ({
  ...{ environment, keyId, newKeyId, rotation },
});

const probed = (
  fact: FactOf<'key.refused-by-api'> | FactOf<'key.accepted-by-api'> | FactOf<'key.unanswered-by-api'>,
): Omit<Entry, 'what'> => ({
  ...{ incident: fact.incident, attempt: fact.attempts, target: target(fact) },
  ...(fact.detail !== undefined && { why: { detail: fact.detail } }),
  seconds: { sinceProof: fact.seconds },
});

const needsPerson = ['still-live', 'refused'];
/** Messages of one incident; the ledger has the number of sightings. */
const JOURNALED_SIGHTINGS = 20;

/**
 * How every fact is said: the one place for levels, messages, counters, histograms and journal fields. A fact without a
 * row, or a label that is not a field of its fact, does not compile.
 */
export const table = {
  'daemon.started': {
    level: 'info',
    message: 'keyfuse started',
    sets: { keyfuse_mode: { to: 1, mode: 'mode' }, keyfuse_build_info: { to: 1, version: 'version' } },
    journal: ({ mode, settings }) => ({ result: mode, why: { detail: settings } }),
  },
  'daemon.stopping': { level: 'info', message: 'keyfuse is stopping' },
  'daemon.stopped': {
    level: 'info',
    message: 'keyfuse stopped',
    journal: ({ reason }) => ({ why: { reason } }),
  },
  'fault.raised': {
    level: 'error',
    message: 'fault; docs/errors.md says what to do',
    counts: { keyfuse_faults_total: { code: 'code' } },
  },

  'keys.read': { level: 'info', message: 'all keys of an environment were read' },
  'keys.unread': {
    level: 'warn',
    message: 'the keys of an environment could not be read',
  },
  'keys.told': {
    level: 'debug',
    message: 'the issuer told by itself',
    counts: { keyfuse_keys_webhooks_total: { outcome: 'what' } },
  },
  'keys.untold': {
    level: 'warn',
    message: 'turned away what the issuer, or somebody else, told of keys',
    counts: { keyfuse_keys_webhooks_total: { outcome: 'reason' } },
  },
  'keys.unmasked': {
    level: 'warn',
    message: 'a masked key shows no end; the prefilter lets all through',
  },
  'keys.counted': {
    level: 'debug',
    message: 'keys counted',
    sets: {
      keyfuse_keys: { to: { field: 'count' } },
      keyfuse_keys_oldest_seconds: { to: { field: 'oldestSeconds' } },
      keyfuse_keys_read_timestamp_seconds: { to: { field: 'readAt' } },
    },
  },
  'keys.flagged': {
    level: 'debug',
    message: 'keys with a flag counted',
    sets: { keyfuse_keys_flagged: { to: { field: 'count' }, flag: 'flag' } },
  },

  'secret.renewed': {
    level: 'info',
    message: 'a secret was replaced in its store',
    counts: { keyfuse_secrets_renewed_total: {} },
  },
  'secret.unrenewed': {
    level: 'warn',
    message: 'a secret could not be read again; the last one counts',
    counts: { keyfuse_secrets_unrenewed_total: { reason: 'reason' } },
  },
  'secrets.counted': {
    level: 'debug',
    message: 'secrets counted',
    sets: {
      keyfuse_secrets_stale: { to: { field: 'stale' } },
      keyfuse_secrets_sealed: { to: { field: 'sealed' } },
    },
  },
  'rotation.begun': {
    level: 'info',
    message: 'a key is rotated',
    journal: (fact) => ({
      ...(fact.who !== undefined && { who: person(fact.who) }),
      target: rotated(fact),
      why: { reason: fact.cause, detail: fact.sink },
    }),
  },
  'rotation.intended': {
    level: 'info',
    message: 'next step of a rotation',
    counts: { keyfuse_rotation_steps_total: { step: 'step' } },
    journal: (fact) => ({ attempt: fact.attempt, target: rotated(fact), result: fact.step }),
  },
  'rotation.waiting': {
    level: 'warn',
    message: 'a rotation could not go on; it is tried again',
    counts: { keyfuse_rotation_retries_total: { step: 'step' } },
  },
  'rotation.in-use': {
    level: 'warn',
    message: 'an old key is still used at the end of its grace',
    counts: { keyfuse_rotations_in_use_total: {} },
    journal: (fact) => ({ target: rotated(fact), why: { detail: new Date(fact.lastUsedAt).toISOString() } }),
  },
  'rotation.ended': {
    level: ({ result }) => (result === 'failed' ? 'error' : 'info'),
    message: 'rotation',
    counts: { keyfuse_rotations_total: { cause: 'cause', result: 'result' } },
    journal: (fact) => ({
      ...{ target: rotated(fact), result: fact.result, why: { reason: fact.cause, detail: fact.why } },
      seconds: { rotation: fact.seconds },
    }),
  },
  'rotations.counted': {
    level: 'debug',
    message: 'rotations counted',
    sets: {
      keyfuse_rotations_open: { to: { field: 'open' } },
      keyfuse_rotations_failed: { to: { field: 'failed' } },
      keyfuse_rotations_waiting_since_timestamp_seconds: { to: { field: 'waitingSince' } },
    },
  },

  'source.accepted': {
    level: 'debug',
    message: 'accepted',
    counts: { keyfuse_source_events_total: { source: 'source', outcome: { is: 'accepted' } } },
    times: { keyfuse_source_answer_seconds: { value: 'seconds', source: 'source' } },
    sets: { keyfuse_source_last_event_timestamp_seconds: { to: 'now', source: 'source' } },
  },
  'source.rejected': {
    level: ({ reason }) => (reason === 'ignored' || reason === 'duplicate' ? 'debug' : 'warn'),
    message: 'turned away',
    counts: { keyfuse_source_events_total: { source: 'source', outcome: 'reason' } },
  },
  'ingress.turned-away': {
    level: ({ quiet, reason }) => (quiet ? 'debug' : reason === 'idle' ? 'info' : 'warn'),
    message: 'turned away at the door; more are only counted',
    counts: { keyfuse_ingress_turned_away_total: { reason: 'reason' } },
  },
  'source.unscanned': {
    level: 'warn',
    message: 'could not be read, so it was not scanned',
    counts: { keyfuse_source_unscanned_total: { source: 'source', reason: 'reason' } },
  },
  'files.unreadable': {
    level: 'info',
    message: 'log files that cannot be read',
    sets: { keyfuse_log_files_unreadable: { to: { field: 'files' } } },
  },
  'source.ended': { level: 'info', message: 'the source has come to its end' },
  'source.dropped': {
    level: 'error',
    message: 'log lines were lost',
    counts: { keyfuse_source_dropped_total: { cause: 'cause', by: 'lines' } },
  },
  'work.done': {
    level: 'debug',
    message: 'fetched and scanned',
    counts: { keyfuse_github_work_total: { source: 'source', kind: 'kind' } },
  },
  'delivery.recovered': {
    level: 'warn',
    message: 'a webhook delivery had failed; it was had after all',
    counts: { keyfuse_github_deliveries_recovered_total: { how: 'how' } },
  },
  'delivery.lost': {
    level: 'error',
    message: 'a webhook delivery failed and cannot be had again',
    counts: { keyfuse_github_deliveries_lost_total: {} },
  },
  'github.answered': {
    level: 'debug',
    message: 'GitHub answered',
    times: { keyfuse_github_request_seconds: { value: 'seconds', client: 'client', class: 'class' } },
  },
  'github.rated': {
    level: 'debug',
    message: 'what GitHub leaves us',
    sets: {
      keyfuse_github_rate_limit_remaining: { to: { field: 'remaining' }, client: 'client', resource: 'resource' },
      keyfuse_github_rate_limit: { to: { field: 'limit' }, client: 'client', resource: 'resource' },
    },
  },
  'fragment.scanned': {
    level: 'debug',
    message: 'scanned',
    counts: { keyfuse_scan_bytes_total: { source: 'source', by: 'bytes' } },
  },
  'candidate.found': {
    level: 'info',
    message: 'candidate found',
    counts: { keyfuse_candidates_total: { source: 'source', detector: 'detector' } },
    times: { keyfuse_leak_to_detected_seconds: { value: 'secondsSinceLeak', source: 'source' } },
  },
  'candidate.suppressed': {
    level: 'debug',
    message: 'match suppressed',
    counts: { keyfuse_candidates_suppressed_total: { reason: 'reason' } },
  },

  'message.retried': {
    level: 'warn',
    message: 'goes round again',
    counts: { keyfuse_messages_retried_total: {} },
  },
  'message.parked': {
    level: 'error',
    message: 'parked; see `keyfuse parked list`',
    counts: { keyfuse_messages_parked_total: { reason: 'reason' } },
    journal: ({ id, fingerprint, reason, attempts }) => ({
      attempt: attempts,
      target: { message: id, fingerprint },
      why: { reason },
    }),
  },
  'parked.redriven': {
    level: 'info',
    message: 'parked message put back',
    counts: { keyfuse_parked_actions_total: { action: { is: 'redriven' } } },
    journal: parked,
  },
  'parked.discarded': {
    level: 'warn',
    message: 'parked message discarded',
    counts: { keyfuse_parked_actions_total: { action: { is: 'discarded' } } },
    journal: parked,
  },
  'topic.noted': {
    level: ({ kind }) => (kind === 'rebalance' ? 'info' : 'warn'),
    message: 'topic',
    counts: { keyfuse_topic_noted_total: { kind: 'kind' } },
  },

  'issuer.answered': {
    level: 'debug',
    message: 'issuer answered',
    counts: { keyfuse_issuer_answers_total: { issuer: 'issuer', operation: 'operation', class: 'class' } },
    times: { keyfuse_issuer_request_seconds: { value: 'seconds', issuer: 'issuer', operation: 'operation' } },
  },
  'credential.refused': {
    level: 'error',
    message: 'our credential is refused; no leaked key can be deleted',
    sets: { keyfuse_credential_refused: { to: 1, issuer: 'issuer', environment: 'environment' } },
  },
  'credential.accepted': {
    level: 'info',
    message: 'our credential is taken again',
    sets: { keyfuse_credential_refused: { to: 0, issuer: 'issuer', environment: 'environment' } },
  },

  'key.judged': {
    level: ({ validity }) => (validity === 'dead' ? 'info' : 'warn'),
    message: 'judged',
    counts: {
      keyfuse_validations_total: { issuer: 'issuer', result: 'validity' },
      keyfuse_unknown_verdicts_total: { issuer: 'issuer', reason: 'reason' },
    },
    // Dead and unknown ones are told by the end of their incident; a live one's evidence dies with the key.
    journal: (fact) =>
      fact.validity !== 'live'
        ? undefined
        : {
            incident: fact.incident,
            attempt: fact.attempt,
            target: target(fact, fact),
            result: fact.validity,
            why: { detector: fact.detector, severity: fact.severity, detail: seen(fact.sight), ...place(fact.origin) },
            evidence: fact.evidence && { ...fact.evidence, permissions: fact.evidence.permissions?.slice() },
          },
  },
  'key.decided': {
    level: ({ decision }) => (decision === 'hold' || decision === 'watch' ? 'warn' : 'info'),
    message: 'decided',
    counts: { keyfuse_decisions_total: { decision: 'decision' } },
    journal: (fact) => ({
      incident: fact.incident,
      target: target(fact),
      result: fact.decision,
      why: { detector: fact.detector, reason: fact.why ?? 'policy' },
    }),
  },
  'revocation.intended': {
    level: 'info',
    message: 'will revoke',
    counts: { keyfuse_revocation_intents_total: { issuer: 'issuer' } },
    journal: (fact) => ({
      incident: fact.incident,
      attempt: fact.attempt,
      target: target(fact, fact),
      result: fact.decision,
      why: { detector: fact.detector },
    }),
  },
  'revocation.answered': {
    level: ({ result }) => (result === 'refused' ? 'error' : result === 'unknown' ? 'warn' : 'info'),
    message: 'issuer answered the revocation',
    counts: { keyfuse_revocations_total: { issuer: 'issuer', result: 'result' } },
    journal: (fact) => ({ incident: fact.incident, target: target(fact, fact), result: fact.result }),
  },
  'revocation.proved': {
    level: ({ validity }) => (validity === 'dead' ? 'info' : validity === 'live' ? 'error' : 'warn'),
    message: 'looked again after the revocation',
    counts: { keyfuse_post_delete_check_total: { issuer: 'issuer', result: 'validity' } },
    journal: (fact) => ({ incident: fact.incident, target: target(fact, fact), result: fact.validity }),
  },
  'incident.ended': {
    level: ({ outcome }) => (needsPerson.includes(outcome) ? 'error' : outcome === 'dead' ? 'info' : 'warn'),
    message: 'incident',
    counts: { keyfuse_incidents_total: { outcome: 'outcome' }, keyfuse_holds_total: { reason: 'why' } },
    times: {
      keyfuse_detected_to_deleted_seconds: { value: 'seconds.detectedToDeleted', issuer: 'issuer' },
      keyfuse_leak_to_dead_seconds: { value: 'seconds.leakToDead', issuer: 'issuer', source: 'source' },
    },
    journal: (fact) => ({
      incident: fact.incident,
      target: target(fact),
      result: fact.outcome,
      why: { detector: fact.detector, reason: fact.why, detail: seen(fact.sight), source: fact.source },
      seconds: spread(fact.seconds),
    }),
  },
  'incident.sighted': {
    level: 'info',
    message: 'seen again',
    counts: { keyfuse_sightings_total: { outcome: 'outcome', by: 'times' } },
    // Where else a key that mattered leaked is evidence; dead text, and a burst of one key, are only counted.
    journal: (fact) =>
      fact.outcome === 'dead' || fact.message > JOURNALED_SIGHTINGS
        ? undefined
        : { incident: fact.incident, target: target(fact), result: fact.outcome, why: place(fact.origin) },
  },
  'responder.halted': {
    level: 'error',
    message: 'responder halted; nothing is judged or deleted',
    counts: { keyfuse_faults_total: { code: 'code' } },
    sets: { keyfuse_halted: { to: 1 } },
    // This line is shorter than those of a deletion: where only it still fits, the journal must not count as written.
    journal: ({ code, detail }) => (code === 'journal.blocked' ? undefined : { why: { reason: code, detail } }),
  },
  'responder.resumed': {
    level: 'info',
    message: 'responder goes on',
    sets: { keyfuse_halted: { to: 0 } },
    journal: () => ({}),
  },
  'brake.engaged': {
    level: 'error',
    message: 'brake engaged; deletions are held',
    sets: { keyfuse_brake_engaged: { to: 1 } },
    journal: ({ deletions, windowSeconds }) => ({ why: { detail: `${deletions} deletions in ${windowSeconds} s` } }),
  },
  'brake.released': {
    level: 'warn',
    message: 'brake released',
    sets: { keyfuse_brake_engaged: { to: 0 } },
    journal: () => ({}),
  },
  'notice.sent': {
    level: 'info',
    message: 'notice sent',
    counts: { keyfuse_notifications_total: { channel: 'channel', result: { is: 'sent' } } },
    times: { keyfuse_notice_seconds: { value: 'seconds', channel: 'channel' } },
    journal: ({ incident, channel }) => ({ incident, result: channel }),
  },
  'notice.pending': {
    level: 'warn',
    message: 'notice waits for somebody to allow it',
    counts: { keyfuse_notifications_total: { channel: 'channel', result: { is: 'pending' } } },
    journal: ({ incident, channel, detail }) => ({ incident, result: channel, why: { detail } }),
  },
  'notice.late': {
    level: 'warn',
    message: 'notice does not arrive; we go on trying',
    counts: { keyfuse_notifications_total: { channel: 'channel', result: { is: 'late' } } },
  },
  'notice.failed': {
    level: 'error',
    message: 'notice did not arrive',
    counts: { keyfuse_notifications_total: { channel: 'channel', result: { is: 'failed' } } },
    journal: ({ incident, channel, detail }) => ({ incident, result: channel, why: { detail } }),
  },

  'key.refused-by-api': {
    level: 'info',
    message: 'your API refuses the key, too',
    counts: { keyfuse_api_probes_total: { result: { is: 'refused' } } },
    times: { keyfuse_refused_by_api_seconds: { value: 'seconds' } },
    journal: probed,
  },
  'key.accepted-by-api': {
    level: 'error',
    message: 'your API accepts a key that its issuer deleted',
    counts: { keyfuse_api_probes_total: { result: { is: 'accepted' } } },
    journal: probed,
  },
  'key.unanswered-by-api': {
    level: 'warn',
    message: 'your API gave no definite answer about a dead key',
    counts: { keyfuse_api_probes_total: { result: { is: 'unanswered' } } },
    journal: probed,
  },
} as const satisfies { readonly [T in FactType]: Row<T> };
