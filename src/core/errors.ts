/**
 * Every fault Keyfuse can name. `next` says what the loop does next: `retry` (later may work), `park` (never will),
 * `halt` (our own state cannot be trusted), `exit` (start-up: the configuration is wrong, exit code 78).
 * docs/errors.md is made of this table.
 */
export const faults = {
  'issuer.credential-refused': {
    next: 'halt',
    help: 'The issuer refused our own credential (401). Nothing is judged until it is right: check the credential of the named environment; that of `default` is workos.apiKey (WORKOS_API_KEY).',
  },
  'keys.unanswered': {
    next: 'retry',
    help: 'The issuer gave no usable answer when its keys were listed, however often it was asked. What was known before stays; try again later, and check workos.baseUrl (WORKOS_BASE_URL).',
  },
  'rotation.elsewhere': {
    next: 'retry',
    help: 'Another process works on this rotation, or changed it meanwhile; it goes on from how it stands now.',
  },
  'keys.unwanted': {
    next: 'park',
    help: 'The issuer will not make such a key, however often it is asked. Check the organization, and the clock of this machine.',
  },
  'sink.unwritable': {
    next: 'retry',
    help: 'A new key could not be put where it belongs. Check the sink that is named, our right to write there, and that it can be reached.',
  },
  'sink.unreadable': {
    next: 'retry',
    help: 'What stands in a sink could not be read, so nobody knows whether the new key is there. Check our right to read there.',
  },
  'store.full': { next: 'retry', help: 'The disk is full. Intake answers 503 until there is space; nothing is torn.' },
  'store.failed': { next: 'retry', help: 'The embedded database could not write. See the cause.' },
  'store.unwritable': {
    next: 'exit',
    help: 'The data directory cannot be made or written. Check dataDir (DATA_DIR), its owner and its rights.',
  },
  'store.damaged': {
    next: 'exit',
    help: 'The embedded database is damaged. Stop, keep the file, and put back a copy; `sqlite3 FILE .recover` saves what can be read.',
  },
  'topic.locked': {
    next: 'exit',
    help: 'Another process consumes this embedded topic. One database, one responder; several need Kafka.',
  },
  'topic.unreachable': {
    next: 'retry',
    help: 'Kafka did not acknowledge in time. Intake answers 503 until it does.',
  },
  'topic.misconfigured': {
    next: 'exit',
    help: 'A topic is missing or refused. Create the topics named in docs/kafka.md, or allow Keyfuse to.',
  },
  'source.unreadable': {
    next: 'retry',
    help: 'A followed file or stream cannot be read. Check that the path is a regular file and that we may read it; it is tried again.',
  },
  'source.lost': {
    next: 'halt',
    help: 'Log lines were lost, and `logs.onLoss` (LOG_ON_LOSS) says that the daemon ends then. The log line before tells which and why; docs/runbook.md, LogLinesLost, what to do.',
  },
  'github.unauthenticated': {
    next: 'retry',
    help: 'No GITHUB_TOKEN: public commits only, and 60 requests an hour. Give a token that may read the contents of the repositories.',
  },
  'github.credential-refused': {
    next: 'retry',
    help: 'GitHub refused our own token (401). No commit is fetched, and none is given up, until GITHUB_TOKEN is right.',
  },
  'github.refused': {
    next: 'retry',
    help: 'GitHub did not give what was asked; it is asked again in the next round. `keyfuse github doctor` says which permission is missing.',
  },
  'github.rate-limited': {
    next: 'retry',
    help: 'GitHub asked us to wait. Commits wait in the work list until then; a token of an App installation has a higher limit.',
  },
  'github.partner-keys': {
    next: 'retry',
    help: 'The public keys that GitHub signs partner reports with could not be had, or one is not what its identifier says. Reports are checked with the last good keys, and answered 503 without any; GitHub is asked again. Check that the API can be reached.',
  },
  'seal.unknown-key': {
    next: 'park',
    help: 'A message was sealed with a key that is not in the ring. Put the old key back behind the new one, then redrive.',
  },
  'seal.broken': { next: 'park', help: 'A sealed message was changed, cut, or moved to another key.' },
  'journal.blocked': {
    next: 'halt',
    help: 'The audit journal cannot be written, so nothing is deleted. Free space or mend the disk.',
  },
  'journal.locked': { next: 'exit', help: 'Another process writes this journal. One journal, one writer.' },
  'message.malformed': { next: 'park', help: 'A message on the topic is not a candidate of a version we know.' },
  'config.invalid': { next: 'exit', help: 'Settings are missing or wrong; all of them are listed by name.' },
  'address.in-use': {
    next: 'exit',
    help: 'The address of a listener is taken or not ours. Change PORT, OPS_PORT or the setting that is named.',
  },
  'secret.unreachable': {
    next: 'retry',
    help: 'The store of a secret cannot be reached at start. Every door stays closed until it is; it is tried again, after 30 s at the latest. The message names the setting and why.',
  },
  'secret.expired': {
    next: 'halt',
    help: 'A secret of the settings has expired in its store, and there is no newer one. What needs it stands still until there is: put a new one into the store, and see why it could not be read.',
  },
  'tls.not-renewed': {
    next: 'retry',
    help: 'The files of the certificate changed and cannot be used. TLS goes on with what it had; check tls.cert (TLS_CERT), tls.key and tls.clientCa. They are read again when they change.',
  },
  'internal.unexpected': {
    next: 'retry',
    help: 'Something threw that should not have; the sender was answered 500 or the message is tried again. A bug: please report it with the log line.',
  },
} as const satisfies Record<string, { next: 'retry' | 'park' | 'halt' | 'exit'; help: string }>;

export type FaultCode = keyof typeof faults;

/** An error that says what to do next. Its message never holds a secret; `cause` is kept. */
export class Fault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'Fault';
    this.code = code;
  }

  get next(): (typeof faults)[FaultCode]['next'] {
    return faults[this.code].next;
  }
}
