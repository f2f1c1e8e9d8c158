import type { FactOf } from '../core/facts.ts';
import { target } from './entries.ts';
import type { Entry } from './journal-line.ts';
import type { Rows } from './row.ts';

const probed = (
  fact: FactOf<'key.refused-by-api'> | FactOf<'key.accepted-by-api'> | FactOf<'key.unanswered-by-api'>,
): Omit<Entry, 'what'> => ({
  ...{ incident: fact.incident, attempt: fact.attempts, target: target(fact) },
  ...(fact.detail !== undefined && { why: { detail: fact.detail } }),
  seconds: { sinceProof: fact.seconds },
});

/** Who is told of a dead key, and whether your own API refuses it. */
export const tellingRows = {
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
} as const satisfies Rows;
