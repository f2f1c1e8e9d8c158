import * as z from 'zod';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { github } from './config-github.ts';
import { keys } from './config-keys.ts';
import { count, env, id, secret, webAddress, words, yes } from './config-kinds.ts';
import { logs, tls } from './config-logs.ts';
import { probe, revocations } from './config-revocations.ts';
import { secrets } from './config-stores.ts';
import { workos } from './config-workos.ts';
import { decisions } from './core/verdict.ts';

const detectorIds = detectors(detectorSettings.parse({})).map(({ id }) => id);

/** One entry of a list that keeps keys alive: it must say why, and until when. */
const entry = z
  .strictObject({
    keyId: id().optional().describe('The issuer’s id of the key.'),
    owner: id().optional().describe('Organization or user id.'),
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
      .optional()
      .describe('As `keyfuse scan --format jsonl` prints it with the daemon’s key. The issuer is not even asked.'),
    reason: z.string().min(3).describe('Why this key must live.'),
    expires: z.iso
      .date('must be a day such as 2027-01-31')
      .transform((text) => Date.parse(`${text}T23:59:59Z`))
      .describe('The last day it counts, `2027-01-31`.'),
  })
  .refine(
    ({ keyId, owner, fingerprint }) => keyId || owner || fingerprint,
    'must name a keyId, an owner or a fingerprint',
  );

const policy = z.strictObject({
  mode: z
    .enum(decisions)
    .default('delete')
    .meta(env('KEYFUSE_MODE'))
    .describe(
      'What happens to a live key: `delete`, `expire` (ends it, keeps its record), `hold` (tell a person), `watch` (dry run).',
    ),
  rules: z
    .array(
      z.strictObject({
        owner: id().optional().describe('Organization or user id.'),
        environment: z
          .string()
          .optional()
          .describe('A name of `workos.environments`; `default` is that of `workos.apiKey`.'),
        detector: z
          .enum(detectorIds, { error: 'there is no such detector; keyfuse detectors list names them' })
          .optional(),
        decision: z.enum(decisions),
      }),
    )
    .default([])
    .describe('The first rule that fits goes before `mode`.'),
  canaries: z.array(entry).default([]).describe('Keys that must alarm and must never be deleted.'),
  allow: z.array(entry).default([]).describe('Known, harmless keys: neither alarm nor deletion.'),
  brake: z
    .strictObject({
      deletions: count(1, 1_000_000)
        .default(50)
        .meta(env('BRAKE_DELETIONS'))
        .describe('Keys deleted within the window, at most.'),
      windowSeconds: count(1, 86_400).default(600).meta(env('BRAKE_WINDOW_SECONDS')).describe('Length of the window.'),
    })
    .prefault({})
    .describe('Holds deletions that come too fast; they go on as the window moves, and people are told.'),
});

const topic = z.strictObject({
  brokers: words()
    .prefault([])
    .meta(env('KAFKA_BROKERS'))
    .describe('`host:port` of Kafka brokers, separated by commas. Empty: the embedded topic.'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .default('keyfuse')
    .meta(env('KAFKA_PREFIX'))
    .describe('First part of every topic’s name.'),
  group: z.string().min(1).default('keyfuse').meta(env('KAFKA_GROUP')).describe('Consumer group of the responders.'),
  clientId: z.string().min(1).default('keyfuse').meta(env('KAFKA_CLIENT_ID')).describe('How brokers name us.'),
  createTopics: yes().default(true).meta(env('KAFKA_CREATE_TOPICS')).describe('Create missing topics at start.'),
  partitions: count(1, 1_000).default(12).meta(env('KAFKA_PARTITIONS')).describe('Of topics that are created.'),
  replication: count(1, 10).default(3).meta(env('KAFKA_REPLICATION')).describe('Of topics that are created.'),
  tls: yes().default(false).meta(env('KAFKA_TLS')).describe('Speak TLS with the brokers.'),
  saslMechanism: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .meta(env('KAFKA_SASL_MECHANISM'))
    .describe('How to sign in.'),
  saslUsername: z.string().optional().meta(env('KAFKA_SASL_USERNAME')).describe('Who signs in.'),
  saslPassword: secret('KAFKA_SASL_PASSWORD', 'Its password.').optional(),
  sealKeys: secret(
    'SEAL_KEYS',
    'Keys that seal candidates, `id:base64` of 32 bytes, separated by commas; the first seals, all open. Made in DATA_DIR for the embedded topic.',
  ).optional(),
  fingerprintKey: secret(
    'FINGERPRINT_KEY',
    'Base64 of 32 bytes or more, the same in every role. Made in DATA_DIR for the embedded topic.',
  ).optional(),
});

const http = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').meta(env('HOST')).describe('Address of the ingress.'),
  port: count(0, 65_535).default(8080).meta(env('PORT')).describe('Port of the ingress; 0 takes a free one.'),
  opsHost: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta(env('OPS_HOST'))
    .describe('Address of /metrics, /healthz, /readyz.'),
  opsPort: count(0, 65_535).default(9464).meta(env('OPS_PORT')).describe('Port of /metrics, /healthz, /readyz.'),
});

const notify = z.strictObject({
  url: webAddress().optional().meta(env('NOTIFY_WEBHOOK_URL')).describe('Notices are POSTed here as JSON.'),
  secret: secret('NOTIFY_WEBHOOK_SECRET', 'Signs notices (HMAC-SHA256, `X-Keyfuse-Signature`).').optional(),
});

const log = z.strictObject({
  level: z
    .enum(['error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .meta(env('LOG_LEVEL'))
    .describe('Least level that is written.'),
  format: z
    .enum(['json', 'pretty'])
    .default('json')
    .meta(env('LOG_FORMAT'))
    .describe('`pretty` for people, `json` for machines.'),
});

/** Every setting: name, type, default, help. The structure is that of `keyfuse.yaml`. */
export const Settings = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('.keyfuse')
    .meta(env('DATA_DIR'))
    .describe('Database, journal and made keys. Keep it.'),
  concurrency: count(1, 10_000).default(64).meta(env('RESPOND_CONCURRENCY')).describe('Keys dealt with at once.'),
  workos: workos.prefault({}).describe('The issuer: our own credentials, and how hard WorkOS may be asked.'),
  detectors: detectorSettings.strict().prefault({}).describe('The keys that are looked for, by detector.'),
  policy: policy.prefault({}).describe('What may be done to a live key.'),
  github: github.prefault({}).describe('Pushes, issues, comments and reviews, as GitHub’s webhooks report them.'),
  keys: keys.prefault({}).describe('The inventory: all keys that the issuer has, and what is wrong with them.'),
  logs: logs.prefault({}).describe('Log lines: followed files, standard input, HTTP, syslog, Kafka topics.'),
  topic: topic.prefault({}).describe('Where candidates wait: Kafka, or the embedded topic in `dataDir`.'),
  http: http.prefault({}).describe('The two listeners: the ingress for senders, the ops port for you.'),
  tls: tls.prefault({}).describe('TLS of the ingress and of syslog. Without it, put your proxy before the ingress.'),
  secrets: secrets
    .prefault({})
    .describe('Secret stores: where references lead, and how often they are followed. See secrets.md.'),
  notify: notify.prefault({}).describe('Whom to tell. Everything is in the log and the journal as well.'),
  revocations: revocations.prefault({}).describe('What programs are told of keys that are dead: docs/notices.md.'),
  probe: probe
    .prefault({})
    .describe('Does your own API refuse a dead key, too? docs/notices.md tells why this is allowed.'),
  log: log.prefault({}).describe('What is written to standard output.'),
});
export type Settings = z.infer<typeof Settings>;
