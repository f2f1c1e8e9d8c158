import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';
import { agentOrWhy, freePort, startOtelcol } from './support/agents.ts';
import { scratch } from './support/benches.ts';
import { createAuthority } from './support/certificates.ts';
import { type DaemonProcess, fresh, startDaemonProcess } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { type LogDaemon, startLogDaemon } from './support/log-daemon.ts';

// What the OpenTelemetry Collector reads from files and sends by its defaults is found by the daemon's sources.

const EACH = 25;
const TOKEN = sample('a token of collectors', 30);
const TIME = '2026-01-01T12:00:00Z';

/** A way out of the collector, with a file of its own that is followed. */
interface Out {
  readonly app: string;
  /** What a line of the file is made to. */
  readonly operators?: readonly object[];
  readonly exporter: readonly [type: string, settings: object];
}
interface Way extends Out {
  readonly locator: string;
  readonly place: object;
}

const dir = scratch();
const stops: (() => Promise<unknown>)[] = [];
let daemon: LogDaemon;
let collector: Awaited<ReturnType<typeof startOtelcol>>;
let ways: readonly Way[];
let killed: { readonly workos: EmulatedWorkos; start(more?: Record<string, string>): Promise<DaemonProcess> };

const keysOf = (app: string, seed: string): readonly string[] =>
  Array.from({ length: EACH }, (_, n) => `${'sk'}_${sample(`${app} ${seed} ${n}`, 40)}`);
const write = (app: string, keys: readonly string[]): void => {
  const lines = keys.map((key) => JSON.stringify({ time: TIME, message: `grüße, token=${key}` }));
  appendFileSync(join(dir, `${app}.log`), `${lines.join('\n')}\n`);
};

// biome-ignore lint/suspicious/noTemplateCurlyInString: the collector fills it in.
const headers = { Authorization: 'Bearer ${env:LOGS_TOKEN}' };
const otlp = (endpoint: string, ca: string): readonly Way[] => {
  const given = { endpoint, headers, tls: { ca_file: ca } };
  const place = { host: 'web-1', namespace: 'prod', pod: 'shop-0', container: 'app' };
  const way = { locator: 'POST /v1/logs from 127.0.0.1', place };
  const parsed = {
    ...{ locator: way.locator, place: { ...place, time: Date.parse(TIME) } },
    operators: [{ type: 'json_parser', parse_to: 'body' }],
  };
  return [
    { app: 'otlp', ...way, exporter: ['otlp_http', given] },
    { app: 'otlp-zstd', ...parsed, exporter: ['otlphttp', { ...given, compression: 'zstd' }] },
    { app: 'otlp-json', ...way, exporter: ['otlp_http', { ...given, encoding: 'json' }] },
    {
      ...{ app: 'otlp-plain', ...parsed },
      exporter: ['otlp_http', { ...given, encoding: 'json', compression: 'none' }],
    },
  ];
};

/** It says of a record what stands in these attributes; not its body, nor where it comes from. */
const syslog = (ports: { readonly tcp: number; readonly tls: number }, ca: string): readonly Way[] => {
  const way = (app: string, protocol: 'tcp' | 'tls', settings: object): Way => ({
    ...{ app, locator: `syslog from 127.0.0.1 (${protocol})`, place: { host: 'web-1' } },
    operators: [
      { type: 'json_parser' },
      { type: 'add', field: 'attributes.hostname', value: 'web-1' },
      { type: 'add', field: 'attributes.appname', value: app },
    ],
    exporter: ['syslog', { endpoint: 'localhost', port: ports[protocol], ...settings }],
  });
  return [
    way('syslog', 'tcp', { tls: { insecure: true } }),
    way('syslog-counted', 'tls', { enable_octet_counting: true, tls: { ca_file: ca } }),
  ];
};

const startCollector = (outs: readonly Out[]) => {
  const k8s = { 'k8s.namespace.name': 'prod', 'k8s.pod.name': 'shop-0', 'k8s.container.name': 'app' };
  const receiverOf = ({ app, operators = [] }: Out) => ({
    ...{ include: [join(dir, `${app}.log`)], start_at: 'beginning', operators },
    resource: { 'service.name': app, 'host.name': 'web-1', ...k8s },
  });
  const config = {
    receivers: Object.fromEntries(outs.map((out) => [`file_log/${out.app}`, receiverOf(out)])),
    exporters: Object.fromEntries(outs.map(({ app, exporter: [type, settings] }) => [`${type}/${app}`, settings])),
    service: {
      pipelines: Object.fromEntries(
        outs.map(({ app, exporter: [type] }) => [
          `logs/${app}`,
          { receivers: [`file_log/${app}`], exporters: [`${type}/${app}`] },
        ]),
      ),
    },
  };
  return startOtelcol(dir, config, { LOGS_TOKEN: TOKEN });
};

/** A daemon of its own process, always on the same port. */
const killable = async (port: number): Promise<typeof killed> => {
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential });
  const env = {
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, LOGS_TOKEN: TOKEN },
    ...{ DATA_DIR: join(dir, 'killed'), PORT: `${port}` },
  };
  const start = async (more: Record<string, string> = {}) => {
    const started = await startDaemonProcess({ ...env, ...more });
    stops.push(() => started.stop('SIGKILL'));
    return started;
  };
  return { workos, start };
};

const here = !agentOrWhy('otelcol');

beforeAll(async () => {
  if (!here) return;
  const authority = createAuthority(dir);
  const { cert, key } = authority.sign('localhost');
  const [tcp, tls, port] = [await freePort(), await freePort(), await freePort()];
  daemon = await startLogDaemon(dir, {
    ...{ LOGS_TOKEN: TOKEN, TLS_CERT: cert, TLS_KEY: key },
    ...{ SYSLOG_TCP: `127.0.0.1:${tcp}`, SYSLOG_TLS: `127.0.0.1:${tls}` },
  });
  stops.push(() => daemon.stop());
  killed = await killable(port);
  stops.push(() => killed.workos.close());
  ways = [...otlp(daemon.url, authority.cert), ...syslog({ tcp, tls }, authority.cert)];
  const other = { endpoint: `http://127.0.0.1:${port}`, headers };
  collector = await startCollector([...ways, { app: 'killed', exporter: ['otlp_http', other] }]);
  stops.push(() => collector.stop());
});
afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(dir, { recursive: true });
});

const allFound = async (seed: string): Promise<void> => {
  for (const { app, locator, place } of ways) {
    const seen = await daemon.once(keysOf(app, seed), 20_000).catch((error: unknown) => {
      throw new Error(`${app}: ${String(error)}\n${collector.output()}`);
    });
    for (const one of seen) expect({ app, ...one }).toMatchObject({ app, locator, log: { ...place, service: app } });
  }
};

/** Sends what this daemon takes from one sender in fifteen seconds: for the next five it takes nothing more. */
const sendTooMuch = async (url: string): Promise<void> => {
  const given = { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/plain' };
  await fetch(`${url}/logs`, { method: 'POST', headers: given, body: 'a line\n'.repeat(2_200) });
};

const run = here ? test : test.skip;

run('what the collector sends is found, each key once, with what its resource says', async () => {
  for (const { app } of ways) write(app, keysOf(app, 'first'));
  await allFound('first');
});

run(
  'what is refused waits as Retry-After says and comes again, also to one that was killed meanwhile',
  async () => {
    const topicAway = async (): Promise<void> => {
      daemon.refuse(true);
      for (const { app } of ways) write(app, keysOf(app, 'away'));
      await eventually('all to be refused', () => ways.every(({ app }) => daemon.refused(keysOf(app, 'away'))));
      daemon.refuse(false);
      await allFound('away');
      expect(collector.output()).toMatch(/Throttle \(5s\).* 503/);
    };
    const kill = async (): Promise<void> => {
      const lots = ['refused', 'cut'].map((lot) =>
        Array.from({ length: 5 }, (_, n) =>
          killed.workos.issueKey({ name: `${lot} ${n}`, seed: `otelcol ${lot} ${n}` }),
        ),
      );
      const [refused = [], cut = []] = lots.map((lot) => lot.map(({ value }) => value));
      const first = await killed.start({ LOG_SENDER_BYTES_PER_SECOND: '1000' });
      await sendTooMuch(first.ingressUrl);
      write('killed', refused);
      await eventually('a refusal', () => /Throttle \(\ds\).* 429/.test(collector.output()));
      write('killed', cut);
      await first.stop('SIGKILL');
      await killed.start();
      await eventually('all to die', () => lots.flat().every(({ id }) => !killed.workos.isLive(id)));
    };
    await Promise.all([topicAway(), kill()]);
  },
  60_000,
);
