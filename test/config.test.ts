import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { Settings } from '../src/config.ts';
import { leaves } from '../src/config-leaves.ts';
import { loadConfig, type Role, readConfig } from '../src/config-read.ts';
import { expired } from '../src/config-rules.ts';
import { Fault } from '../src/core/errors.ts';
import { sample } from '../src/core/sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyfuse-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const fileOf = (text: string): string => {
  files += 1;
  const file = join(folder, `${files}.yaml`);
  writeFileSync(file, text);
  return file;
};
const secretFile = (text: string): string => fileOf(text);

/** Something key-shaped that no message may hold. */
const KEY = `sk_${sample('config test', 40)}`;
const enough = { WORKOS_API_KEY: KEY, WEBHOOK_SECRET: sample('webhook', 30) };
const base64 = Buffer.alloc(32, 7).toString('base64');
/** What Kafka needs. */
const keys = { SEAL_KEYS: `k1:${base64}`, FINGERPRINT_KEY: base64 };
const empty = fileOf('');

interface Given {
  readonly env?: Record<string, string>;
  readonly yaml?: unknown;
  readonly role?: Role;
}
const read = ({ env = enough, yaml, role = 'all' }: Given) =>
  readConfig({
    env,
    role,
    file: yaml === undefined ? empty : fileOf(typeof yaml === 'string' ? yaml : stringify(yaml)),
  });

/** The lines of the one fault, without the code in front. */
const faultsOf = (given: Given): readonly string[] => {
  try {
    read(given);
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    const { code, message, cause } = error as Fault;
    expect(code).toBe('config.invalid');
    expect(cause).toBeUndefined();
    expect(message).not.toContain(KEY);
    return message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}- /, ''));
  }
  return [];
};

describe('what is not said', () => {
  test('two variables make a whole configuration', () => {
    const { workos, github, policy, topic, http, dataDir } = read({});
    expect(workos.apiKey?.expose()).toBe(KEY);
    expect(github.webhookSecret?.expose()).toBe(enough.WEBHOOK_SECRET);
    expect(policy).toMatchObject({ mode: 'delete', brake: { deletions: 50, windowSeconds: 600 } });
    expect(topic.brokers).toEqual([]);
    expect(http).toEqual({ host: '127.0.0.1', port: 8080, opsHost: '127.0.0.1', opsPort: 9464 });
    expect(dataDir).toBe('.keyfuse');
  });

  test('an empty variable, an empty group and an empty setting say nothing', () => {
    const settings = read({ env: { ...enough, PORT: '', HOST: '' }, yaml: 'http:\ntopic:\n  prefix:\n' });
    expect(settings.http.port).toBe(8080);
    expect(settings.topic.prefix).toBe('keyfuse');
  });

  test('settings print without their secrets', () => {
    expect(JSON.stringify(read({}))).not.toContain(KEY);
  });
});

describe('where a setting comes from', () => {
  test('the environment goes before the file, setting by setting', () => {
    const yaml = { http: { port: 1111, opsPort: 2222 }, logs: { files: ['/a'] } };
    const { http, logs } = read({ yaml, env: { ...enough, PORT: '3333', LOG_FILES: '/b, /c/{d,e}.log' } });
    expect(http).toMatchObject({ port: 3333, opsPort: 2222 });
    expect(logs.files).toEqual(['/b', '/c/{d,e}.log']);
  });

  test.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])('LOG_STDIN=%s is %s', (text, value) => {
    expect(read({ env: { ...enough, LOG_STDIN: text } }).logs.stdin).toBe(value);
  });

  test('KEYFUSE_CONFIG names the file', () => {
    const file = fileOf('http: { port: 4444 }');
    expect(readConfig({ env: { ...enough, KEYFUSE_CONFIG: file }, role: 'all' }).http.port).toBe(4444);
  });

  test('every variable reaches its setting', () => {
    const text = 'vault://somewhere';
    const unreached = leaves(Settings).filter(({ env: name, path }) => {
      if (!name) return false;
      // None of these counts without the others.
      const pair = name.startsWith('TLS_') && { TLS_CERT: 'a.crt', TLS_KEY: 'a.key' };
      const env = { ...enough, ...keys, ...pair, LOG_KAFKA_BROKERS: 'k:9092', [name]: text };
      const blames = (line: string) => line.startsWith(path.join('.')) && line.includes(` (${name}): `);
      if (faultsOf({ env }).some(blames)) return false;
      const value = path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], read({ env }));
      return String(value) !== text;
    });
    expect(unreached.map(({ path }) => path.join('.'))).toEqual([]);
  });
});

describe('a secret', () => {
  const fromYaml = (apiKey: unknown, env: Record<string, string> = {}) => ({
    env: { WEBHOOK_SECRET: 'x', ...env },
    yaml: { workos: { apiKey } },
  });

  test('comes from a variable, a file, and a file that a variable names', () => {
    const file = secretFile(`${KEY}\n`);
    const ways: Given[] = [
      fromYaml('env://OTHER', { OTHER: KEY }),
      fromYaml(`file://${file}`),
      { env: { WEBHOOK_SECRET: 'x', WORKOS_API_KEY_FILE: file } },
      { env: { WEBHOOK_SECRET: 'x', WORKOS_API_KEY: `file://${file}` } },
      { env: { WEBHOOK_SECRET: 'x', WORKOS_API_KEY: '', WORKOS_API_KEY_FILE: file } },
    ];
    for (const way of ways) expect(read(way).workos.apiKey?.expose()).toBe(KEY);
  });

  test('is taken without the white space around it, wherever it comes from', () => {
    const file = secretFile(`${KEY}\n`);
    const ways: Given[] = [
      { env: { WEBHOOK_SECRET: 'x', WORKOS_API_KEY: `${KEY}\n` } },
      { env: { WEBHOOK_SECRET: 'x', WORKOS_API_KEY: ` ${KEY}\r\n` } },
      { env: { WEBHOOK_SECRET: 'x', WORKOS_API_KEY: `file://${file}\n` } },
      fromYaml('env://OTHER', { OTHER: `\t${KEY} ` }),
    ];
    for (const way of ways) expect(read(way).workos.apiKey?.expose()).toBe(KEY);
  });

  test('in a list comes by reference too', () => {
    const yaml = { workos: { environments: [{ name: 'a', apiKey: 'env://A' }] } };
    const { workos } = read({ env: { WEBHOOK_SECRET: 'x', A: KEY }, yaml });
    expect(workos.environments[0]?.apiKey.expose()).toBe(KEY);
  });

  const absent = join(folder, 'absent');
  test.each<[string, Given, string]>([
    [
      'is text in the file',
      fromYaml(KEY),
      'is a secret: give a reference such as env://NAME or file:///path, not the text',
    ],
    ['is a number', fromYaml(12_345), 'must be a reference such as env://NAME or file:///path'],
    ['names a variable that is not set', fromYaml('env://NOPE'), 'the variable NOPE is not set'],
    ['has the key behind env://', fromYaml(`env://${KEY}`), 'env:// must name a variable, in capitals'],
    [
      'was to be injected by someone who did not',
      fromYaml('env://OTHER', { OTHER: 'vault://a/b#c' }),
      'the variable OTHER holds a reference that nobody resolved',
    ],
    [
      'is of a store we do not know',
      fromYaml('op://vault/item'),
      'this kind of reference is not known; use env://, file://, vault://, awssm://, azkv://',
    ],
    ['is in a file that is absent', fromYaml(`file://${absent}`), 'the file cannot be read (ENOENT)'],
    ['is a folder', fromYaml(`file://${folder}`), 'the file cannot be read (EISDIR)'],
    ['is blank', { env: { WEBHOOK_SECRET: 'x', WORKOS_API_KEY: ' \n' } }, 'the variable WORKOS_API_KEY is blank'],
    ['is blank behind env://', fromYaml('env://OTHER', { OTHER: ' \n' }), 'the variable OTHER is blank'],
    [
      'has a line break inside',
      { env: { WEBHOOK_SECRET: 'x', WORKOS_API_KEY: `${KEY}\n${KEY}` } },
      'the variable WORKOS_API_KEY holds a line break or a control character',
    ],
    [
      'has a control character inside',
      fromYaml('env://OTHER', { OTHER: `${KEY}\u007f${KEY}` }),
      'the variable OTHER holds a line break or a control character',
    ],
    [
      'has a control character inside a file',
      fromYaml(`file://${secretFile(`${KEY}\u0000${KEY}`)}`),
      'the file holds a line break or a control character',
    ],
    ['is in an empty file', fromYaml(`file://${secretFile('\n')}`), 'the file is empty'],
  ])('that %s is refused', (_, given, why) => {
    expect(faultsOf(given)).toEqual([`workos.apiKey (WORKOS_API_KEY): ${why}`]);
  });
});

describe('the key of an App', () => {
  const pem = ['-----BEGIN X-----', 'AAAA', 'BBBB', '-----END X-----'];
  const app = { ...enough, APP_ID: '1' };

  test.each([
    ['with line breaks', { ...app, PRIVATE_KEY: `${pem.join('\n')}\n` }],
    ['with written ones', { ...app, PRIVATE_KEY: pem.join('\\n') }],
    ['in a file', { ...app, PRIVATE_KEY_FILE: secretFile(pem.join('\r\n')) }],
  ])('is taken %s', (_, env) => {
    expect(read({ env }).github.privateKey?.expose()).toContain('BBBB');
  });

  test('needs the id of the App, and the other way round', () => {
    expect(faultsOf({ env: { ...enough, PRIVATE_KEY: 'x' } }).join()).toContain('github.appId (APP_ID): is needed');
    expect(faultsOf({ env: { ...enough, APP_ID: '1' } }).join()).toContain(
      'github.privateKey (PRIVATE_KEY): is needed',
    );
  });
});

describe('what is wrong', () => {
  test('is listed all at once, by name, also what is only wrong together', () => {
    const yaml = {
      workos: { requestsPerSecond: 0, apikey: 'env://X', environments: [{ name: 'BIG', apiKey: 'env://NOPE' }] },
      policy: { mode: 'kill', canaries: [{ reason: 'no', expires: 'never' }] },
      surprise: 1,
    };
    const env = { PORT: 'eighty', GITHUB_API_URL: 'http://example.com', KAFKA_BROKERS: 'k:9092', LOG_STDIN: 'maybe' };
    expect(faultsOf({ env, yaml })).toEqual([
      'workos.environments.0.apiKey: the variable NOPE is not set',
      'workos.environments.0.name: must be short, lower case',
      'workos.requestsPerSecond (WORKOS_REQUESTS_PER_SECOND): Too small: expected number to be >=1',
      'workos.apikey: there is no such setting',
      'policy.mode (KEYFUSE_MODE): expected one of "delete"|"expire"|"hold"|"watch"',
      'policy.canaries.0.reason: Too small: expected string to have >=3 characters',
      'policy.canaries.0.expires: must be a day such as 2027-01-31',
      'policy.canaries.0: must name a keyId, an owner or a fingerprint',
      'github.apiUrl (GITHUB_API_URL): must be https, or http on loopback',
      'logs.stdin (LOG_STDIN): must be true or false',
      'http.port (PORT): expected number, received string',
      'surprise: there is no such setting',
      'workos.apiKey (WORKOS_API_KEY): is missing; nothing could be judged or deleted',
      'github.webhookSecret (WEBHOOK_SECRET): is missing, and no log source (LOG_FILES, --stdin, LOGS_TOKEN, LOG_KAFKA_TOPICS, SYSLOG_*) is set either: nothing would be watched',
      'topic.sealKeys (SEAL_KEYS): is needed with Kafka: every role must hold the same keys',
      'topic.fingerprintKey (FINGERPRINT_KEY): is needed with Kafka: every role must hold the same key',
    ]);
  });

  test('log topics need brokers, of their own or ours, and the sign-in is for their own', () => {
    const env = { ...enough, LOG_KAFKA_TOPICS: 'app-logs' };
    const needed = 'logs.kafka.brokers (LOG_KAFKA_BROKERS): is needed';
    expect(faultsOf({ env })).toEqual([`${needed} to read log topics, unless KAFKA_BROKERS is set and they are there`]);
    expect(faultsOf({ env: { ...env, ...keys, KAFKA_BROKERS: 'k:9092' } })).toEqual([]);
    const watched = { WORKOS_API_KEY: KEY, LOG_KAFKA_TOPICS: 'app-logs', LOG_KAFKA_BROKERS: 'logs:9092' };
    expect(faultsOf({ env: watched })).toEqual([]);
    expect(faultsOf({ env: { ...enough, LOG_KAFKA_SASL_MECHANISM: 'plain' } })).toEqual([
      `${needed}: the sign-in of log topics is for them alone`,
      'logs.kafka.saslUsername (LOG_KAFKA_SASL_USERNAME): is needed to sign in',
      'logs.kafka.saslPassword (LOG_KAFKA_SASL_PASSWORD): is needed to sign in',
    ]);
  });

  test('syslog is a log source, and over TLS needs a certificate', () => {
    const { WEBHOOK_SECRET: _, ...noHooks } = enough;
    expect(faultsOf({ env: { ...noHooks, SYSLOG_UDP: ':514' } })).toEqual([]);
    expect(faultsOf({ env: { ...noHooks, SYSLOG_TLS: ':6514' } })).toEqual([
      'tls.cert (TLS_CERT): is needed for logs.syslog.tls (SYSLOG_TLS)',
      'tls.key (TLS_KEY): is needed for logs.syslog.tls (SYSLOG_TLS)',
    ]);
  });

  test('a group that is no group', () => {
    expect(faultsOf({ yaml: { http: 5 }, env: { ...enough, PORT: '1' } })).toEqual([
      'http: expected object, received number',
    ]);
  });

  test.each([
    ['WORKOS_BASE_URL', '/v1', 'workos.baseUrl'],
    ['WORKOS_BASE_URL', '/?team=1', 'workos.baseUrl'],
    ['WORKOS_BASE_URL', '/#a', 'workos.baseUrl'],
  ])('%s with %s behind its origin, which would be lost', (name, tail, path) => {
    expect(faultsOf({ env: { ...enough, [name]: `https://example.com${tail}` } })).toEqual([
      `${path} (${name}): must be an origin alone, such as https://example.com: no path, no query`,
    ]);
    expect(faultsOf({ env: { ...enough, [name]: 'https://example.com/' } })).toEqual([]);
  });

  test.each(['WORKOS_BASE_URL', 'GITHUB_API_URL', 'NOTIFY_WEBHOOK_URL', 'PROBE_URL'])(
    '%s with a password in it',
    (name) => {
      const [fault, ...others] = faultsOf({ env: { ...enough, [name]: `https://me:${KEY}@example.com/` } });
      expect(fault).toMatch(/: must not hold a user or a password$/);
      expect(others).toEqual([]);
    },
  );

  test('an entry that keeps keys alive must say which', () => {
    const yaml = { policy: { allow: [{ reason: 'because', expires: '2030-01-01' }] } };
    expect(faultsOf({ yaml })).toEqual(['policy.allow.0: must name a keyId, an owner or a fingerprint']);
  });

  const lives = { reason: 'because', expires: '2099-01-01' };
  test.each<[string, unknown, string]>([
    ['a space behind an owner', { canaries: [{ ...lives, owner: 'org_1 ' }] }, 'canaries.0.owner: must be an id'],
    ['an id in brackets', { allow: [{ ...lives, keyId: '<api_key_1>' }] }, 'allow.0.keyId: must be an id'],
    ['an empty id', { allow: [{ ...lives, keyId: '', owner: 'org_1' }] }, 'allow.0.keyId: must be an id'],
    ['an owner by name', { rules: [{ owner: 'Acme Inc.', decision: 'hold' }] }, 'rules.0.owner: must be an id'],
    [
      'a detector that is none',
      { rules: [{ detector: 'workos', decision: 'hold' }] },
      'rules.0.detector: there is no such detector',
    ],
    [
      'an environment that is none',
      { rules: [{ decision: 'watch' }, { environment: 'Production', decision: 'hold' }] },
      'rules.1.environment: there is no such environment in workos.environments',
    ],
  ])('a policy that could never match: %s', (_, policy, fault) => {
    const [line, ...others] = faultsOf({ yaml: { policy } });
    expect(line?.startsWith(`policy.${fault}`)).toBe(true);
    expect(others).toEqual([]);
  });

  test('rules name environments that are there; `default` is that of workos.apiKey', () => {
    const rules = ['a', 'default'].map((environment) => ({ environment, decision: 'hold' }));
    const yaml = { workos: { environments: [{ name: 'a', apiKey: 'env://A' }] }, policy: { rules } };
    expect(faultsOf({ yaml, env: { ...enough, A: 'x' } })).toEqual([]);
    expect(faultsOf({ yaml, env: { WEBHOOK_SECRET: 'x', A: 'x' } })).toEqual([
      'policy.rules.1.environment: there is no such environment in workos.environments, and workos.apiKey is not set',
    ]);
    // What an environment is called is not known while it is wrong.
    expect(faultsOf({ yaml })).toEqual(['workos.environments.0.apiKey: the variable A is not set']);
    const scan = {
      role: 'scan',
      yaml: { policy: { rules } },
      env: { ...enough, ...keys, KAFKA_BROKERS: 'k:1' },
    } as const;
    expect(faultsOf(scan)).toEqual([]); // it holds no issuer's credential
  });

  test('an entry that counts no longer is no fault, and is told', () => {
    const entry = (expires: string) => ({ owner: 'org_1', reason: 'because', expires });
    const policy = { canaries: [entry('2026-01-31')], allow: [entry('2026-02-02'), entry('2026-02-01')] };
    const settings = read({ yaml: { policy } });
    expect(expired(settings, Date.parse('2026-01-31T23:59:58Z'))).toEqual([]);
    expect(expired(settings, Date.parse('2026-02-02T00:00:00Z'))).toEqual([
      'policy.canaries.0 expired on 2026-01-31 and keeps nothing alive; remove it or renew it',
      'policy.allow.1 expired on 2026-02-01 and keeps nothing alive; remove it or renew it',
    ]);
  });

  const absent = join(folder, 'absent.yaml');
  test('a file that is named and absent', () => {
    expect(() => readConfig({ env: enough, file: absent, role: 'all' })).toThrow(
      `the configuration file ${absent} does not exist`,
    );
  });

  test.each([
    ['a quote that does not end', `workos:\n  apiKey: "${KEY}\n`, /is not YAML \(line \d+, column \d+\)$/],
    ['a name twice', `http: {}\nhttp: {}\n# ${KEY}`, /is not YAML \(line 2, column 1\)$/],
    ['an unknown tag', `dataDir: !${KEY} x`, undefined],
    ['a list', `- ${KEY}`, /must hold settings by name$/],
    ['a sentence', KEY, /must hold settings by name$/],
    ['too many aliases', `a: &a [x]\nb: &b [${'*a,'.repeat(60)}]\nc: [${'*b,'.repeat(60)}]`, /is not YAML$/],
  ])('a file that is %s', (_, yaml, wanted) => {
    const [first] = faultsOf({ yaml });
    if (wanted) expect(first).toMatch(wanted);
  });

  test('a file that is a folder', () => {
    expect(() => readConfig({ env: enough, file: folder, role: 'all' })).toThrow('cannot be read (EISDIR)');
  });
});

describe('rules between settings', () => {
  const kafka = { KAFKA_BROKERS: 'k:9092', ...keys };
  const gateway = { REVOCATION_URLS: 'https://a.example.com/x, http://127.0.0.1/y' };
  const base64 = Buffer.alloc(32, 7).toString('base64');
  test.each<[string, Given, string]>([
    ['no credential', { env: { WEBHOOK_SECRET: 'x' } }, 'workos.apiKey'],
    ['nothing to watch', { env: { WORKOS_API_KEY: KEY } }, 'github.webhookSecret'],
    ['roles apart on the embedded topic', { role: 'scan' }, 'topic.brokers'],
    ['roles apart on the embedded topic (respond)', { role: 'respond' }, 'topic.brokers'],
    ['Kafka without seal keys', { env: { ...enough, ...kafka, SEAL_KEYS: '' } }, 'topic.sealKeys'],
    ['Kafka without a fingerprint key', { env: { ...enough, ...kafka, FINGERPRINT_KEY: '' } }, 'topic.fingerprintKey'],
    ['a sealing key that is too short', { env: { ...enough, SEAL_KEYS: 'k1:c2hvcnQ=' } }, 'topic.sealKeys'],
    ['sealing keys that are none', { env: { ...enough, SEAL_KEYS: KEY } }, 'topic.sealKeys'],
    [
      'a fingerprint key that is too short',
      { env: { ...enough, FINGERPRINT_KEY: 'c2hvcnQ=' } },
      'topic.fingerprintKey',
    ],
    [
      'SASL without a user',
      { env: { ...enough, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'x' } },
      'topic.saslUsername',
    ],
    [
      'SASL without a password',
      { env: { ...enough, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'x' } },
      'topic.saslPassword',
    ],
    ['an open listener for logs', { env: { WORKOS_API_KEY: KEY, LOG_STDIN: '1', HOST: '0.0.0.0' } }, 'logs.token'],
    ['a certificate without its key', { env: { ...enough, TLS_CERT: 'a.crt' } }, 'tls.key'],
    ['a key without its certificate', { env: { ...enough, TLS_KEY: 'a.key' } }, 'tls.cert'],
    ['client certificates without TLS', { env: { ...enough, TLS_CLIENT_CA: 'ca.crt' } }, 'tls.cert'],
    ['a link without a field', { env: { ...enough, LOG_LINK: 'https://logs/{who}' } }, 'logs.link (LOG_LINK)'],
    ['a link that is none', { env: { ...enough, LOG_LINK: 'javascript:{host}' } }, 'logs.link (LOG_LINK)'],
    ['a link whose host the line names', { env: { ...enough, LOG_LINK: 'https://{host}/x' } }, 'logs.link (LOG_LINK)'],
    ['gateways and nothing to sign with', { env: { ...enough, ...gateway } }, 'revocations.secret (REVOCATION_SECRET)'],
    ['a signing key that is too short', { env: { ...enough, REVOCATION_SECRET: 'c2hvcnQ=' } }, 'revocations.secret'],
    ['a signing key that is no base64', { env: { ...enough, REVOCATION_SECRET: KEY } }, 'revocations.secret'],
    [
      'a gateway over plain HTTP',
      { env: { ...enough, REVOCATION_URLS: 'http://gateway.example.com', REVOCATION_SECRET: base64 } },
      'revocations.urls.0 (REVOCATION_URLS): must be https',
    ],
    ['a probe that presents no key', { env: { ...enough, PROBE_TEMPLATE: 'Bearer' } }, 'probe.template'],
    ['a probe in no header', { env: { ...enough, PROBE_HEADER: 'a: b' } }, 'probe.header (PROBE_HEADER)'],
    ['a search of no name', { env: { ...enough, LOG_SEARCH: 'lokii' } }, 'logs.search (LOG_SEARCH)'],
    ['a search without a field', { env: { ...enough, LOG_SEARCH: '{start} {key}' } }, 'logs.search (LOG_SEARCH)'],
    [
      'two environments of one name',
      {
        yaml: { workos: { environments: ['A', 'B'].map((one) => ({ name: 'same', apiKey: `env://${one}` })) } },
        env: { ...enough, A: 'a', B: 'b' },
      },
      'workos.environments',
    ],
    [
      'an environment that is called like that of workos.apiKey',
      { yaml: { workos: { environments: [{ name: 'default', apiKey: 'env://A' }] } }, env: { ...enough, A: 'a' } },
      'workos.environments',
    ],
    [
      'two environments that sign their webhooks alike',
      {
        yaml: { workos: { environments: [{ name: 'a', apiKey: 'env://A', webhookSecret: 'env://B' }] } },
        env: { ...enough, A: 'a', B: 'b', WORKOS_WEBHOOK_SECRET: 'x', WORKOS_WEBHOOK_SECRET_PREVIOUS: 'b' },
      },
      'workos.webhookSecret',
    ],
    [
      'webhooks of an environment that is not there',
      {
        yaml: { workos: { environments: [{ name: 'a', apiKey: 'env://A' }] } },
        env: { WEBHOOK_SECRET: 'x', A: 'a', WORKOS_WEBHOOK_SECRET: 'x' },
      },
      'workos.webhookSecret',
    ],
    [
      'a previous secret without a current one',
      { env: { ...enough, WORKOS_WEBHOOK_SECRET_PREVIOUS: 'x' } },
      'workos.webhookSecret',
    ],
  ])('%s', (_, given, name) => {
    const faults = faultsOf(given);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.startsWith(name)).toBe(true);
  });

  test.each<[string, Given]>([
    ['a scanner tells no gateway', { role: 'scan', env: { WEBHOOK_SECRET: 'x', ...kafka, ...gateway } }],
    [
      'a signing key as the receivers write it',
      { env: { ...enough, ...gateway, REVOCATION_SECRET: `whsec_${base64}` } },
    ],
    ['a scanner needs no credential', { role: 'scan', env: { WEBHOOK_SECRET: 'x', ...kafka } }],
    ['a responder watches nothing', { role: 'respond', env: { WORKOS_API_KEY: KEY, ...kafka } }],
    ['a log source is enough', { env: { WORKOS_API_KEY: KEY, LOG_FILES: '/var/log/x' } }],
    [
      'named environments are enough',
      { env: { WEBHOOK_SECRET: 'x', A: KEY }, yaml: { workos: { environments: [{ name: 'a', apiKey: 'env://A' }] } } },
    ],
  ])('%s', (_, given) => {
    expect(faultsOf(given)).toEqual([]);
  });

  test('environments whose store is away do not sign alike: nobody knows with what', async () => {
    const environments = ['eu', 'us'].map((name) => ({
      ...{ name, apiKey: `vault://secret/${name}#key`, webhookSecret: `vault://secret/${name}#webhook` },
    }));
    const secrets = { vault: { address: 'http://127.0.0.1:1', auth: 'token', token: 'env://VAULT_TOKEN' } };
    const file = fileOf(stringify({ secrets, workos: { environments } }));
    const { sealed, stores } = await loadConfig({ env: { WEBHOOK_SECRET: 'x', VAULT_TOKEN: 'x' }, file, role: 'all' });
    stores.close();
    expect(sealed).toHaveLength(4);
  });
});

test('a key never stands in a message, wherever it was put', () => {
  const places = leaves(Settings).map(({ path }) => path);
  const place = fc.constantFrom(...places);
  const shape = fc.constantFrom<(path: readonly string[]) => unknown>(
    (path) => nest(path, KEY),
    (path) => nest(path, [KEY]),
    (path) => nest(path, { [KEY]: KEY }),
    (path) => nest([...path.slice(0, -1), KEY], 1),
    (path) => nest(path, [{ [KEY]: KEY, name: KEY, reason: KEY, expires: KEY, apiKey: KEY, decision: KEY }]),
    (path) => nest(path, `env://${KEY}`),
  );
  fc.assert(
    fc.property(place, shape, fc.constantFrom<Role>('all', 'scan'), (path, put, role) => {
      faultsOf({ yaml: put(path), role });
    }),
    { numRuns: 400 },
  );
  for (const { env } of leaves(Settings)) if (env) faultsOf({ env: { [env]: KEY } });
});

const nest = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value);

describe('where new keys are put', () => {
  const targets = (...sinks: readonly (readonly [sink: string, whose?: object])[]): Given => ({
    yaml: {
      keys: {
        rotation: {
          targets: sinks.map(([sink, whose], nth) => ({ ...(whose ?? { organization: `org_${nth}` }), sink })),
        },
      },
    },
  });

  test.each([
    ['valut://kv/a#k', 'this kind of reference is not known'],
    ['vault://kv/a', 'vault:// needs a field'],
    ['vault://kv#k', 'vault:// needs a mount and a path'],
    ['vault://kv/a#k?version=3', 'names a version'],
    ['env://CI', 'nothing can be put into env://'],
    ['command:deploy', 'needs the whole path of a program'],
    ['awssm://', 'awssm:// needs the name of a secret'],
    ['azkv://vault', 'azkv:// needs a vault and a name'],
    ['file:///etc/keys/', 'names a folder'],
    ['file:///a%zz', 'is no path of a file'],
    ['file://own.key', 'must be the whole path of a file'],
  ])('%s is refused at start', (sink, why) => {
    expect(faultsOf(targets(['file:///ok'], [sink]))).toEqual([
      expect.stringMatching(`^keys\\.rotation\\.targets\\.1\\.sink: .*${why}`),
    ]);
  });

  test.each([
    ['file:///d/same', 'file:///d//same'],
    ['file:///d/same', 'file:///d/./x/../same'],
    ['file:///d/same', 'file:///d/s%61me'],
    ['file:///d/same', ' file:///d/same '],
    ['vault://kv/ci#key', 'ref+vault://kv/data/ci#/key'],
    ['vault://kv/ci#key', 'vault://kv/ci?mount=kv#key'],
    ['awssm://ci#key', 'ref+awssecrets://ci#key'],
    ['azkv://shop/ci', 'azkv://shop.vault.azure.net/CI'],
    ['command:/bin/put ci', 'command:/bin//put  ci'],
  ])('%s and %s are one, which holds one key', (one, other) => {
    expect(faultsOf(targets([one], [other]))).toEqual([
      'keys.rotation.targets.1.sink: is that of keys.rotation.targets.0, for other keys: a sink holds one key',
    ]);
  });

  test('where two entries may be for one key they may have one sink', () => {
    const one = { organization: 'org_1', name: 'ci' };
    expect(read(targets(['file:///s', one], ['file:///s', { key: 'api_key_01' }])).keys.rotation.targets).toHaveLength(
      2,
    );
    read(targets(['file:///s', one], ['file:///s', one]));
    for (const other of [{ user: 'user_1' }, { organization: 'org_1', name: 'c*' }])
      expect(faultsOf(targets(['file:///s', one], ['file:///s', other]))).toHaveLength(1);
    const keys = ['api_key_01', 'api_key_02'].map((key) => ['file:///s', { key }] as const);
    expect(faultsOf(targets(...keys))).toHaveLength(1);
    read(targets(['vault://kv/ci#a'], ['vault://kv/ci#b']));
  });
});
