import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { type Agent, agentOrWhy, freePort, lineOf, startRsyslog, startSyslogNg } from './support/agents.ts';
import { scratch } from './support/benches.ts';
import { createAuthority } from './support/certificates.ts';
import { eventually } from './support/eventually.ts';
import { type LogDaemon, startLogDaemon } from './support/log-daemon.ts';

// What Debian's rsyslog and syslog-ng send over syslog is found by the daemon's source. An application's name chooses the way.

const EACH = 40;

interface Way {
  readonly app: string;
  readonly protocol: 'udp' | 'tcp' | 'tls';
  /** How the agent says it. */
  readonly out: string;
  /** Only what the application says is sent: neither host nor program. */
  readonly bare?: true;
}

interface Case {
  readonly agent: 'rsyslog' | 'syslog-ng';
  ways(): readonly Way[];
  start(dir: string, ways: readonly Way[]): Promise<Agent>;
}

interface Shipper {
  readonly ways: readonly Way[];
  readonly agent: Agent;
}

const dir = scratch();
let ports: Readonly<Record<Way['protocol'], number>>;
let ca: string;
let daemon: LogDaemon;
let shippers: readonly Shipper[];

const key = (app: string, seed: string): string => `${'sk'}_${sample(`${app} ${seed}`, 40)}`;

const counted = 'TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"';
const streamed = 'ziplevel="9" compression.mode="stream:always" compression.stream.flushOnTXEnd="on"';
const bare = 'TCP_Framing="octet-counted" template="bare"';
const secured = (driver: string): string =>
  `protocol="tcp" ${counted} StreamDriver="${driver}" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
   StreamDriverPermittedPeers="localhost" streamDriver.CAFile="${ca}"`;

const rsyslog: Case = {
  agent: 'rsyslog',
  ways: () => [
    { app: 'rsyslog-udp', protocol: 'udp', out: 'protocol="udp" template="RSYSLOG_SyslogProtocol23Format"' },
    { app: 'rsyslog-lines', protocol: 'tcp', out: 'protocol="tcp" template="RSYSLOG_SyslogProtocol23Format"' },
    { app: 'rsyslog-old', protocol: 'tcp', out: 'protocol="tcp" template="RSYSLOG_ForwardFormat"' },
    { app: 'rsyslog-counted', protocol: 'tcp', out: `protocol="tcp" ${counted}` },
    { app: 'rsyslog-ossl', protocol: 'tls', out: secured('ossl') },
    { app: 'rsyslog-gtls', protocol: 'tls', out: secured('gtls') },
    // Packed: messages of more than 60 bytes, or the whole connection. Its counts then have no priority behind them.
    {
      app: 'rsyslog-z-udp',
      protocol: 'udp',
      out: 'protocol="udp" ziplevel="9" template="RSYSLOG_SyslogProtocol23Format"',
    },
    { app: 'rsyslog-z-lines', protocol: 'tcp', out: 'protocol="tcp" ziplevel="9" template="RSYSLOG_ForwardFormat"' },
    { app: 'rsyslog-z-counted', protocol: 'tcp', out: `protocol="tcp" ziplevel="9" ${counted}` },
    { app: 'rsyslog-z-stream', protocol: 'tcp', out: `protocol="tcp" ${streamed} ${counted}` },
    { app: 'rsyslog-z-tls', protocol: 'tls', out: `${streamed} ${secured('ossl')}` },
    { app: 'rsyslog-bare', protocol: 'tcp', out: `protocol="tcp" ${bare}`, bare: true },
    { app: 'rsyslog-z-bare', protocol: 'tcp', out: `protocol="tcp" ziplevel="9" ${bare}`, bare: true },
  ],
  start: (at, ways) => {
    const again = 'action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="linkedList"';
    const rules = ways.map(
      ({ app, protocol, out }) =>
        `if $programname == "${app}" then action(type="omfwd" target="127.0.0.1" port="${ports[protocol]}" ${out} ${again})`,
    );
    const template = 'template(name="bare" type="string" string="%msg%")';
    return startRsyslog(at, `${template}\nruleset(name="out") {\n${rules.join('\n')}\n}`);
  },
};

const syslogNg: Case = {
  agent: 'syslog-ng',
  ways: () => [
    { app: 'ng-counted', protocol: 'tcp', out: 'syslog("127.0.0.1" transport("tcp")' },
    { app: 'ng-lines', protocol: 'tcp', out: 'network("127.0.0.1" transport("tcp") flags(syslog-protocol)' },
    { app: 'ng-old', protocol: 'tcp', out: 'network("127.0.0.1" transport("tcp")' },
    { app: 'ng-udp', protocol: 'udp', out: 'network("127.0.0.1" transport("udp")' },
    {
      ...{ app: 'ng-tls', protocol: 'tls' },
      out: `syslog("127.0.0.1" transport("tls") tls(ca-file("${ca}") peer-verify(required-trusted))`,
    },
  ],
  start: (at, ways) =>
    startSyslogNg(
      at,
      ways
        .map(
          ({ app, protocol, out }) =>
            `log { source(in); filter { program("${app}"); }; destination { ${out} port(${ports[protocol]}) persist-name("${app}")); }; };`,
        )
        .join('\n'),
    ),
};

const here = [rsyslog, syslogNg].filter(({ agent }) => agentOrWhy(agent) === undefined);

beforeAll(async () => {
  const authority = createAuthority(dir);
  const { cert, key: certKey } = authority.sign('localhost');
  ca = authority.cert;
  ports = { udp: await freePort(), tcp: await freePort(), tls: await freePort() };
  const env = {
    ...{ SYSLOG_UDP: `127.0.0.1:${ports.udp}`, SYSLOG_TCP: `127.0.0.1:${ports.tcp}` },
    ...{ SYSLOG_TLS: `127.0.0.1:${ports.tls}`, TLS_CERT: cert, TLS_KEY: certKey },
  };
  daemon = await startLogDaemon(dir, env);
  shippers = await Promise.all(
    here.map(async ({ ways, start }) => ({ ways: ways(), agent: await start(dir, ways()) })),
  );
});
afterAll(async () => {
  await Promise.all(shippers.map(({ agent }) => agent.stop()));
  await daemon.stop();
  rmSync(dir, { recursive: true });
});

const messages = (ways: readonly Way[], seed: string): readonly string[] =>
  Array.from({ length: EACH }, (_, n) => {
    const more = 'and more '.repeat(n * 3);
    return ways.map(({ app, bare }) => {
      const token = `grüße, token=${key(app, `${seed} ${n}`)}`;
      return lineOf(app, bare ? `${more}${token}` : `${token} ${more}`);
    });
  }).flat();
const keysOf = (app: string, seed: string): readonly string[] =>
  Array.from({ length: EACH }, (_, n) => key(app, `${seed} ${n}`));

const feed = (seed: string, protocols: readonly string[] = ['udp', 'tcp', 'tls']) =>
  Promise.all(
    shippers.map(({ ways, agent }) =>
      agent.feed(
        messages(
          ways.filter(({ protocol }) => protocols.includes(protocol)),
          seed,
        ),
      ),
    ),
  );

/** Waits until all that was fed is found, each once, where its agent says that it was. */
const allFound = async (seed: string): Promise<void> => {
  for (const { ways, agent } of shippers) {
    for (const { app, protocol, bare } of ways) {
      const seen = await daemon.once(keysOf(app, seed), 8_000).catch((error: unknown) => {
        throw new Error(`${app}: ${String(error)}\n${agent.output()}`);
      });
      const log = bare ? {} : { log: { host: 'web-1', service: app } };
      const from = { locator: `syslog from 127.0.0.1 (${protocol})`, ...log };
      for (const one of seen) expect(one).toMatchObject(from);
    }
  }
};

for (const { agent } of [rsyslog, syslogNg].filter((it) => !here.includes(it)))
  test.skip(`what ${agent} sends`, () => undefined);

test('what rsyslog and syslog-ng send is found, each key once, with its host and service', async () => {
  await feed('first');
  await allFound('first');
});

test('while the topic is away they wait, or it is spooled: nothing is lost', async () => {
  daemon.refuse(true);
  await feed('away');
  const keys = shippers.flatMap(({ ways }) => ways.flatMap(({ app }) => keysOf(app, 'away')));
  await eventually('one to be refused', () => daemon.refused(keys));
  daemon.refuse(false);
  await allFound('away');
});

/** Connections of agents to us that they still take for open, though we are gone. */
const believed = (): number => {
  const ends = [ports.tcp, ports.tls].map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  // Of the fields, the third is the other side, the fourth the state: 01 established, 08 closed by the other side.
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , remote = '', state = '']) => ends.some((end) => remote.endsWith(end)) && ['01', '08'].includes(state))
    .length;
};

test('while we are away they keep it', async () => {
  await daemon.stop();
  // Over TLS neither looks before it writes, and nothing is acknowledged: what tells them that we are gone is lost itself.
  await feed('last word', ['tcp', 'tls']);
  await eventually('all to see that we are gone', () => believed() === 0);
  await feed('stopped', ['tcp', 'tls']);
  await daemon.start();
  const waited = shippers.flatMap(({ ways }) => ways).filter(({ protocol }) => protocol !== 'udp');
  const lost = (): readonly string[] =>
    waited.filter(({ app }) => keysOf(app, 'stopped').some((one) => daemon.times(one) === 0)).map(({ app }) => app);
  await eventually('the rest', () => lost().length === 0);
});
