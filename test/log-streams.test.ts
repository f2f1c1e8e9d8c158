import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { httpLogs, logStdin } from '../src/sources/index.ts';
import { PIECE } from '../src/sources/outlet.ts';
import { post } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { startIngress, type TestIngress } from './support/ingress.ts';
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

describe('POST /logs', () => {
  let ingress: TestIngress;
  let url: string;
  const TEXT = { 'content-type': 'text/plain' };
  const open = async (how: { token?: Secret; mostBytes?: number; patienceMs?: number } = {}): Promise<void> => {
    running = httpLogs({ ingress, clock, record: facts.record, ...how }).run(sink.emit, stop.signal);
    await pause(10);
  };
  beforeEach(async () => {
    ingress = await startIngress();
    url = `${ingress.url}/logs`;
  });
  afterEach(() => ingress.close());

  test.each(['text/plain', 'text/plain; charset=utf-8', 'application/x-ndjson', 'Application/JSON'])(
    '%s is taken',
    async (type) => {
      await open();
      expect(await post(url, `{"m":"${key(type)}"}\n`, { 'content-type': type })).toBe(204);
      expect(keys()).toEqual([key(type)]);
      expect(facts.of('source.accepted').length).toBe(1);
    },
  );

  test.each([
    ['another type', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no type', {}],
    ['compressed', { ...TEXT, 'content-encoding': 'gzip' }],
  ])('%s: 415, counted', async (_, headers: Record<string, string>) => {
    await open();
    expect(await post(url, 'text', headers)).toBe(415);
    expect(facts.rejected('unsupported_type')).toBe(1);
    expect(sink.called.length).toBe(0);
  });

  test('with a token set, only its bearer may send', async () => {
    const token = sample('logs token', 32);
    await open({ token: new Secret(token) });
    const wrong = [{}, { authorization: token }, { authorization: 'Bearer ' }, { authorization: `Bearer ${token}x` }];
    for (const headers of wrong as Record<string, string>[]) {
      expect(await post(url, 'text', { ...TEXT, ...headers })).toBe(401);
    }
    expect(facts.rejected('bad_signature')).toBe(wrong.length);
    expect(sink.called.length).toBe(0);
    expect(await post(url, 'text', { ...TEXT, authorization: `Bearer ${token}` })).toBe(204);
  });

  test('too much: 413, whether it is announced or not; what came before is scanned', async () => {
    await open({ mostBytes: 200_000 });
    expect(await post(url, 'x'.repeat(200_001), TEXT)).toBe(413);
    expect(sink.called.length).toBe(0);
    const body = new ReadableStream<Uint8Array>({
      start(to) {
        to.enqueue(Buffer.from(`${key('early')} `));
        for (let i = 0; i < 30; i += 1) to.enqueue(Buffer.alloc(10_000, 'x '));
        to.close();
      },
    });
    const answer = fetch(url, { method: 'POST', body, headers: TEXT, duplex: 'half' } as RequestInit);
    expect((await answer.catch(() => ({ status: 413 }))).status).toBe(413);
    expect(facts.rejected('too_large')).toBe(2);
    expect(keys()).toEqual([key('early')]);
  });

  test('a key that the chunks cut, into single bytes even, is found', async () => {
    await open();
    const text = `${'filler '.repeat(Math.floor((PIECE - 16) / 7))}token=${key('cut')} ${'more '.repeat(20_000)}`;
    expect(text.indexOf(key('cut'))).toBeLessThan(PIECE);
    expect(text.indexOf(key('cut')) + 43).toBeGreaterThan(PIECE);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.setNoDelay(true);
    socket.write(
      `POST /logs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\n\r\n`,
    );
    const at = text.indexOf(key('cut'));
    socket.write(text.slice(0, at));
    for (const byte of text.slice(at, at + 43)) {
      socket.write(byte);
      await pause(1);
    }
    socket.write(text.slice(at + 43));
    await eventually('the key', () => keys().includes(key('cut')));
    socket.destroy();
    expect(Math.max(...sink.taken.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(PIECE);
    expect(sink.taken.length).toBeLessThan(10);
  });

  test('a body that is cut short is scanned as far as it came, and counted', async () => {
    await open();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`POST /logs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\n`);
    socket.write(`token=${key('half')}`, () => setTimeout(() => socket.destroy(), 50));
    await eventually('it is counted', () => facts.rejected('malformed') === 1);
    expect(keys()).toEqual([key('half')]);
  });

  test('a topic that hangs: 503 with a time to come back, in time', async () => {
    await open({ patienceMs: 200 });
    sink.shut();
    const answer = await fetch(url, { method: 'POST', body: 'text', headers: TEXT });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(facts.rejected('not_durable')).toBe(1);
  });

  test('after stop nobody answers at the path', async () => {
    await open();
    stop.abort();
    await running;
    expect(await post(url, 'text', TEXT)).toBe(503);
    expect(facts.all.length).toBe(0);
  });
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

  test('a key in a line without an end is found after a moment', async () => {
    input.write(`token=${key('waiting')}`);
    await eventually('the key', () => keys().includes(key('waiting')));
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
