import type { FactOf } from '../core/facts.ts';
import { person } from './entries.ts';
import type { Entry } from './journal-line.ts';
import type { Rows } from './row.ts';

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

/** Keys at rest, our own secrets, and rotations. */
export const keyRows = {
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
} as const satisfies Rows;
