/*
 * What a stranger's line costs the event loop: what a line says of itself is read once, however many hits are in it. No
 * time is demanded of a machine: two medians of one run are compared, and each fault is tenfold and more.
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

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
const timed = (work: () => unknown): number => {
  const begun = performance.now();
  work();
  return performance.now() - begun;
};
const typical = (work: () => unknown): number => median(Array.from({ length: 15 }, () => timed(work)));

/** Asks where hits stand in everything that is emitted, as many as there may be. */
const start = (source: Source) => {
  const asked = { times: [] as number[], hits: 0, service: '' };
  const emit: Emit = async ({ bytes, locate }) => {
    for (let offset = 0; locate && offset + 40 < bytes.length; offset += 45) {
      const ask = () => locate({ offset, length: 40 })?.log?.service;
      asked.times.push(
        timed(() => {
          asked.service = ask() ?? asked.service;
        }),
      );
      asked.hits += 1;
    }
  };
  running = source.run(emit, stop.signal);
  return asked;
};

/** A hit costs a small part of what it costs to read its line. */
const expectOneReading = ({ times }: ReturnType<typeof start>, line: Buffer): void =>
  expect(median(times)).toBeLessThan(typical(() => placeOf(line)) / 10);

const longLine = (size: number): Buffer => Buffer.from(`service=shop ${'k=v '.repeat(size / 4)}`);
const { record } = createFacts();

test('a file', async () => {
  const path = join(folder, 'app.log');
  writeFileSync(path, Buffer.concat([longLine(250_000), Buffer.from('\n')]));
  const asked = start(logFiles({ paths: [path], store, clock, record, fromStart: true }));
  await eventually('hits', () => asked.hits > 5_000);
  expectOneReading(asked, longLine(128_000));
});

test('a message of Kafka, joined with others or alone', async () => {
  const messages = [200_000, 600_000].map((size, offset) => {
    return { offset, timestamp: 0, key: null, value: longLine(size), headers: {} };
  });
  const topics: LogTopics = {
    read: (each, over) => each({ topic: 't', partition: 0, messages, unscanned: [] }, over),
  };
  const asked = start(kafkaLogs({ topics, clock, record }));
  await running;
  expect(asked).toMatchObject({ service: 'shop' });
  expect(asked.hits).toBeGreaterThan(17_000);
  expectOneReading(asked, longLine(200_000));
});

test('standard input, which says where a line comes from too', async () => {
  const input = Readable.from([longLine(120_000), Buffer.from('\n')]);
  const asked = start(logStdin({ input, clock, record }));
  await running;
  expect(asked).toMatchObject({ service: 'shop' });
  expect(asked.hits).toBeGreaterThan(2_000);
  expectOneReading(asked, longLine(120_000));
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
  expectOneReading(asked, longLine(60_000));
});

test('texts that are hard to look into', () => {
  running = Promise.resolve();
  const cost = (text: string) => typical(() => placeOf(Buffer.from(text)));
  const [list, text] = [`{"a":[${'1,'.repeat(131_000)}1]}`, `{"a":"${'1,'.repeat(131_000)}1"}`];
  expect(cost(list)).toBeLessThan(12 * cost(text));
  const [fields, field] = [`__CURSOR=\n${'A=\n'.repeat(87_000)}`, `__CURSOR=\nA=${'A=_'.repeat(87_000)}\n`];
  expect(cost(fields)).toBeLessThan(12 * cost(field));
  const [word, words] = ['a'.repeat(65_536), 'ab '.repeat(22_000)];
  expect(typical(() => labelsOf(word))).toBeLessThan(8 * typical(() => labelsOf(words)));
  expect(labelsOf('{app="web", pod="web-1"}')).toEqual({ app: 'web', pod: 'web-1' });
});
