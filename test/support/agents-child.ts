/**
 * What Node's own log libraries ship: `node agents-child.ts PLAN`, with a JSON of `Plan`. Each way logs its keys, one line
 * each, through its library and waits until all is sent. Says one JSON line, by way: true, or the error.
 */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { Client } from '@elastic/elasticsearch';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import { pino } from 'pino';
import winston from 'winston';
import WinstonLoki from 'winston-loki';

export interface Plan {
  readonly url: string;
  readonly token: string;
  /** For those that write files. */
  readonly dir: string;
  /** The keys of each way. */
  readonly ways: Readonly<Partial<Record<WayName, readonly string[]>>>;
}

const LABELS = { service_name: 'shop', host: 'web-1' };

interface SplunkLogger {
  send(context: { message: unknown; metadata: object }): void;
  flush(callback: (error: unknown) => void): void;
  error: (error: unknown) => void;
}
const splunk = createRequire(import.meta.url)('splunk-logging') as { Logger: new (config: object) => SplunkLogger };

const textOf = (key: string): string => `charged with token=${key}`;

const otlp = async (exporter: LogRecordExporter, keys: readonly string[]): Promise<void> => {
  const processor = new BatchLogRecordProcessor({ exporter, scheduledDelayMillis: 100 });
  const provider = new LoggerProvider({ processors: [processor] });
  const logger = provider.getLogger('shop');
  const attributes = { 'service.name': 'shop', 'host.name': 'web-1' };
  for (const key of keys) logger.emit({ severityNumber: 17, body: { message: textOf(key), retry: 3 }, attributes });
  await provider.forceFlush();
  await provider.shutdown();
};

const ways = {
  async 'pino-loki'({ url, token }: Plan, keys: readonly string[]) {
    const headers = { authorization: `Bearer ${token}` };
    const options = { host: url, headers, labels: LABELS, batching: { interval: 0.1, maxBufferSize: 1000 } };
    const transport = pino.transport({ target: 'pino-loki', options });
    const logger = pino({ base: { hostname: 'web-1', pid: process.pid } }, transport);
    for (const key of keys) logger.error({ key }, 'charged');
    transport.end();
    await once(transport, 'close');
  },
  async 'winston-loki'({ url, token }: Plan, keys: readonly string[]) {
    let failed: unknown;
    const transport = new WinstonLoki({
      ...{ host: url, headers: { authorization: `Bearer ${token}` }, labels: LABELS, interval: 0.1 },
      onConnectionError: (error) => {
        failed = error;
      },
    });
    const logger = winston.createLogger({ transports: [transport] });
    for (const key of keys) logger.error(textOf(key));
    await transport.flush();
    await transport.close();
    if (failed) throw failed;
  },
  async winston({ url, token }: Plan, keys: readonly string[]) {
    const { hostname, port } = new URL(url);
    // A call for each line; as many at once as the default agent would make are too many from one sender.
    const at = { host: hostname, port: Number(port), path: '/logs', auth: { bearer: token } };
    const transport = new winston.transports.Http({ ...at, agent: new Agent({ maxSockets: 4, keepAlive: true }) });
    const logger = winston.createLogger({ transports: [transport], defaultMeta: { service: 'shop', host: 'web-1' } });
    let left = keys.length;
    const sent = new Promise<void>((resolve, reject) => {
      // It says `warn` of any answer but 200, and goes on.
      transport.on('warn', reject).on('logged', () => {
        left -= 1;
        if (left === 0) resolve();
      });
    });
    for (const key of keys) logger.error(textOf(key));
    await sent;
  },
  async 'splunk-logging'({ url, token }: Plan, keys: readonly string[]) {
    const logger = new splunk.Logger({ token, url, maxBatchCount: 0 });
    const sent = new Promise<void>((resolve, reject) => {
      logger.error = reject;
      for (const key of keys)
        logger.send({ message: { text: textOf(key), service: 'shop' }, metadata: { host: 'web-1' } });
      logger.flush((error) => (error ? reject(error) : resolve()));
    });
    await sent;
  },
  'otlp-json': ({ url, token }: Plan, keys: readonly string[]) =>
    otlp(new JsonExporter({ url: `${url}/v1/logs`, headers: { authorization: `Bearer ${token}` } }), keys),
  'otlp-protobuf': ({ url, token }: Plan, keys: readonly string[]) =>
    otlp(new ProtobufExporter({ url: `${url}/v1/logs`, headers: { authorization: `Bearer ${token}` } }), keys),
  async elasticsearch({ url, token }: Plan, keys: readonly string[]) {
    // Three tries are over before a busy machine has seen all the others refused.
    const client = new Client({ node: url, auth: { apiKey: token }, compression: true, maxRetries: 10 });
    const datasource = keys.map((key) => ({ message: textOf(key), 'service.name': 'shop', host: { name: 'web-1' } }));
    const { failed } = await client.helpers.bulk({ datasource, onDocument: () => ({ create: { _index: 'logs' } }) });
    await client.close();
    if (failed > 0) throw new Error(`${failed} were not taken`);
  },
};
export type WayName = keyof typeof ways;

const plan = JSON.parse(process.argv[2] ?? '') as Plan;
const names = Object.keys(plan.ways) as WayName[];
const results = await Promise.all(
  names.map((name) =>
    ways[name](plan, plan.ways[name] ?? []).then(
      () => [name, true],
      (error: unknown) => [name, String(error)],
    ),
  ),
);
process.stdout.write(`${JSON.stringify(Object.fromEntries(results))}\n`, () => process.exit(0));
