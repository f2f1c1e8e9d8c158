import type { Durations } from '../core/facts.ts';
import type { Origin } from '../core/origin.ts';
import type { Sight } from '../core/prefilter.ts';
import { target } from './entries.ts';
import type { Rows } from './row.ts';

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

const needsPerson = ['still-live', 'refused'];
/** Messages of one incident; the ledger has the number of sightings. */
const JOURNALED_SIGHTINGS = 20;

/** What the issuer says, and what is done about a key. */
export const respondingRows = {
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
} as const satisfies Rows;
