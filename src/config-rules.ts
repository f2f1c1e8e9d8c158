import type { Settings } from './config.ts';
import type { FaultList } from './config-faults.ts';
import { isLoopback } from './config-kinds.ts';
import { Fault } from './core/errors.ts';
import type { Secret } from './core/secret.ts';
import { parseRing } from './topic/seal.ts';

/** Which half of the pipeline runs: both, or one of them with Kafka between. */
export type Role = 'all' | 'scan' | 'respond';

/** Adds what is right alone and wrong together; without a role, only what every command needs. */
export const addMissing = (settings: Settings, role: Role | undefined, faults: FaultList): void => {
  const { github, logs, topic, http, tls } = settings;
  const need = (when: boolean, path: string, why: string) => when && faults.add(path.split('.'), why);
  const scans = role === 'all' || role === 'scan';
  const responds = role === 'all' || role === 'respond';
  const apart = role === 'scan' || role === 'respond';
  const names = environmentsOf(settings);
  const kafka = topic.brokers.length > 0;
  const watches = isTold(github) || hearsLogs(settings);
  const signsIn = topic.saslMechanism !== undefined;

  if (responds) addLostRules(settings, faults);
  need(responds && names.length === 0, 'workos.apiKey', 'is missing; nothing could be judged or deleted');
  need(new Set(names).size !== names.length, 'workos.environments', 'two environments have the same name');
  need(
    scans && !watches,
    'github.webhookSecret',
    'is missing, and no log source (LOG_FILES, --stdin, LOGS_TOKEN, LOG_KAFKA_TOPICS, SYSLOG_*) is set either: nothing would be watched',
  );
  need(
    scans && !isLoopback(http.host) && !logs.token && !tls.clientCa && !github.webhookSecret,
    'logs.token',
    'is needed when HOST is not loopback, or tls.clientCa (TLS_CLIENT_CA)',
  );
  if (scans) addSyslog(settings, faults);
  addGithub(github, faults);
  addLogTopics(settings, faults);
  addTls(tls, faults);
  if (responds) addRevocations(settings, faults);
  need(apart && !kafka, 'topic.brokers', 'is needed to run roles apart');
  need(kafka && !topic.sealKeys, 'topic.sealKeys', 'is needed with Kafka: every role must hold the same keys');
  need(
    kafka && !topic.fingerprintKey,
    'topic.fingerprintKey',
    'is needed with Kafka: every role must hold the same key',
  );
  const ring = ringFault(topic);
  need(ring !== undefined, 'topic.sealKeys', ring ?? '');
  need(isShort(topic.fingerprintKey), 'topic.fingerprintKey', 'must be base64 of 32 bytes or more');
  need(signsIn && !topic.saslUsername, 'topic.saslUsername', 'is needed to sign in');
  need(signsIn && !topic.saslPassword, 'topic.saslPassword', 'is needed to sign in');
};

type Github = Settings['github'];

const isTold = ({ webhookSecret, partner, repositories }: Github): boolean =>
  webhookSecret !== undefined || partner || repositories.length > 0;

const hearsLogs = ({ logs: { files, stdin, token, kafka, syslog }, tls }: Settings): boolean =>
  files.length > 0 ||
  stdin ||
  token !== undefined ||
  tls.clientCa !== undefined ||
  kafka.topics.length > 0 ||
  Object.values(syslog).some((address) => address !== undefined);

const addSyslog = ({ logs, tls }: Settings, faults: FaultList): void => {
  if (logs.syslog.tls === undefined) return;
  const why = 'is needed for logs.syslog.tls (SYSLOG_TLS)';
  if (!tls.cert) faults.add(['tls', 'cert'], why);
  if (!tls.key) faults.add(['tls', 'key'], why);
};

/** An App is its id and its key. */
const addGithub = ({ appId, privateKey }: Github, faults: FaultList): void => {
  if (appId && !privateKey) faults.add(['github', 'privateKey'], 'is needed with github.appId (APP_ID)');
  if (privateKey && !appId) faults.add(['github', 'appId'], 'is needed with github.privateKey (PRIVATE_KEY)');
};

/** Log topics are on brokers of their own, or on those of the candidates with how we sign in there. */
const addLogTopics = ({ logs, topic }: Settings, faults: FaultList): void => {
  const { topics, brokers, saslMechanism, saslUsername, saslPassword } = logs.kafka;
  const add = (name: string, why: string) => faults.add(['logs', 'kafka', name], why);
  if (topics.length > 0 && brokers.length === 0 && topic.brokers.length === 0)
    add('brokers', 'is needed to read log topics, unless KAFKA_BROKERS is set and they are there');
  if (saslMechanism && brokers.length === 0) add('brokers', 'is needed: the sign-in of log topics is for them alone');
  if (saslMechanism && !saslUsername) add('saslUsername', 'is needed to sign in');
  if (saslMechanism && !saslPassword) add('saslPassword', 'is needed to sign in');
};

/** A certificate is its chain and its key; clients can only show theirs to a TLS listener. */
const addTls = ({ cert, key, clientCa }: Settings['tls'], faults: FaultList): void => {
  if (cert && !key) faults.add(['tls', 'key'], 'is needed with tls.cert (TLS_CERT)');
  if (key && !cert) faults.add(['tls', 'cert'], 'is needed with tls.key (TLS_KEY)');
  if (clientCa && !cert && !key) faults.add(['tls', 'cert'], 'is needed with tls.clientCa (TLS_CLIENT_CA)');
};

/** `default` is what the environment of `workos.apiKey` is called. */
export const environmentsOf = ({ workos }: Pick<Settings, 'workos'>): readonly string[] => [
  ...(workos.apiKey ? ['default'] : []),
  ...workos.environments.map(({ name }) => name),
];

/** Rules for an environment that is not there: none would ever fit, and the keys it was for would fall to `mode`. */
const addLostRules = (settings: Settings, faults: FaultList): void => {
  // While an environment is wrong, its name is not known.
  if (faults.sentences.some((one) => /^workos\.(apiKey|environments)/.test(one))) return;
  const names = environmentsOf(settings);
  for (const [at, { environment }] of settings.policy.rules.entries()) {
    if (environment === undefined || names.includes(environment)) continue;
    const why = environment === 'default' ? ', and workos.apiKey is not set' : '';
    faults.add(['policy', 'rules', at, 'environment'], `there is no such environment in workos.environments${why}`);
  }
};

/** Entries of the policy that count no longer, a sentence each. No fault: a daemon must not stay down for one. */
export const expired = ({ policy }: Settings, now: number): readonly string[] =>
  (['canaries', 'allow'] as const).flatMap((list) =>
    policy[list].flatMap(({ expires }, at) => {
      const day = new Date(expires).toISOString().slice(0, 10);
      const told = `policy.${list}.${at} expired on ${day} and keeps nothing alive; remove it or renew it`;
      return expires > now ? [] : [told];
    }),
  );

const isShort = (key: Secret | undefined): boolean =>
  key !== undefined && Buffer.from(key.expose(), 'base64').length < 32;

/** Who is told to forget a key must know that it is us. */
const addRevocations = ({ revocations: { urls, secret } }: Settings, faults: FaultList): void => {
  const add = (why: string) => faults.add(['revocations', 'secret'], why);
  if (urls.length > 0 && !secret) add('is needed with revocations.urls (REVOCATION_URLS)');
  if (secret && !isSigningKey(secret)) add('must be base64 of 24 bytes or more');
};

/** As receivers decode it, to the letter: else they would make another key of it. */
const isSigningKey = (key: Secret): boolean => {
  const base64 = key.expose().replace(/^whsec_/, '');
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.toString('base64') === base64;
};

/** What is wrong with the sealing keys, each named by its place. */
const ringFault = ({ sealKeys }: Settings['topic']): string | undefined => {
  try {
    if (sealKeys) parseRing(sealKeys.expose());
    return undefined;
  } catch (error) {
    return error instanceof Fault ? error.message.replace(/^[a-z.]+: sealing keys: /, '') : 'cannot be read';
  }
};

/** What Kubernetes sets for a service named keyfuse, and what our tests take. */
const LINKS = /^KEYFUSE_(PORT|SERVICE|TEST)/;

/** Others use these as well: only what nearly is one of ours is meant for us. */
const SHARED = /^(?:LOGS?|SYSLOG)_/;
const NEAR = 2;

/** Letters to change, add or leave out to get from one to the other; more than `NEAR` are not counted on. */
const distance = (one: string, other: string): number => {
  if (Math.abs(one.length - other.length) > NEAR) return NEAR + 1;
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [nth, letter] of [...one].entries()) {
    const next = [nth + 1];
    for (let at = 0; at < other.length; at += 1) {
      const swap = (row[at] ?? 0) + (letter === other[at] ? 0 : 1);
      next.push(Math.min(swap, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

const isMeant = (name: string, known: readonly string[]): boolean =>
  name.startsWith('KEYFUSE_')
    ? !LINKS.test(name)
    : SHARED.test(name) && known.some((one) => distance(name, one) <= NEAR);

/** Variables that look like ours and set nothing: with a mistyped `KEYFUSE_MODE=watch` keys would be deleted. */
export const mistyped = (
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): readonly string[] =>
  Object.keys(env)
    .filter((name) => !known.includes(name) && !known.includes(name.replace(/_FILE$/, '')) && isMeant(name, known))
    .map((name) => `${name} is no setting and does nothing; docs/configuration.md lists what there is`);
