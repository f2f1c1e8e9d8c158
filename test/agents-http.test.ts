import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { type Agent, agentOrWhy, lineOf, startRsyslog, startSyslogNg } from './support/agents.ts';
import type { Plan, WayName } from './support/agents-child.ts';
import { scratch } from './support/benches.ts';
import { runScript } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { type LogDaemon, startLogDaemon } from './support/log-daemon.ts';

// What Debian's agents and Node's log libraries send over HTTP is found by the daemon's source.

const EACH = 25;
const TOKEN = sample('a token of senders', 30);

const dir = scratch();
let daemon: LogDaemon;
let shippers: readonly Agent[];

const key = (way: string, seed: string): string => `${'sk'}_${sample(`${way} ${seed}`, 40)}`;
const keysOf = (way: string, seed: string): readonly string[] =>
  Array.from({ length: EACH }, (_, n) => key(way, `${seed} ${n}`));

/** A template as rsyslog's own guide writes it: https://www.rsyslog.com/doc/configuration/modules/omelasticsearch.html */
const TEMPLATE = `template(name="json" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="programname" name="programname" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}`;

const rsyslog = (port: string) =>
  startRsyslog(
    dir,
    `${TEMPLATE}
ruleset(name="out") {
  action(type="omelasticsearch" server="127.0.0.1" serverport="${port}" searchIndex="logs" searchType="" bulkmode="on"
    uid="keyfuse" pwd="${TOKEN}" template="json" queue.type="linkedList" queue.dequeueBatchSize="10"
    action.resumeRetryCount="-1" action.resumeInterval="1")
}`,
  );

const syslogNg = (url: string) => {
  const batch = 'batch-lines(10) batch-timeout(100) retries(100)';
  const ways = {
    'ng-ndjson': `http(url("${url}/logs") headers("Content-Type: application/x-ndjson" "Authorization: Bearer ${TOKEN}")
      delimiter("\\n") body('$(format-json --scope rfc5424)') ${batch}`,
    'ng-hec': `http(url("${url}/services/collector/event") headers("Authorization: Splunk ${TOKEN}")
      body('$(format-json time=$S_UNIXTIME host=$HOST event=$MSG fields.app=$PROGRAM)') ${batch}`,
    'ng-loki': `http(url("${url}/loki/api/v1/push") headers("Content-Type: application/json" "Authorization: Bearer ${TOKEN}")
      body-prefix('{"streams":[') body-suffix(']}') delimiter(",")
      body('{"stream":$(format-json host=$HOST app=$PROGRAM),"values":[["$S_UNIXTIME", "$(format-json m=$MSG)"]]}') ${batch}`,
  };
  return startSyslogNg(
    dir,
    Object.entries(ways)
      .map(
        ([app, out]) =>
          `log { source(in); filter { program("${app}"); }; destination { ${out} persist-name("${app}")); }; };`,
      )
      .join('\n'),
  );
};

const here = { rsyslog: !agentOrWhy('rsyslog'), 'syslog-ng': !agentOrWhy('syslog-ng') };

beforeAll(async () => {
  daemon = await startLogDaemon(dir, { LOGS_TOKEN: TOKEN });
  const { port } = new URL(daemon.url);
  shippers = await Promise.all([
    ...(here.rsyslog ? [rsyslog(port)] : []),
    ...(here['syslog-ng'] ? [syslogNg(daemon.url)] : []),
  ]);
});
afterAll(async () => {
  await Promise.all(shippers.map((agent) => agent.stop()));
  await daemon.stop();
  rmSync(dir, { recursive: true });
});

interface Way {
  readonly app: string;
  readonly path: string;
}

const debian: readonly Way[] = [
  ...(here.rsyslog ? [{ app: 'rsyslog', path: 'POST /_bulk' }] : []),
  ...(here['syslog-ng']
    ? [
        { app: 'ng-ndjson', path: 'POST /logs' },
        { app: 'ng-hec', path: 'POST /services/collector/event' },
        { app: 'ng-loki', path: 'POST /loki/api/v1/push' },
      ]
    : []),
];
const node: readonly (Way & { readonly app: WayName; readonly waits: boolean })[] = [
  { app: 'pino-loki', path: 'POST /loki/api/v1/push', waits: false },
  { app: 'winston-loki', path: 'POST /loki/api/v1/push', waits: false },
  { app: 'winston', path: 'POST /logs', waits: false },
  { app: 'splunk-logging', path: 'POST /services/collector/event/1.0', waits: false },
  { app: 'otlp-json', path: 'POST /v1/logs', waits: true },
  { app: 'otlp-protobuf', path: 'POST /v1/logs', waits: true },
  { app: 'elasticsearch', path: 'POST /_bulk', waits: true },
];

/** rsyslog has one way out here; syslog-ng is told by the name which. */
const feed = async (seed: string): Promise<void> => {
  const lines = debian.flatMap(({ app }) =>
    keysOf(app, seed).map((one) => [app, lineOf(app, `grüße "${'x'.repeat(9)}" token=${one}`)] as const),
  );
  const ours = (ng: boolean) => lines.filter(([app]) => app.startsWith('ng-') === ng).map(([, line]) => line);
  const [first, second] = shippers;
  if (here.rsyslog) await first?.feed(ours(false));
  if (here['syslog-ng']) await (here.rsyslog ? second : first)?.feed(ours(true));
};

/** What each library said of its sending. */
const libraries = async (names: readonly WayName[], seed: string): Promise<Readonly<Record<string, unknown>>> => {
  const plan: Plan = {
    ...{ url: daemon.url, token: TOKEN, dir },
    ways: Object.fromEntries(names.map((name) => [name, keysOf(name, seed)])),
  };
  const script = new URL('support/agents-child.ts', import.meta.url).pathname;
  const child = runScript(script, [JSON.stringify(plan)], {});
  await child.ended;
  const said = /^\{.*\}$/m.exec(child.output())?.[0];
  if (!said) throw new Error(child.output());
  return JSON.parse(said);
};

const found = async (ways: readonly Way[], seed: string, place: (app: string) => object): Promise<void> => {
  for (const { app, path } of ways) {
    const seen = await daemon.once(keysOf(app, seed), 10_000).catch((error: unknown) => {
      throw new Error(`${app}: ${String(error)}`);
    });
    for (const { locator, log } of seen) {
      expect({ app, locator }).toEqual({ app, locator: `${path} from 127.0.0.1` });
      expect({ app, log }).toMatchObject({ app, log: place(app) });
    }
  }
};

test('what agents and libraries send is found, each key once, with its host and service', async () => {
  const names = node.map(({ app }) => app);
  const [said] = await Promise.all([libraries(names, 'first'), feed('first')]);
  expect(said).toEqual(Object.fromEntries(names.map((name) => [name, true])));
  await found(debian, 'first', (app) => ({ host: 'web-1', service: app }));
  await found(node, 'first', () => ({ host: 'web-1', service: 'shop' }));
});

test('while the topic is away, those that can wait do, and lose nothing', async () => {
  const ways = node.filter(({ waits }) => waits);
  daemon.refuse(true);
  const sending = libraries(
    ways.map(({ app }) => app),
    'away',
  );
  await feed('away');
  const all = [...debian, ...ways];
  await eventually('all to be refused', () => all.every(({ app }) => daemon.refused(keysOf(app, 'away'))));
  daemon.refuse(false);
  await found(debian, 'away', () => ({}));
  expect(await sending).toEqual(Object.fromEntries(ways.map(({ app }) => [app, true])));
  await found(ways, 'away', () => ({}));
});
