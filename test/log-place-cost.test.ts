/*
 * What a stranger's line costs the event loop: what a line says of itself is read once, however many hits are in it.
 * Planted faults, each seen red: the place read for each hit, by source; labels looked for inside words; lists as pairs;
 * fields of an entry without a bound.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock as clock } from '../src/core/clock.ts';
import type { Emit } from '../src/core/fragment.ts';
import type { LogTopics } from '../src/core/log-topics.ts';
import type { Store } from '../src/core/store.ts';
import { logFiles } from '../src/sources/files/files.ts';
import { kafkaLogs } from '../src/sources/kafka-logs.ts';
import { placeOf } from '../src/sources/log-place.ts';
import { logStdin } from '../src/sources/log-stdin.ts';
import { labelsOf } from '../src/sources/payload/loki-labels.ts';
import type { Source } from '../src/sources/source.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { createFacts } from './support/sink.ts';
import { createDatagramSender, LOCAL, syslogIn } from './support/syslog.ts';

let folder: string;
let store: Store;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  folder = scratch();
  store = openStore(join(folder, 'db'), { reserveBytes: 0 });
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
  await store.close();
  rmSync(folder, { recursive: true });
});

/** No machine takes as long for it, and each fault takes longer. Of the processor alone: others may be at work. */
const MOST_MS = 400;
const took = (work: () => unknown): number => {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
};

/** Asks where hits stand in everything that is emitted, as many as there may be; gives the longest time of one fragment. */
const start = (source: Source) => {
  const asked = { longest: 0, hits: 0, service: '' };
  const emit: Emit = async ({ bytes, locate }) => {
    const ms = took(() => {
      for (let offset = 0; locate && offset + 40 < bytes.length; offset += 45) {
        asked.service = locate({ offset, length: 40 })?.log?.service ?? asked.service;
        asked.hits += 1;
      }
    });
    asked.longest = Math.max(asked.longest, ms);
  };
  running = source.run(emit, stop.signal);
  return asked;
};

const longLine = (size: number): Buffer => Buffer.from(`service=shop ${'k=v '.repeat(size / 4)}`);
const { record } = createFacts();

test('a file', async () => {
  const path = join(folder, 'app.log');
  writeFileSync(path, Buffer.concat([longLine(250_000), Buffer.from('\n')]));
  const asked = start(logFiles({ paths: [path], store, clock, record, fromStart: true }));
  await eventually('hits', () => asked.hits > 5_000);
  expect(asked.longest).toBeLessThan(MOST_MS);
});

test('a message of Kafka, joined with others or alone', async () => {
  const messages = [200_000, 600_000].map((size, offset) => {
    return { offset, timestamp: 0, key: null, value: longLine(size), headers: {} };
  });
  const topics: LogTopics = {
    read: (each, over) => each({ topic: 't', partition: 0, messages, unreadable: [] }, over),
  };
  const asked = start(kafkaLogs({ topics, clock, record }));
  await running;
  expect(asked).toMatchObject({ service: 'shop' });
  expect(asked.hits).toBeGreaterThan(17_000);
  expect(asked.longest).toBeLessThan(MOST_MS);
});

test('standard input, which says where a line comes from too', async () => {
  const input = Readable.from([longLine(120_000), Buffer.from('\n')]);
  const asked = start(logStdin({ input, clock, record }));
  await running;
  expect(asked).toMatchObject({ service: 'shop' });
  expect(asked.hits).toBeGreaterThan(2_000);
  expect(asked.longest).toBeLessThan(MOST_MS);
});

test('syslog', async () => {
  const source = syslogIn(store, { record, udp: LOCAL, tcp: LOCAL });
  const asked = start(source);
  const { udp = 0, tcp = 0 } = await source.listening;
  const datagrams = createDatagramSender();
  await datagrams.send(udp, longLine(60_000).toString());
  await eventually('the datagram', () => asked.hits > 1_000);
  datagrams.close();
  const sofar = asked.hits;
  const socket = connect(tcp, '127.0.0.1').on('error', () => undefined);
  socket.write(Buffer.concat([longLine(120_000), Buffer.from('\n')]));
  await eventually('the line', () => asked.hits > sofar + 2_000);
  socket.destroy();
  expect(asked.longest).toBeLessThan(MOST_MS);
});

test('texts that are hard to look into', () => {
  running = Promise.resolve();
  const texts = [`{"a":[${'1,'.repeat(131_000)}1]}`, `__CURSOR=\n${'A=\n'.repeat(87_000)}`];
  for (const text of texts) {
    const line = Buffer.from(text);
    expect(took(() => Array.from({ length: 5 }, () => placeOf(line)))).toBeLessThan(MOST_MS);
  }
  expect(took(() => labelsOf('a'.repeat(65_536)))).toBeLessThan(MOST_MS / 8);
  expect(labelsOf('{app="web", pod="web-1"}')).toEqual({ app: 'web', pod: 'web-1' });
});
