import { createSocket } from 'node:dgram';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { watchLosses } from '../src/app-losses.ts';
import { Settings } from '../src/config.ts';
import type { Fact } from '../src/core/facts.ts';
import { startEmulatedWorkos } from '../src/demo/workos.ts';
import { scratch } from './support/benches.ts';
import { fresh, keyfuse, startDaemonProcess } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { createFacts } from './support/sink.ts';
import { counted, createDatagramSender } from './support/syslog.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const freeUdp = async (): Promise<number> => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
};
const takenTcp = async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { port, free: () => new Promise((resolve) => server.close(resolve)) };
};

test('syslog through the daemon: keys die; an address that is taken ends the start, and a lost line the daemon', async () => {
  const dir = scratch();
  closers.push(() => rmSync(dir, { recursive: true }));
  const credential = fresh().secret;
  const workos = await startEmulatedWorkos({ credential });
  closers.push(() => workos.close());
  const tcp = await takenTcp();
  const udp = await freeUdp();
  const env = {
    ...{ WORKOS_API_KEY: credential, WORKOS_BASE_URL: workos.url, DATA_DIR: join(dir, 'data'), LOG_ON_LOSS: 'exit' },
    ...{ SYSLOG_UDP: `127.0.0.1:${udp}`, SYSLOG_TCP: `127.0.0.1:${tcp.port}` },
  };
  const refused = await keyfuse(['run'], { ...env, PORT: '0', OPS_PORT: '0' });
  expect(refused).toMatchObject({
    exit: 78,
    output: expect.stringContaining(`127.0.0.1:${tcp.port} (logs.syslog.tcp, SYSLOG_TCP): EADDRINUSE`),
  });
  expect(refused.output).not.toMatch(/senders|started/);

  await tcp.free();
  const daemon = await startDaemonProcess(env);
  closers.push(() => daemon.stop('SIGKILL'));
  const keys = ['one', 'two'].map((seed) => workos.issueKey({ name: seed, seed: `syslog ${seed}` }));
  connect(tcp.port, '127.0.0.1')
    .on('error', () => undefined)
    .end(counted(`<34>1 - web app 7 - - token=${keys[0]?.value}`));
  const sender = createDatagramSender();
  closers.push(sender.close);
  await sender.send(udp, `<34>Oct 11 22:14:15 web app: token=${keys[1]?.value}`);
  await eventually('both are dead', () => keys.every(({ id }) => !workos.isLive(id)));

  process.kill(daemon.pid, 'SIGSTOP');
  const big = Buffer.alloc(60_000, 'x ');
  await Promise.all(Array.from({ length: 400 }, () => sender.burst(udp, big)));
  process.kill(daemon.pid, 'SIGCONT');
  expect(await daemon.ended).toBe(70);
  expect(daemon.output()).toMatch(/log lines were lost.*source\.lost: syslog: \d+ lines \(kernel\)/s);
});

const dropped: Fact = { type: 'source.dropped', source: 'syslog', cause: 'spool-full', lines: 3 };
const unscanned = { type: 'source.unscanned', source: 'file', locator: '/a.log' } as const;
const harmless: readonly Fact[] = [
  { ...unscanned, reason: 'flooded' },
  { ...unscanned, source: 'github-webhook', reason: 'gone' },
  { ...unscanned, source: 'github-backfill', reason: 'unreadable' },
];

type Row = [string, 'exit' | 'alert', readonly Fact[], string | undefined];

test.each<Row>([
  ['dropped lines', 'exit', [...harmless, dropped], 'source.lost: syslog: 3 lines (spool-full)'],
  ...(['gone', 'emptied', 'unreadable'] as const).map((reason): Row => {
    return [
      `a file that is ${reason}`,
      'exit',
      [{ ...unscanned, reason }],
      `source.lost: file: lines that were not read (${reason})`,
    ];
  }),
  [
    'a batch of a topic that does not unpack',
    'exit',
    [{ ...unscanned, source: 'kafka-logs', reason: 'unreadable' }],
    'source.lost: kafka-logs: lines that were not read (unreadable)',
  ],
  ['what was no log line', 'exit', harmless, undefined],
  ['any loss, where an alert is enough', 'alert', [dropped], undefined],
])('a loss: %s', async (...row) => {
  const [, onLoss, given, message] = row;
  const facts = createFacts();
  const { record, lost } = watchLosses(Settings.parse({ logs: { onLoss } }), facts.record);
  for (const fact of given) await record(fact);
  expect(facts.all).toEqual(given);
  const ended = await Promise.race([
    lost.then((fault) => fault.message),
    new Promise((resolve) => setImmediate(resolve)),
  ]);
  expect(ended).toBe(message);
});
