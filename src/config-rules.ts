import type { Settings } from './config.ts';
import type { FaultList } from './config-faults.ts';
import { isLoopback } from './config-kinds.ts';
import { addSharedSinks } from './config-sinks.ts';
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

  if (responds) addResponding(settings, faults);
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
  addSharedSinks(settings, faults);
  addLogTopics(settings, faults);
  addTls(tls, faults);
  need(apart && !kafka, 'topic.brokers', 'is needed to run roles apart');
  need(kafka && !topic.sealKeys, 'topic.sealKeys', 'is needed with Kafka: every role must hold the same keys');
  need(
    kafka && !topic.fingerprintKey,
    'topic.fingerprintKey',
    'is needed with Kafka: every role must hold the same key',
  );
  const ring = topic.sealKeys && ringFault(topic.sealKeys);
  need(ring !== undefined, 'topic.sealKeys', ring ?? '');
  need(isShort(topic.fingerprintKey), 'topic.fingerprintKey', 'must be base64 of 32 bytes or more');
  need(signsIn && !topic.saslUsername, 'topic.saslUsername', 'is needed to sign in');
  need(signsIn && !topic.saslPassword, 'topic.saslPassword', 'is needed to sign in');
};

/** What only matters where keys are judged. */
const addResponding = (settings: Settings, faults: FaultList): void => {
  const { readHours, prefilter, rotation } = settings.keys;
  const why = 'needs an inventory: keys.readHours is 0';
  if (readHours === 0 && prefilter !== 'off') faults.add(['keys', 'prefilter'], why);
  if (readHours === 0 && rotation.everyDays > 0) faults.add(['keys', 'rotation', 'everyDays'], why);
  addLostRules(settings, faults);
  addKeyWebhooks(settings, faults);
  addRevocations(settings, faults);
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

/** The secret tells whose webhook it is. */
const addKeyWebhooks = ({ workos }: Settings, faults: FaultList): void => {
  const add = (why: string) => faults.add(['workos', 'webhookSecret'], why);
  // Empty is what a store that is away has not told yet: those are not the same.
  const secrets = [workos, ...workos.environments].flatMap(({ webhookSecret, previousWebhookSecret }) => [
    ...new Set([webhookSecret, previousWebhookSecret].flatMap((secret) => secret?.expose() || [])),
  ]);
  if (workos.webhookSecret && !workos.apiKey) add('is that of the environment of workos.apiKey, which is not set');
  if (new Set(secrets).size !== secrets.length) add('two environments have the same: whose webhook is it?');
  for (const { webhookSecret, previousWebhookSecret } of [workos, ...workos.environments])
    if (previousWebhookSecret && !webhookSecret) add('is needed beside the previous one');
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
  const fault = secret && signingKeyFault(secret);
  if (fault) add(fault);
};

/** What is wrong with what signs revocations. As receivers decode it, to the letter: else they would make another key of it. */
export const signingKeyFault = (key: Secret): string | undefined => {
  const base64 = key.expose().replace(/^whsec_/, '');
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.toString('base64') === base64 ? undefined : 'must be base64 of 24 bytes or more';
};

/** What is wrong with the sealing keys, each named by its place; also with those that are to come after others. */
export const ringFault = (sealKeys: Secret, before = sealKeys): string | undefined => {
  try {
    const old = new Map(parseRing(before.expose()).map(({ id, key }) => [id, key]));
    const changed = parseRing(sealKeys.expose()).find(({ id, key }) => !Buffer.from(old.get(id) ?? key).equals(key));
    return changed && `key "${changed.id}" is another than before: a new key needs a new id`;
  } catch (error) {
    return error instanceof Fault ? error.message.replace(/^[a-z.]+: sealing keys: /, '') : 'cannot be read';
  }
};
