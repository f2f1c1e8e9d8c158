import { stringify } from 'yaml';
import { helpOf, type Node, settingsSchema } from './schema.ts';

/** Settings that a daemon needs; they stand ready to use. */
const NEEDED = ['WORKOS_API_KEY', 'WEBHOOK_SECRET'];

/** Example values of settings that have no default, and of lists that are empty by default. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  'workos.environments': [{ name: 'production', apiKey: 'file:///run/secrets/workos-production' }],
  'policy.rules': [{ environment: 'production', decision: 'expire' }],
  'policy.canaries': [{ keyId: 'api_key_canary', reason: 'planted in the wiki', expires: '2030-12-31' }],
  'policy.allow': [{ owner: 'org_demo', reason: 'public demo, reads nothing', expires: '2030-12-31' }],
  'github.appId': '123456',
  'github.host': 'github.example.com',
  'github.commentTemplate': 'A key leaked here and is dead: {incidents}. {author} {owners}',
  'logs.files': ['/var/log/app.log', '/var/log/containers/*.log'],
  'logs.syslog.udp': '0.0.0.0:514',
  'logs.syslog.tcp': '0.0.0.0:601',
  'logs.syslog.tls': '0.0.0.0:6514',
  'logs.kafka.topics': ['app-logs'],
  'logs.kafka.brokers': ['logs-1:9092'],
  'logs.kafka.saslMechanism': 'scram-sha-512',
  'logs.kafka.saslUsername': 'keyfuse',
  'logs.link': 'https://logs.example.com/?service={service}&from={from}&to={to}',
  'topic.brokers': ['kafka-1:9092', 'kafka-2:9092'],
  'topic.saslMechanism': 'scram-sha-512',
  'topic.saslUsername': 'keyfuse',
  'tls.cert': '/etc/keyfuse/tls.crt',
  'tls.key': '/etc/keyfuse/tls.key',
  'tls.clientCa': '/etc/keyfuse/senders-ca.crt',
  'secrets.vault.address': 'https://vault.example.com:8200',
  'secrets.vault.namespace': 'admin/security',
  'secrets.vault.mount': 'approle',
  'secrets.vault.roleId': 'keyfuse',
  'secrets.vault.role': 'keyfuse',
  'secrets.aws.region': 'eu-central-1',
  'secrets.aws.endpoint': 'https://secretsmanager.eu-central-1.amazonaws.com',
  'notify.url': 'https://hooks.example.com/keyfuse',
  'revocations.urls': ['https://gateway-1.example.com/keyfuse', 'https://gateway-2.example.com/keyfuse'],
  'probe.url': 'https://api.example.com/v1/me',
};

const FILE_INTRO = `# yaml-language-server: $schema=./keyfuse.schema.json
#
# Every setting with its default, valid as it is. "# " begins an explanation; "#name" is a setting that is not set.
# The environment goes before this file. Secrets are references, never text: env://NAME,
# file:///path, or a place in a secret store (docs/secrets.md).`;

/** deploy/keyfuse.yaml: a setting begins with `#` and no space when it is not set. */
export const exampleFile = (): string => `${FILE_INTRO}\n\n${lines(settingsSchema(), [], '').join('\n')}`;

const lines = (group: Node, path: readonly string[], indent: string): readonly string[] =>
  Object.entries(group.properties ?? {}).flatMap(([name, node]) => {
    const help = comment(helpOf(node), indent);
    const at = [...path, name];
    if (node.properties)
      return [...(path.length === 0 ? [''] : []), ...help, `${indent}${name}:`, ...lines(node, at, `${indent}  `)];
    return [...help, ...setting(name, { node, path: at, indent })];
  });

const setting = (
  name: string,
  { node, path, indent }: { node: Node; path: readonly string[]; indent: string },
): readonly string[] => {
  const example = EXAMPLES[path.join('.')] ?? (node.secret ? `env://${node.env}` : undefined);
  const set = example === undefined || NEEDED.includes(node.env ?? '');
  const value = example ?? node.default;
  return stringify({ [name]: value }, { lineWidth: 0, flowCollectionPadding: false })
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${set ? '' : '#'}${line}`);
};

/** Words wrapped at 120 columns. */
const comment = (text: string, indent: string): readonly string[] => {
  const rows: string[] = [];
  for (const word of text.split(' ').filter(Boolean)) {
    const row = rows.at(-1);
    if (row !== undefined && `${indent}# ${row} ${word}`.length <= 120) rows[rows.length - 1] = `${row} ${word}`;
    else rows.push(word);
  }
  return rows.map((row) => `${indent}# ${row}`);
};

const ENV_INTRO = `# What Keyfuse reads from the environment. The two lines without "#" are enough for a working daemon.
# A secret may also be read from a file: NAME_FILE=/run/secrets/name. A variable that is empty says nothing.
# Settings that no variable sets stand in keyfuse.yaml only.
# Nothing reads this file by itself. In a checkout: cp deploy/.env.example deploy/.env, fill it in, then
#     set -a; . deploy/.env; set +a; npm start
#KEYFUSE_CONFIG=keyfuse.yaml`;

/** deploy/.env.example. */
export const exampleEnvironment = (): string => {
  const rows = (node: Node): readonly string[] =>
    Object.values(node.properties ?? {}).flatMap((child) =>
      child.properties ? ['', ...rows(child)] : child.env ? variable(child.env, child) : [],
    );
  return [ENV_INTRO, '', ...rows(settingsSchema())].join('\n').replace(/\n{3,}/g, '\n\n');
};

const variable = (name: string, node: Node): readonly string[] => [
  ...comment(helpOf(node), ''),
  NEEDED.includes(name)
    ? `${name}=`
    : `#${name}=${Array.isArray(node.default) ? node.default.join(',') : (node.default ?? '')}`,
];
