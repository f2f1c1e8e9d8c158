/**
 * A source in a process of its own, to be killed: `node source-child.ts file DIR PATH`,
 * `node source-child.ts kafka-logs DIR BROKER TOPIC GROUP`, `node source-child.ts syslog DIR`, or
 * `node source-child.ts github DIR API_URL TOKEN SECRET`. What is emitted stands in DIR/emitted before `emit` resolves; for
 * syslog nothing ever is. Says `ready` and, for github the ingress URL, for syslog the UDP port, in one line.
 */
import { appendFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock as clock } from '../../src/core/clock.ts';
import type { Emit } from '../../src/core/fragment.ts';
import { Secret } from '../../src/core/secret.ts';
import { createGithub, kafkaLogs, logFiles } from '../../src/sources/index.ts';
import { openStore } from '../../src/store.ts';
import { createLogTopics } from '../../src/topic/kafka-log-topics.ts';
import { githubRoom } from './github-room.ts';
import { startIngress } from './ingress.ts';
import { LOCAL, syslogIn } from './syslog.ts';

const [kind, dir = '', ...rest] = process.argv.slice(2);
const record = async (): Promise<void> => undefined;
const stop = new AbortController();
const store = openStore(join(dir, 'db'), { reserveBytes: 0 });

/** Slow, so that a kill falls between an emit and what follows it. */
const emit: Emit = async ({ bytes }) => {
  await clock.sleep(Math.random() * (kind === 'kafka-logs' ? 150 : 4));
  appendFileSync(join(dir, 'emitted'), Buffer.concat([bytes, Buffer.from('\n')]));
  await clock.sleep(Math.random() * 4);
};

if (kind === 'file') {
  writeSync(1, 'ready\n');
  await logFiles({ paths: rest, store, clock, record, pollMs: 50 }).run(emit, stop.signal);
} else if (kind === 'kafka-logs') {
  const [broker = '', topic = '', group = ''] = rest;
  const given = { brokers: [broker], clientId: 'keyfuse-test', topics: [topic], group, fromStart: true, clock };
  const quick = { sessionTimeoutMs: 1_000, commitEveryMs: 50 };
  const told = { note: () => undefined, raise: (detail: string) => void writeSync(2, `${detail}\n`) };
  writeSync(1, 'ready\n');
  await kafkaLogs({ topics: createLogTopics({ ...given, ...quick, ...told }), clock, record }).run(emit, stop.signal);
} else if (kind === 'syslog') {
  const source = syslogIn(store, { record, udp: LOCAL });
  void source.listening.then(({ udp }) => writeSync(1, `ready ${udp}\n`));
  await source.run(() => Promise.reject(new Error('the topic is away')), stop.signal);
} else {
  const [baseUrl = '', token = '', secret = ''] = rest;
  const ingress = await startIngress();
  const github = createGithub({ baseUrl, token: new Secret(token), clock });
  const source = githubRoom({ ingress, secrets: [new Secret(secret)], github, store, clock, record });
  const running = source.run(emit, stop.signal);
  await clock.sleep(20);
  writeSync(1, `ready ${ingress.url}\n`);
  await running;
}
