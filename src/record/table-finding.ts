import type { Rows } from './row.ts';

/** What comes in, and the candidates in it. */
export const findingRows = {
  'source.accepted': {
    level: 'debug',
    message: 'accepted',
    counts: { keyfuse_source_events_total: { source: 'source', outcome: { is: 'accepted' } } },
    times: { keyfuse_source_answer_seconds: { value: 'seconds', source: 'source' } },
    sets: { keyfuse_source_last_event_timestamp_seconds: { to: 'now', source: 'source' } },
  },
  'source.rejected': {
    level: ({ reason, quiet }) => (quiet || reason === 'ignored' || reason === 'duplicate' ? 'debug' : 'warn'),
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
} as const satisfies Rows;
