import type { FactOf, FactType } from '../core/facts.ts';
import { person } from './entries.ts';
import type { Entry } from './journal-line.ts';
import type { Row, Rows } from './row.ts';
import { findingRows } from './table-finding.ts';
import { keyRows } from './table-keys.ts';
import { respondingRows } from './table-responding.ts';
import { tellingRows } from './table-telling.ts';

const parked = (fact: FactOf<'parked.redriven'> | FactOf<'parked.discarded'>): Omit<Entry, 'what'> => ({
  who: person(fact.who),
  target: { message: fact.id, fingerprint: fact.fingerprint },
  why: { reason: fact.why },
});

/** The daemon itself, and its topics. */
const ownRows = {
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
} as const satisfies Rows;

/**
 * How every fact is said: the one place for levels, messages, counters, histograms and journal fields. A fact without a
 * row, or a label that is not a field of its fact, does not compile.
 */
export const table = {
  ...ownRows,
  ...keyRows,
  ...findingRows,
  ...respondingRows,
  ...tellingRows,
} as const satisfies { readonly [T in FactType]: Row<T> };
