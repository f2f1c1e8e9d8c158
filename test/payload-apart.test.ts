import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import type { Emit } from '../src/core/fragment.ts';
import type { LogBatch, LogMessage } from '../src/core/log-topics.ts';
import { sample } from '../src/core/sample.ts';
import { kafkaLogs } from '../src/sources/index.ts';
import { apart } from '../src/sources/payload/apart.ts';
import { encoded } from './support/log-protobuf.ts';
import { createProbe } from './support/scanning.ts';
import { createFacts } from './support/sink.ts';

const registry = detectors(detectorSettings.parse({})).filter(({ id }) => id === 'workos-customer-key');
const probe = createProbe(registry);
const [key = ''] = registry[0]?.examples().ours ?? [];
const secretsIn = (text: Buffer): readonly string[] => probe.find(text).map(({ secret }) => secret);

/** The formats, written from what is published of them and not from our readers. */
const bytes = (...all: (Buffer | readonly number[])[]): Buffer => Buffer.concat(all.map((one) => Buffer.from(one)));
const whole = (value: number, width: number): Buffer => {
  const written = Buffer.alloc(width);
  written.writeUIntBE(value, 0, width);
  return written;
};
const varint = (value: bigint): Buffer => {
  const low = Number(value & 127n);
  return value < 128n ? Buffer.from([low]) : bytes([low | 128], varint(value >> 7n));
};
const double = (value: number): Buffer => {
  const written = Buffer.alloc(8);
  written.writeDoubleLE(value);
  return written;
};

/** https://avro.apache.org/docs/1.12.0/specification/#binary-encoding */
const avroLong = (value: bigint): Buffer => varint(value < 0n ? -value * 2n - 1n : value * 2n);
const avroText = (text: string): Buffer => bytes(avroLong(BigInt(Buffer.byteLength(text))), Buffer.from(text));
/** https://github.com/msgpack/msgpack/blob/master/spec.md#str-format-family */
const packText = (text: string): Buffer => {
  const size = Buffer.byteLength(text);
  const head = size < 32 ? [0xa0 | size] : size < 256 ? [0xd9, size] : bytes([0xda], whole(size, 2));
  return bytes(head, Buffer.from(text));
};
/** https://www.rfc-editor.org/rfc/rfc8949#section-3.1 */
const cborText = (text: string): Buffer => {
  const size = Buffer.byteLength(text);
  const head = size < 24 ? [0x60 | size] : size < 256 ? [0x78, size] : bytes([0x79], whole(size, 2));
  return bytes(head, Buffer.from(text));
};
/** https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md */
const thriftText = (text: string, nth: number): Buffer =>
  bytes([11], whole(nth + 1, 2), whole(Buffer.byteLength(text), 4), Buffer.from(text));
/** https://protobuf.dev/programming-guides/encoding/ */
const field = (number: number, wire: number, content: Buffer): Buffer =>
  bytes(varint(BigInt((number << 3) | wire)), wire === 2 ? varint(BigInt(content.length)) : [], content);

const words = [...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 =/:,-_"é'];
const texts = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...words), minLength, maxLength });
const withKey = fc.oneof(
  fc.constantFrom(key, `token=${key}`, `login failed token=${key}`, `Bearer ${key}`, `${key} was refused`),
  fc.tuple(texts(0, 90), texts(0, 90)).map(([before, after]) => `${before} ${key} ${after}`),
);
/** Some texts, one of them with the key. */
const several = fc
  .tuple(fc.array(texts(8, 200), { maxLength: 6 }), withKey, fc.nat())
  .map(([all, one, at]) => all.toSpliced(at % (all.length + 1), 0, one));

const head = fc.oneof(
  fc.nat(0xff_ffff).map((id) => bytes([0], whole(id, 4))),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((print) => bytes([0xc3, 0x01], Buffer.from(print))),
);
const avro = fc.tuple(head, several, fc.boolean()).map(([before, all, nullable]) => {
  const fields = all.map((text) => bytes(nullable ? avroLong(1n) : [], avroText(text)));
  return bytes(before, ...fields);
});
const msgpack = fc.tuple(several, fc.nat(127)).map(([all, number]) => {
  const members = all.map((text, nth) => bytes(packText(`name${nth}`), [0x92], packText(text), [number]));
  return bytes([0x80 | all.length], ...members);
});
const cbor = fc.tuple(several, fc.nat(23)).map(([all, number]) => {
  const members = all.map((text, nth) => bytes(cborText(`name${nth}`), [0x82], cborText(text), [number]));
  return bytes([0xa0 | all.length], ...members);
});
const thrift = fc
  .tuple(several, fc.nat(0xffff_ffff))
  .map(([all, number]) => bytes(...all.map(thriftText), [8], whole(99, 2), whole(number, 4), [0]));

const number = fc.integer({ min: 1, max: 30 });
type Field = readonly [number: number, written: Buffer];
const scalar: fc.Arbitrary<Field> = fc.oneof(
  fc.tuple(number, fc.bigInt(0n, 1n << 62n)).map(([nth, value]): Field => [nth, field(nth, 0, varint(value))]),
  fc.tuple(number, fc.double()).map(([nth, value]): Field => [nth, field(nth, 1, double(value))]),
  fc.tuple(number, fc.nat(0xffff_ffff)).map(([nth, value]): Field => [nth, field(nth, 5, whole(value, 4))]),
  fc.tuple(number, texts(1, 200)).map(([nth, text]): Field => [nth, field(nth, 2, Buffer.from(text))]),
);
/** A message around what is inside, as encoders write it: in the order of its numbers. */
const around = (inside: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc.tuple(number, inside, fc.array(scalar, { maxLength: 5 })).map(([nth, content, others]) => {
    const all: readonly Field[] = [...others, [nth, field(nth, 2, content)]];
    return Buffer.concat(all.toSorted(([one], [other]) => one - other).map(([, written]) => written));
  });
const innermost = around(withKey.map((text) => Buffer.from(text)));
const protobuf = fc.oneof(innermost, around(innermost), around(around(innermost)));
const confluent = fc
  .tuple(fc.nat(0xff_ffff), fc.constantFrom([0], [2, 2], [4, 2, 4]), protobuf)
  .map(([id, indexes, message]) => bytes([0], whole(id, 4), indexes, message));

const named = fc.tuple(texts(1, 40), texts(0, 60)).map(([name, text]) => ({ key: name, value: { text } }));
const otlp = fc.tuple(withKey, fc.array(named, { maxLength: 4 }), fc.nat(2)).map(([text, attributes, place]) => {
  const nested = { members: { values: [...attributes, { key: 'secret', value: { text } }, ...attributes] } };
  const body = place === 0 ? { text } : place === 1 ? nested : { text: 'hello' };
  const all = place === 2 ? [...attributes, { key: 'authorization', value: { text } }, ...attributes] : attributes;
  const log = { time: '1700000000000000000', severity: 9, severityText: 'INFO', body, attributes: all };
  return encoded('Otlp', {
    resources: [{ resource: { attributes }, scopes: [{ scope: { name: 'x' }, logs: [log] }] }],
  });
});

/** What a daemon finds in a message: the secrets, each as often as it is told. `refusals`: so often it is not durable. */
const read = async (message: Partial<LogMessage>, refusals = 0): Promise<readonly string[]> => {
  const found: string[] = [];
  const { scanner } = createProbe(registry);
  let left = refusals;
  const emit: Emit = async (fragment) => {
    const now = scanner.scan(fragment).map(({ secret }) => secret.expose());
    left -= 1;
    if (left >= 0) throw new Error('refused');
    found.push(...now);
  };
  const messages = [{ offset: 1, timestamp: 0, key: null, value: null, headers: {}, ...message }];
  const batch: LogBatch = { topic: 't', partition: 0, messages, unscanned: [] };
  const stop = new AbortController().signal;
  const topics = { read: (each: (one: LogBatch, over: AbortSignal) => Promise<void>) => each(batch, stop) };
  const impatient = { ...clock, sleep: async () => undefined };
  await kafkaLogs({ topics, clock: impatient, record: createFacts().record }).run(emit, stop);
  return found;
};

describe('a value of a binary format', () => {
  const formats = { otlp, protobuf, 'protobuf of Confluent': confluent, avro, msgpack, thrift, cbor };
  test.each(Object.entries(formats))('gives the key that it holds: %s', (_, format) => {
    fc.assert(
      fc.property(format, (value) => {
        expect(secretsIn(apart(value).text)).toContain(key);
      }),
      { numRuns: 300 },
    );
  });

  test('gives it once, and beside it only the word that a letter behind it makes of it', async () => {
    const pair = (name: string, text: string) => ({ key: name, value: { text } });
    const record = (text: string, ...attributes: readonly object[]) =>
      encoded('Otlp', { resources: [{ scopes: [{ logs: [{ body: { text }, attributes }] }] }] });
    const schema = [0, 0, 0, 0, 7];
    const long = 'm'.repeat(50);
    const values: readonly (readonly [value: Buffer, ...words: readonly string[]])[] = [
      [record(`token=${key}`, pair('http.method', 'GET')), `${key}2`],
      [record('hello', pair('authorization', `Bearer ${key}`), pair('x', 'y')), `${key}2`],
      [record(`token=${key} was refused`, pair('http.method', 'GET'))],
      [bytes(schema, avroText('INFO'), avroText(key), avroText('shop'))],
      [bytes(schema, avroText('INFO'), avroText(`token=${key}`), avroText(long))],
      [bytes([0x82], packText('token'), packText(key), packText('n'), [0x32])],
      [bytes([0xa2], cborText('token'), cborText(key), cborText('n'), [2]), `${key}an`],
      [bytes(thriftText(key, 0), [0])],
      [bytes(whole(key.length, 2), Buffer.from(key), whole(9, 2), Buffer.from('next text'))],
      [bytes([0x01], varint(BigInt(key.length)), Buffer.from(key), [50], Buffer.from(long))],
    ];
    for (const [value, ...words] of values) expect(await read({ value })).toEqual([...words, key]);
  });

  test('tells of a key once that is found in the value and in its string, however long the value is', async () => {
    const value = (filler: number) => [avroText(`token ${key} was refused`), avroText('x '.repeat(filler))];
    for (const filler of [10, 150_000]) {
      const [said, fill] = value(filler) as [Buffer, Buffer];
      for (const all of [
        [said, fill],
        [fill, said],
        [fill, said, fill],
      ])
        expect(await read({ value: bytes([0, 0, 0, 0, 7], ...all) })).toEqual([key]);
      expect(await read({ value: bytes([0, 0, 0, 0, 7], said, fill) }, 2)).toEqual([key]);
      expect(await read({ headers: { trace: bytes([0, 0, 0, 0, 7], said, fill) } })).toEqual([key]);
      expect(await read({ value: bytes([0, 0, 0, 0, 7], said, fill, said) })).toEqual([key, key]);
    }
  });

  test('loses nothing where no string is told, or one is wrongly', async () => {
    const values = [bytes([0, 1, 0xff], Buffer.from(` ${key} `), [1]), bytes([0x0b], Buffer.from(`token=${key}\0`))];
    for (const value of values) expect(await read({ value })).toEqual([key]);
  });

  test('is given as it came, and its strings behind it, which are a little more', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(several, { maxLength: 3 }), (noise, all) => {
        const value = bytes(Buffer.from(noise), ...all.flat().map(avroText), Buffer.from(noise));
        const { text } = apart(value);
        expect(text.subarray(0, value.length)).toEqual(value);
        expect(text.length - value.length).toBeLessThanOrEqual(1.25 * value.length);
      }),
    );
  });
});

describe('text', () => {
  /** Text but for a byte or a head, as programs write it. */
  const odd = Object.entries<(key: string) => Buffer>({
    'JSON in Latin-1 and a newline': (it) => Buffer.from(`{"name":"Ren\u00e9","msg":"token ${it}"}\n`, 'latin1'),
    'a line in Latin-1': (it) => Buffer.from(`client Ren\u00e9 token ${it} took 12 ms`, 'latin1'),
    'CSV in Latin-1': (it) => Buffer.from(`2026;M\u00fcller;${it};ok\r\n`, 'latin1'),
    'GELF, and its NUL': (it) => Buffer.from(`${JSON.stringify({ host: 'h', short_message: `token ${it}` })}\0`),
    'a line and a NUL': (it) => Buffer.from(`client token ${it} took 12 ms\0`),
    'syslog with BEL': (it) => Buffer.from(`<34>1 2026-11-28T10:00:00Z h app 1 - - token ${it}\x07`),
    'a stack trace with a backspace': (it) => Buffer.from(`ERROR x\b token=${it}\n\tat a.b.C(D.java:1)\n`),
    'a line behind a form feed': (it) => Buffer.from(`page\x0c2026-11-28 ERROR token=${it} charge failed\n`),
    FIX: (it) => Buffer.from(`8=FIX.4.2\x019=112\x0135=A\x01554=${it}\x0110=062\x01`),
    "Confluent's JSON Schema": (it) => bytes([0, 0, 0, 0, 7], Buffer.from(JSON.stringify({ auth: `Bearer ${it}` }))),
    'a line that is cut in a character': (it) => bytes(Buffer.from(`token=${it} charge failed `), [0xe2, 0x82]),
  });
  test.each(odd)('but for a byte loses nothing: %s', async (_, write) => {
    const keys = Array.from({ length: 20 }, (_, nth) => `sk_${sample(`odd ${nth}`, 43)}`);
    const lost = await Promise.all(keys.map(async (it) => !(await read({ value: write(it) })).includes(it)));
    expect(lost.filter(Boolean)).toHaveLength(0);
  });

  test('is one text, as it came', () => {
    const lines = [
      JSON.stringify({ msg: `token=${key}`, é: '\u001b[0m' }),
      `2026-11-29T10:00:00Z \x1b[32mINFO\x1b[0m token=${key}\r\n\tat run`,
      'ключ=значение',
      '',
    ];
    for (const line of lines) expect(apart(Buffer.from(line)).text).toEqual(Buffer.from(line));
  });

  test('that is protobuf as well is left, and the key that a length touches given beside it', () => {
    const value = field(5, 2, Buffer.from(`${key} was refused ${'x'.repeat(65 - key.length - 13)}`));
    expect(secretsIn(value)).toEqual([]);
    expect(apart(value).text.subarray(0, value.length)).toEqual(value);
    expect(secretsIn(apart(value).text)).toEqual([key]);
  });
});

describe('messages of Kafka', () => {
  test('are taken apart: values, keys and headers', async () => {
    const value = bytes([0, 0, 0, 0, 7], avroText('INFO'), avroText(key), avroText('shop'));
    expect(await read({ value })).toEqual([key]);
    expect(await read({ key: value })).toEqual([key]);
    expect(await read({ headers: { trace: [value, 'x'] } })).toEqual([key]);
  });

  test('of a large value, too', async () => {
    const fields = Array.from({ length: 20_000 }, (_, nth) => avroText(`text of a log, and so on ${nth}`));
    const value = bytes([0, 0, 0, 0, 7], ...fields, avroText(key), ...fields);
    expect(await read({ value })).toEqual([key]);
  });
});
