import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import type { Emit } from '../src/core/fragment.ts';
import type { LogTopics } from '../src/core/log-topics.ts';
import { sample } from '../src/core/sample.ts';
import { kafkaLogs, logStdin } from '../src/sources/index.ts';
import { PIECE } from '../src/sources/outlet.ts';
import { eventually } from './support/eventually.ts';
import { createProbe } from './support/scanning.ts';
import { createFacts, createSink, type Facts, type Sink } from './support/sink.ts';

const detector = workosCustomerKey(workosCustomerKeySettings.parse({}));
const key = (seed: string): string => `${'sk'}_${sample(seed, 40)}`;

let facts: Facts;
let sink: Sink;
let stop: AbortController;
let running: Promise<void>;

/** The keys that the real scanner finds in what was taken, in order. */
const keys = (): readonly string[] => {
  const { scanner } = createProbe([detector]);
  return sink.taken.flatMap((fragment) => scanner.scan(fragment).map(({ secret }) => secret.expose()));
};

beforeEach(() => {
  facts = createFacts();
  sink = createSink();
  stop = new AbortController();
});
afterEach(async () => {
  sink.open();
  stop.abort();
  await running;
});

describe('standard input', () => {
  let input: PassThrough;
  beforeEach(() => {
    input = new PassThrough();
    running = logStdin({ input, clock, record: facts.record }).run(sink.emit, stop.signal);
  });

  test('run ends with the input, after its last byte', async () => {
    input.end(`a line\ntoken=${key('last')}`);
    await running;
    expect(keys()).toEqual([key('last')]);
    expect(sink.taken.at(-1)?.last).toBe(true);
  });

  test('a key that chunks cut is found once its line ends', async () => {
    for (const byte of `token=${key('slow')} ok\n`) {
      input.write(byte);
      await pause(1);
    }
    await eventually('the key', () => keys().includes(key('slow')));
    expect(sink.taken.length).toBe(1);
  });

  test('a key in a line without an end is found after a moment, also where a piece ends, and when it was refused first', async () => {
    sink.refuse(true);
    input.write(`token=${key('waiting')}`);
    await eventually('a refusal', () => sink.called.length > 0);
    sink.refuse(false);
    await eventually('the key', () => keys().includes(key('waiting')));
    const end = ` token=${key('at the end')}`;
    input.write(`\n${'x'.repeat(PIECE - end.length)}${end}`);
    await eventually('the other', () => keys().includes(key('at the end')));
  });

  test('a key that the end of a piece and a refusal cut is found', async () => {
    const long = `${'x'.repeat(PIECE - 20)} token=${key('refused')} end\n`;
    input.write(long.slice(0, PIECE));
    await eventually('the first piece', () => sink.taken.length === 1);
    sink.refuse(true);
    input.write(long.slice(PIECE));
    await eventually('a refusal', () => sink.called.length > 1);
    sink.refuse(false);
    await eventually('the key', () => keys().includes(key('refused')));
  });

  test("an entry of journald's export tells where it comes from; a line beside it does not", async () => {
    const text = Buffer.from(`\x1b[32mtoken=${key('binary')}\x1b[0m\nsecond line`);
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    const head = (host: string): string => `__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795954470192000\n_HOSTNAME=${host}\n`;
    input.write(`token=${key('before')}\n${head('web-1')}MESSAGE=${key('text')}\nSYSLOG_IDENTIFIER=shop\n\n`);
    input.end(
      Buffer.concat([
        ...[Buffer.from(`${head('web-2')}MESSAGE\n`), size, text],
        Buffer.from(`\n_COMM=cron\n\ntoken=${key('after')} says __CURSOR=\n`),
      ]),
    );
    await running;
    const { scanner } = createProbe([detector]);
    const placeOf = new Map(
      sink.taken.flatMap((one) => scanner.scan(one)).map(({ secret, origin }) => [secret.expose(), origin.log]),
    );
    const time = 1795954470192;
    expect([...placeOf]).toEqual([
      [key('before'), {}],
      [key('text'), { host: 'web-1', service: 'shop', time }],
      [key('binary'), { host: 'web-2', service: 'cron', time }],
      [key('after'), {}],
    ]);
  });

  test('while emit hangs the pipe fills up: the writer waits', async () => {
    sink.shut();
    let written = 0;
    while (input.write(Buffer.alloc(16_384, 'line\n')) && written < 1_000) {
      written += 1;
      await pause(1);
    }
    expect(written).toBeLessThan(20);
    expect(sink.called.length).toBe(1);
  });

  test('an input that breaks is a fault', async () => {
    const broken = running.catch((error: unknown) => error);
    running = broken.then(() => undefined);
    input.destroy(new Error('planted'));
    expect(await broken).toMatchObject({ code: 'source.unreadable' });
  });
});

test('a long message of Kafka goes on where a piece of it was refused: the key that its border cuts is found, once', async () => {
  const value = Buffer.from(`${'x'.repeat(PIECE - 20)} token=${key('refused')} end ${'filler '.repeat(50_000)}`);
  const messages = [{ offset: 7, timestamp: 0, key: null, value, headers: {} }];
  const topics: LogTopics = {
    read: (each, over) => each({ topic: 't', partition: 0, messages, unscanned: [] }, over),
  };
  let tries = 0;
  const emit: Emit = async (fragment) => {
    tries += 1;
    sink.refuse(tries === 2);
    await sink.emit(fragment);
  };
  await kafkaLogs({ topics, clock, record: facts.record }).run(emit, stop.signal);
  expect(keys()).toEqual([key('refused')]);
  expect(sink.taken.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(value.length + PIECE);
});
