import * as z from 'zod';
import { count, env, secret, words, yes } from './config-kinds.ts';
import { linkFault } from './core/log-template.ts';
import { searchSettingFault } from './core/redaction.ts';

/** `host:port`, `:port` for every address, `[::1]:port`; undefined when it is none. */
export const addressOf = (text: string): { readonly host: string; readonly port: number } | undefined => {
  const { host = '', port = '' } = /^(?<host>\[[0-9a-f:.]+\]|[^:[\]\s]*):(?<port>\d{1,5})$/i.exec(text)?.groups ?? {};
  if (port === '' || Number(port) > 65_535) return undefined;
  return { host: host === '' ? '0.0.0.0' : host.replace(/^\[|\]$/g, ''), port: Number(port) };
};

const address = (name: string, help: string) =>
  z
    .string()
    .refine(
      (text) => addressOf(text) !== undefined,
      'must be host:port, such as 10.0.0.5:514, or :514 for every address',
    )
    .optional()
    .meta(env(name))
    .describe(help);

const syslog = z.strictObject({
  udp: address('SYSLOG_UDP', 'Address for syslog over UDP (RFC 5426), `host:port`.'),
  tcp: address('SYSLOG_TCP', 'Address for syslog over TCP (RFC 6587, both framings), `host:port`.'),
  tls: address('SYSLOG_TLS', 'Address for syslog over TLS (RFC 5425), `host:port`; needs `tls.cert` and `tls.key`.'),
});

const kafka = z.strictObject({
  topics: words().prefault([]).meta(env('LOG_KAFKA_TOPICS')).describe('Topics that carry logs, separated by commas.'),
  brokers: words()
    .prefault([])
    .meta(env('LOG_KAFKA_BROKERS'))
    .describe('Their brokers, `host:port`; empty: those of `topic`, with how we sign in there.'),
  group: z
    .string()
    .min(1)
    .default('keyfuse-logs')
    .meta(env('LOG_KAFKA_GROUP'))
    .describe('Consumer group of the log topics.'),
  tls: yes().default(false).meta(env('LOG_KAFKA_TLS')).describe('Speak TLS with `brokers`.'),
  saslMechanism: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .meta(env('LOG_KAFKA_SASL_MECHANISM'))
    .describe('How to sign in at `brokers`.'),
  saslUsername: z.string().optional().meta(env('LOG_KAFKA_SASL_USERNAME')).describe('Who signs in.'),
  saslPassword: secret('LOG_KAFKA_SASL_PASSWORD', 'Its password.').optional(),
});

const sender = z.strictObject({
  calls: count(1, 10_000)
    .default(100)
    .meta(env('LOG_SENDER_CALLS'))
    .describe(
      'HTTP calls at once from one address; up to 400 more (1,000 of all senders) wait for their turn, 30 s at most, then 429.',
    ),
  bytesPerSecond: count(0, 1_000_000_000_000)
    .default(0)
    .meta(env('LOG_SENDER_BYTES_PER_SECOND'))
    .describe('What one address may send a second on average, over HTTP; more is answered 429. 0: no limit.'),
});

/** What is wrong with a text, as zod wants it. */
const fault = (of: (text: string) => string | undefined) => (text: string, context: z.RefinementCtx) => {
  const message = of(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
};

/** Where log lines come from, and what is made of the place of a key in them. */
export const logs = z.strictObject({
  files: words()
    .prefault([])
    .meta(env('LOG_FILES'))
    .describe('Log files to follow through rotation, separated by commas; `*`, `**` and `?` stand for more.'),
  fromStart: yes()
    .default(false)
    .meta(env('LOG_FROM_START'))
    .describe('Read a file or a log topic from its start at first sight; else only what comes from then on.'),
  stdin: yes().default(false).meta(env('LOG_STDIN')).describe('Read log lines from standard input.'),
  token: secret(
    'LOGS_TOKEN',
    'What HTTP senders of logs must give: as bearer, as Splunk’s token, or as the password of a user. Needed when HOST is not loopback, if `tls.clientCa` is not set.',
  ).optional(),
  sender: sender.prefault({}).describe('Limits for one HTTP sender, so that none starves the others.'),
  syslog: syslog.prefault({}).describe('Syslog listeners: RFC 5424 and RFC 3164.'),
  kafka: kafka.prefault({}).describe('Kafka topics that carry logs, read in a consumer group of their own.'),
  spoolBytes: count(0, 1_000_000_000_000)
    .default(64 * 1024 * 1024)
    .meta(env('LOG_SPOOL_BYTES'))
    .describe(
      'Room in `dataDir` for what a sender without back-pressure (syslog over UDP) sent while the topic is away.',
    ),
  onLoss: z
    .enum(['alert', 'exit'])
    .default('alert')
    .meta(env('LOG_ON_LOSS'))
    .describe('When log lines are lost: count and alert, or end the daemon as well.'),
  link: z
    .string()
    .superRefine(fault(linkFault))
    .optional()
    .meta(env('LOG_LINK'))
    .describe(
      'Template of a link to a line in your log UI: `{service}`, `{host}`, `{namespace}`, `{pod}`, `{container}`, `{trace}`, `{time}`, `{from}`, `{to}` (ISO), `{fromMs}`, `{toMs}`.',
    ),
  search: z
    .string()
    .superRefine(fault(searchSettingFault))
    .default('plain')
    .meta(env('LOG_SEARCH'))
    .describe(
      'How the query for other copies of a leaked key is written: `plain`, `loki`, `elastic`, `splunk`, or a template with the fields of `link` and `{start}`, `{end}`, `{preview}` (of the key).',
    ),
});

/** One certificate for the ingress and for syslog over TLS. */
export const tls = z.strictObject({
  cert: z.string().min(1).optional().meta(env('TLS_CERT')).describe('PEM file of the certificate chain.'),
  key: z.string().min(1).optional().meta(env('TLS_KEY')).describe('PEM file of its private key.'),
  clientCa: z
    .string()
    .min(1)
    .optional()
    .meta(env('TLS_CLIENT_CA'))
    .describe('PEM file of who signs the certificates of log senders; then each must show one (mTLS) or the token.'),
});
