/** One panel; queries are PromQL, `$instance` comes in by `own`. Sizes are of Grafana's grid of 24 columns. */
export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly type: 'stat' | 'timeseries' | 'heatmap' | 'bargauge';
  readonly unit: string;
  readonly width: number;
  /** Legend and query. */
  readonly queries: readonly (readonly [legend: string, expr: string])[];
  /** Stat: red from here on. */
  readonly red?: number;
  /** Stat: words for values. */
  readonly words?: Readonly<Record<string, readonly [text: string, colour: 'green' | 'red']>>;
}

export interface Row {
  readonly title: string;
  readonly height: number;
  readonly panels: readonly Panel[];
}

export const own = 'instance=~"$instance"';
const span = '$__rate_interval';
const rate = (metric: string, by: string, labels = ''): string =>
  `sum by (${by}) (rate(${metric}{${own}${labels && `, ${labels}`}}[${span}]))`;
const more = (metric: string, by: string, labels = ''): string =>
  `sum by (${by}) (increase(${metric}{${own}${labels && `, ${labels}`}}[${span}]))`;
const inRange = (metric: string, labels = ''): string =>
  `sum(increase(${metric}{${own}${labels && `, ${labels}`}}[$__range]))`;
const quantile = (q: number, metric: string, by = 'le'): string =>
  `histogram_quantile(${q}, ${rate(`${metric}_bucket`, by)})`;
const age = (metric: string): string => `time() - (${metric}{${own}} > 0)`;

const now: Row = {
  title: 'Now',
  height: 4,
  panels: [
    {
      title: 'Live keys not dead',
      description:
        'Keys that the issuer called live and that are not proved dead. Held and watched keys are not counted.',
      ...{ type: 'stat', unit: 'none', width: 3, red: 1 },
      queries: [['keys', `sum(keyfuse_live_keys_unrevoked{${own}})`]],
    },
    {
      title: 'Oldest of them',
      description: 'How long the oldest of those keys has been known. Pages at 5 minutes.',
      ...{ type: 'stat', unit: 's', width: 3, red: 300 },
      queries: [['age', `max(${age('keyfuse_oldest_live_unrevoked_timestamp_seconds')}) or vector(0)`]],
    },
    {
      title: 'Budget left',
      description:
        'Of the objective that 99 % of live keys are dead within 60 s of receipt, over 30 days. Empty without keys.',
      ...{ type: 'stat', unit: 'percentunit', width: 3 },
      queries: [
        [
          'left',
          `1 - (1 - sum(increase(keyfuse_leak_to_dead_seconds_bucket{${own}, le="60"}[30d])) / sum(increase(keyfuse_leak_to_dead_seconds_count{${own}}[30d]))) / 0.01`,
        ],
      ],
    },
    {
      title: 'Revoked in 24 h',
      description: 'Keys that an issuer said it deleted or expired.',
      ...{ type: 'stat', unit: 'none', width: 3 },
      queries: [['keys', `sum(increase(keyfuse_revocations_total{${own}, result=~"deleted|expired"}[24h]))`]],
    },
    {
      title: 'Audit journal',
      description: 'Nothing is deleted while the journal cannot be written.',
      ...{ type: 'stat', unit: 'none', width: 3, words: { 0: ['written', 'green'], 1: ['BLOCKED', 'red'] } },
      queries: [['journal', `max(keyfuse_audit_blocked{${own}})`]],
    },
    {
      title: 'Responder',
      description: 'Halted: our own state cannot be trusted, so nothing is judged or deleted.',
      ...{ type: 'stat', unit: 'none', width: 3, words: { 0: ['works', 'green'], 1: ['HALTED', 'red'] } },
      queries: [['responder', `max(keyfuse_halted{${own}})`]],
    },
    {
      title: 'Brake',
      description: 'Engaged: deletions come too fast and are held until the window has moved on.',
      ...{ type: 'stat', unit: 'none', width: 3, words: { 0: ['free', 'green'], 1: ['ENGAGED', 'red'] } },
      queries: [['brake', `max(keyfuse_brake_engaged{${own}})`]],
    },
    {
      title: 'Default policy',
      description: 'WATCH and HOLD delete nothing.',
      ...{ type: 'stat', unit: 'none', width: 3, words: { 0: ['deletes', 'green'], 1: ['WATCH ONLY', 'red'] } },
      queries: [['policy', `max(keyfuse_mode{${own}, mode=~"watch|hold"})`]],
    },
  ],
};

const keys: Row = {
  title: 'Keys',
  height: 8,
  panels: [
    {
      title: 'From candidate to proof',
      description:
        'What is left at each step, in the time shown. Proved dead may be less than revoked: look at outcomes.',
      ...{ type: 'bargauge', unit: 'none', width: 8 },
      queries: [
        ['candidates', inRange('keyfuse_candidates_total')],
        ['validated', inRange('keyfuse_validations_total')],
        ['live', inRange('keyfuse_validations_total', 'result="live"')],
        ['to be revoked', inRange('keyfuse_revocation_intents_total')],
        ['revoked', inRange('keyfuse_revocations_total', 'result=~"deleted|expired|already-gone"')],
        ['proved dead', inRange('keyfuse_post_delete_check_total', 'result="dead"')],
      ],
    },
    {
      title: 'Outcomes',
      description: 'How incidents ended or stand. `unproved`, `still-live` and `unknown` go round again.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [['{{outcome}}', `${more('keyfuse_incidents_total', 'outcome')} > 0`]],
    },
    {
      title: 'Decisions, and why keys were left',
      description: 'What policy allowed for live keys; and for keys that were left as they are, the reason.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [
        ['{{decision}}', more('keyfuse_decisions_total', 'decision')],
        ['left: {{reason}}', `${more('keyfuse_holds_total', 'reason')} > 0`],
      ],
    },
    {
      title: 'Ledger',
      description: 'Where everything stands that was accepted. accepted = the sum of the others.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [['{{state}}', `sum by (state) (keyfuse_ledger{${own}}) > 0`]],
    },
    {
      title: 'Ledger imbalance',
      description: 'accepted minus everything accounted for. Pages when it is not 0 for 5 minutes.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [['{{instance}}', `keyfuse_ledger_imbalance{${own}}`]],
    },
    {
      title: 'Seen again, suppressed',
      description: 'Further sightings of known fingerprints, and matches that never became candidates.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [
        ['seen again: {{outcome}}', `${more('keyfuse_sightings_total', 'outcome')} > 0`],
        ['suppressed: {{reason}}', more('keyfuse_candidates_suppressed_total', 'reason')],
      ],
    },
  ],
};

const time: Row = {
  title: 'Time',
  height: 8,
  panels: [
    {
      title: 'Leak to dead',
      description: 'From receipt to proof of death, backfills apart. The objective is 60 s.',
      ...{ type: 'heatmap', unit: 's', width: 12 },
      queries: [['{{le}}', more('keyfuse_leak_to_dead_seconds_bucket', 'le')]],
    },
    {
      title: 'Where the time goes',
      description: '95th percentile of each part. Backfills apart.',
      ...{ type: 'timeseries', unit: 's', width: 12 },
      queries: [
        ['leak to candidate', `histogram_quantile(0.95, ${rate('keyfuse_leak_to_detected_seconds_bucket', 'le')})`],
        ['candidate to deleted', quantile(0.95, 'keyfuse_detected_to_deleted_seconds')],
        ['leak to dead', `histogram_quantile(0.95, ${rate('keyfuse_leak_to_dead_seconds_bucket', 'le')})`],
      ],
    },
  ],
};

const sources: Row = {
  title: 'Sources',
  height: 8,
  panels: [
    {
      title: 'Events',
      description: 'Calls and fragments by what became of them.',
      ...{ type: 'timeseries', unit: 'ops', width: 8 },
      queries: [['{{source}} {{outcome}}', `${rate('keyfuse_source_events_total', 'source, outcome')} > 0`]],
    },
    {
      title: 'Since the last event',
      description: 'Sources that never had one are not shown.',
      ...{ type: 'timeseries', unit: 's', width: 8 },
      queries: [['{{source}}', `min by (source) (${age('keyfuse_source_last_event_timestamp_seconds')})`]],
    },
    {
      title: 'Time to acknowledge',
      description: '99th percentile. GitHub hangs up after 10 s.',
      ...{ type: 'timeseries', unit: 's', width: 8 },
      queries: [['{{source}}', quantile(0.99, 'keyfuse_source_answer_seconds', 'le, source')]],
    },
    {
      title: 'Scanned',
      description: 'Bytes per second.',
      ...{ type: 'timeseries', unit: 'Bps', width: 8 },
      queries: [['{{source}}', rate('keyfuse_scan_bytes_total', 'source')]],
    },
    {
      title: 'Candidates',
      description: 'Put on the topic, by kind of key.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [['{{source}} {{detector}}', `${more('keyfuse_candidates_total', 'source, detector')} > 0`]],
    },
    {
      title: 'Not scanned',
      description:
        'What a source named and could not read, whom it did not let in, and what of GitHub is still to be read. Not clean: unknown.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [
        ['{{source}} {{reason}}', `${more('keyfuse_source_unscanned_total', 'source, reason')} > 0`],
        ['log lines lost, {{cause}}', `${more('keyfuse_source_dropped_total', 'cause')} > 0`],
        [
          'senders turned away, {{reason}}',
          `sum by (reason) (increase(keyfuse_ingress_turned_away_total{${own}, reason!="idle"}[$__rate_interval])) > 0`,
        ],
        ['log files that cannot be read', `sum(keyfuse_log_files_unreadable{${own}})`],
        ['given up', `sum(keyfuse_github_work_unscanned{${own}})`],
        ['waiting', `sum(keyfuse_github_work_waiting{${own}})`],
      ],
    },
  ],
};

const github: Row = {
  title: 'GitHub',
  height: 8,
  panels: [
    {
      title: 'Fetched',
      description: 'Because GitHub named it; and deliveries that had failed, and were had after all or lost.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [
        ['{{kind}}', `${more('keyfuse_github_work_total', 'kind')} > 0`],
        ['recovered: {{how}}', `${more('keyfuse_github_deliveries_recovered_total', 'how')} > 0`],
        ['lost', `sum(increase(keyfuse_github_deliveries_lost_total{${own}}[$__rate_interval])) > 0`],
      ],
    },
    {
      title: 'Calls to GitHub',
      description: '`urgent` reads, `calm` closes and comments. `none`: no answer.',
      ...{ type: 'timeseries', unit: 'ops', width: 8 },
      queries: [['{{client}} {{class}}', `${rate('keyfuse_github_request_seconds_count', 'client, class')} > 0`]],
    },
    {
      title: 'Rate limit',
      description: 'Calls that GitHub leaves one of our credentials in this hour, and how many it gives.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [
        ['{{client}} {{resource}} left', `min by (client, resource) (keyfuse_github_rate_limit_remaining{${own}})`],
        ['{{client}} {{resource}} an hour', `max by (client, resource) (keyfuse_github_rate_limit{${own}})`],
      ],
    },
  ],
};

const inventory: Row = {
  title: 'Inventory',
  height: 8,
  panels: [
    {
      title: 'Keys with a flag',
      description:
        'Keys that are old, unused, expiring, or may do more than policy allows, as the inventory knows them.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [['{{flag}}', `max by (flag) (keyfuse_keys_flagged{${own}})`]],
    },
    {
      title: 'All keys',
      description: 'Keys that the issuer has.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [['keys', `max(keyfuse_keys{${own}})`]],
    },
    {
      title: 'Age of keys, and of the inventory',
      description: 'Age of the oldest key, and how long ago all keys were read.',
      ...{ type: 'timeseries', unit: 's', width: 8 },
      queries: [
        ['oldest key', `max(keyfuse_keys_oldest_seconds{${own}})`],
        ['inventory', `min(${age('keyfuse_keys_read_timestamp_seconds')})`],
      ],
    },
    {
      title: 'Rotations',
      description:
        'Keys that are being rotated, those that could not be, and old keys that were used after their grace.',
      ...{ type: 'timeseries', unit: 'none', width: 12 },
      queries: [
        ['under way', `sum(keyfuse_rotations_open{${own}})`],
        ['failed', `sum(keyfuse_rotations_failed{${own}})`],
        ['old key in use', `sum(increase(keyfuse_rotations_in_use_total{${own}}[1h]))`],
        ['{{result}}, by {{cause}}', `sum by (result, cause) (increase(keyfuse_rotations_total{${own}}[1h]))`],
      ],
    },
    {
      title: 'Steps of rotations',
      description: 'Steps that were begun, and those that had to be tried again.',
      ...{ type: 'timeseries', unit: 'none', width: 12 },
      queries: [
        ['{{step}}', `sum by (step) (increase(keyfuse_rotation_steps_total{${own}}[1h]))`],
        ['{{step}}, again', `sum by (step) (increase(keyfuse_rotation_retries_total{${own}}[1h]))`],
      ],
    },
  ],
};

const secrets: Row = {
  title: 'Secrets',
  height: 6,
  panels: [
    {
      title: 'Secrets that could not be had',
      description: 'Stale: the last good value is used. Sealed: the daemon waits for it.',
      ...{ type: 'timeseries', unit: 'none', width: 12 },
      queries: [
        ['stale', `max(keyfuse_secrets_stale{${own}})`],
        ['sealed', `max(keyfuse_secrets_sealed{${own}})`],
      ],
    },
    {
      title: 'Secrets, read again',
      description: 'Renewed: their store had another value. Else why it gave none.',
      ...{ type: 'timeseries', unit: 'none', width: 12 },
      queries: [
        ['renewed', `sum(increase(keyfuse_secrets_renewed_total{${own}}[$__rate_interval]))`],
        ['{{reason}}', `sum by (reason) (increase(keyfuse_secrets_unrenewed_total{${own}}[$__rate_interval]))`],
      ],
    },
  ],
};

const issuer: Row = {
  title: 'Issuer',
  height: 8,
  panels: [
    {
      title: 'Calls',
      description: '`none`: no answer. 429: we ask too often.',
      ...{ type: 'timeseries', unit: 'ops', width: 8 },
      queries: [
        [
          '{{issuer}} {{operation}} {{class}}',
          `${rate('keyfuse_issuer_answers_total', 'issuer, operation, class')} > 0`,
        ],
      ],
    },
    {
      title: 'Latency',
      description: '99th percentile of a call.',
      ...{ type: 'timeseries', unit: 's', width: 8 },
      queries: [
        ['{{issuer}} {{operation}}', quantile(0.99, 'keyfuse_issuer_request_seconds', 'le, issuer, operation')],
      ],
    },
    {
      title: 'Not definite, by reason',
      description: 'Verdicts that are neither live nor dead; their keys are asked about again.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [['{{issuer}} {{reason}}', more('keyfuse_unknown_verdicts_total', 'issuer, reason')]],
    },
  ],
};

const topic: Row = {
  title: 'Topic',
  height: 8,
  panels: [
    {
      title: 'Lag',
      description: 'Messages not yet dealt with, those of them that wait for another attempt, and those set aside.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [
        ['waiting', `sum(keyfuse_consumer_lag_records{${own}})`],
        ['for another attempt', `sum(keyfuse_retrying_messages{${own}})`],
        ['parked', `max(keyfuse_parked_messages{${own}})`],
      ],
    },
    {
      title: 'Oldest waiting',
      description: 'Age of the oldest message that is not dealt with.',
      ...{ type: 'timeseries', unit: 's', width: 8 },
      queries: [['age', `max(${age('keyfuse_oldest_unprocessed_timestamp_seconds')}) or vector(0)`]],
    },
    {
      title: 'Retried, parked, noted',
      description:
        'Messages that went round again or were set aside, what people did with those, and what happened to our place.',
      ...{ type: 'timeseries', unit: 'none', width: 8 },
      queries: [
        ['retried', more('keyfuse_messages_retried_total', 'job')],
        ['parked: {{reason}}', `${more('keyfuse_messages_parked_total', 'reason')} > 0`],
        ['{{action}}', `${more('keyfuse_parked_actions_total', 'action')} > 0`],
        ['topic: {{kind}}', `${more('keyfuse_topic_noted_total', 'kind')} > 0`],
      ],
    },
  ],
};

const runtime: Row = {
  title: 'Journal, notices, runtime',
  height: 8,
  panels: [
    {
      title: 'Journal sync',
      description: '99th percentile of making one batch durable.',
      ...{ type: 'timeseries', unit: 's', width: 6 },
      queries: [['{{instance}}', quantile(0.99, 'keyfuse_audit_fsync_seconds', 'le, instance')]],
    },
    {
      title: 'Journal records',
      description: 'Durable records per second.',
      ...{ type: 'timeseries', unit: 'ops', width: 6 },
      queries: [['{{instance}}', rate('keyfuse_audit_records_total', 'instance')]],
    },
    {
      title: 'Notices',
      description: 'By whether they arrived.',
      ...{ type: 'timeseries', unit: 'none', width: 6 },
      queries: [['{{channel}} {{result}}', more('keyfuse_notifications_total', 'channel, result')]],
    },
    {
      title: 'Notices of revocations',
      description: '99th percentile of the time from the proof to the receipt by gateways, the topic and audit logs.',
      ...{ type: 'timeseries', unit: 's', width: 6 },
      queries: [['{{channel}}', quantile(0.99, 'keyfuse_notice_seconds', 'le, channel')]],
    },
    {
      title: 'Dead keys at your own API',
      description:
        'What it made of keys that are proved dead, and the 99th percentile of the time until it refused them.',
      ...{ type: 'timeseries', unit: 'none', width: 6 },
      queries: [
        ['{{result}}', more('keyfuse_api_probes_total', 'result')],
        ['seconds to refusal', quantile(0.99, 'keyfuse_refused_by_api_seconds')],
      ],
    },
    {
      title: 'Faults',
      description: 'By code (docs/errors.md), wrong metric calls, and clocks that ran backwards.',
      ...{ type: 'timeseries', unit: 'none', width: 6 },
      queries: [
        ['{{code}}', `${more('keyfuse_faults_total', 'code')} > 0`],
        ['metric calls', `${more('keyfuse_metrics_errors_total', 'job')} > 0`],
        ['clock skew', `${more('keyfuse_clock_skew_observations_total', 'job')} > 0`],
      ],
    },
    {
      title: 'Event loop',
      description: '99th percentile of its delay.',
      ...{ type: 'timeseries', unit: 's', width: 6 },
      queries: [['{{instance}}', `keyfuse_nodejs_eventloop_lag_p99_seconds{${own}}`]],
    },
    {
      title: 'Memory',
      description: 'Resident, and the heap in use.',
      ...{ type: 'timeseries', unit: 'bytes', width: 6 },
      queries: [
        ['{{instance}} resident', `keyfuse_process_resident_memory_bytes{${own}}`],
        ['{{instance}} heap', `keyfuse_nodejs_heap_size_used_bytes{${own}}`],
      ],
    },
    {
      title: 'CPU and files',
      description: 'Processor seconds per second; open file descriptors.',
      ...{ type: 'timeseries', unit: 'none', width: 6 },
      queries: [
        ['{{instance}} cpu', rate('keyfuse_process_cpu_seconds_total', 'instance')],
        ['{{instance}} files', `keyfuse_process_open_fds{${own}}`],
      ],
    },
    {
      title: 'Versions',
      description: 'Versions that run now, and on how many instances.',
      ...{ type: 'stat', unit: 'none', width: 6 },
      queries: [['{{version}}', `sum by (version) (keyfuse_build_info{${own}})`]],
    },
  ],
};

/** The dashboard's rows: keys first, the machine last. */
export const rows: readonly Row[] = [now, keys, time, sources, github, inventory, secrets, issuer, topic, runtime];
