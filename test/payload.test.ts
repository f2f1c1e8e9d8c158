import { describe, expect, test } from '@jest/globals';
import { Encoder, ExtData, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { compressSync } from 'snappy';
import { detectorSettings, detectors } from '../detectors/index.ts';
import type { LogPlace } from '../src/core/origin.ts';
import type { Payload } from '../src/sources/payload/format.ts';
import { lokiJson } from '../src/sources/payload/loki-json.ts';
import { lokiProtobuf } from '../src/sources/payload/loki-protobuf.ts';
import { msgpack } from '../src/sources/payload/msgpack.ts';
import { otlpJson } from '../src/sources/payload/otlp-json.ts';
import { otlpProtobuf } from '../src/sources/payload/otlp-protobuf.ts';
import { createPackBlank } from '../src/sources/payload/pack-blank.ts';
import { lokiPush, otlpLogs } from '../src/sources/payload/schema.ts';
import { blankedSlices } from '../src/sources/payload/slices.ts';
import { unpackSnappy } from '../src/sources/payload/snappy.ts';
import { createWireBlank } from '../src/sources/payload/wire-blank.ts';
import { encoded } from './support/log-protobuf.ts';
import { createProbe } from './support/scanning.ts';

const registry = detectors(detectorSettings.parse({})).filter(({ issuer }) => ['workos', 'datadog'].includes(issuer));
const examples = (id: string): readonly string[] => registry.find((one) => one.id === id)?.examples().ours ?? [];
const [first = '', second = '', third = ''] = examples('workos-customer-key');
const [named = ''] = examples('datadog-api-key');

const probe = createProbe(registry);
const found = (text: Buffer | undefined): readonly string[] =>
  text ? probe.find(text).map(({ secret }) => secret) : [];

/** All that is to be scanned of a body; undefined: it is not of the payload's kind. */
const textOf = (payload: Payload, body: Buffer): Buffer | undefined => {
  const slices: Buffer[] = [];
  // Each slice may stand in the memory of the one before.
  for (const slice of payload.texts(body)) {
    if (!slice) return undefined;
    slices.push(Buffer.from(slice));
  }
  return Buffer.concat(slices);
};

/** Finds the keys of a body and asks where each stands. */
const told = (payload: Payload, body: Buffer): readonly (readonly [string, LogPlace | undefined])[] => {
  const text = textOf(payload, body) ?? Buffer.alloc(0);
  expect(text.length).toBe(body.length);
  return probe.find(text).map(({ secret, offset, length }) => {
    expect(body.toString('latin1', offset, offset + length)).toContain(secret);
    return [secret, payload.locate(body, { offset, length })];
  });
};

const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
/** So long that its length is a letter. */
const after = (key: string): string => `${key} was refused by the gate, ${'again and '.repeat(2)}`;
const pairs = (members: Readonly<Record<string, string>>) =>
  Object.entries(members).map(([key, text]) => ({ key, value: { text } }));

const otlp = encoded('Otlp', {
  resources: [
    {
      resource: { attributes: pairs({ 'service.name': 'shop', 'host.name': 'node-a', 'k8s.pod.name': 'shop-1' }) },
      scopes: [
        {
          scope: { name: 'app', attributes: pairs({ a: 'b' }) },
          logs: [
            { time: `${time}000000`, severity: 9, body: { text: after(first) }, trace: Buffer.from(traceId, 'hex') },
            {
              observed: `${time + 1}000000`,
              body: { text: `key=${second}` },
              attributes: pairs({ trace_id: 't2', [named]: 'x' }),
            },
            {
              body: { members: { values: [...pairs({ DD_API_KEY: named }), ...pairs({ 'k8s.container.name': 'c' })] } },
            },
          ],
        },
      ],
      schema: 'x',
    },
    {
      resource: { attributes: pairs({ 'service.name': third, 'k8s.namespace.name': 'n' }) },
      scopes: [{ logs: [{ body: { raw: Buffer.from(first) } }] }],
    },
  ],
});

const loki = encoded('Push', {
  streams: [
    {
      labels: '{app="web", pod="web-1", namespace="shop", container=`c\\`, job="a/\\"b"}',
      entries: [
        { timestamp: { seconds: time / 1000 - 0.678, nanos: 678_000_000 }, line: after(first) },
        {
          timestamp: { seconds: 1, nanos: 1 },
          line: `trace_id=t2 ${second}`,
          metadata: [{ name: 'host', value: 'h' }],
        },
      ],
    },
    { labels: '{service_name="api"}', entries: [{ timestamp: {}, line: `{"pod":"p9","k":"${third}"}` }] },
  ],
});

const eventTime = (ms: number): ExtData => {
  const content = Buffer.alloc(8);
  content.writeUInt32BE(Math.floor(ms / 1000), 0);
  content.writeUInt32BE((ms % 1000) * 1_000_000, 4);
  return new ExtData(0, content);
};
const pack = Buffer.concat([
  encode([eventTime(time), { log: after(first), kubernetes: { pod_name: 'p', host: 'h', labels: { app: 'web' } } }]),
  encode([[eventTime(time + 1), {}], { message: 'x', DD_API_KEY: named, service: 's' }]),
  encode([
    { ts: (time + 2) / 1000, log: second, tags: ['a', 1.5, null, -7, 70_000, 2 ** 40] },
    { host: 'h2', log: third, ok: true },
  ]),
  encode(['tag', [[new Date(time + 3), { host: 'h3', log: first, after: 'z' }]]]),
]);

const attributes = (members: Readonly<Record<string, string>>) =>
  Object.entries(members).map(([key, stringValue]) => ({ key, value: { stringValue } }));
const otlpText = {
  resourceLogs: [
    {
      resource: { attributes: attributes({ 'service.name': 'shop', 'k8s.pod.name': 'shop-1', 'container.id': 'c1' }) },
      scopeLogs: [
        {
          scope: { name: 'resourceLogs' },
          logRecords: [
            { timeUnixNano: `${time}000000`, body: { stringValue: `"} ] \\ ${first}` }, attributes: [], traceId },
            { body: { stringValue: second }, attributes: attributes({ 'host.name': 'h' }) },
          ],
        },
      ],
    },
    {
      scopeLogs: [{ logRecords: [{ body: { stringValue: third } }] }],
      resource: { attributes: attributes({ 'host.name': 'late' }) },
    },
  ],
};
const lokiText = {
  streams: [
    {
      stream: { app: 'web', namespace: 'shop', instance: '10.0.0.1:9' },
      values: [
        [`${time}000000`, `trace_id=t ${first}`],
        [`${time}000000`, `[{"\\ ${second}`, { pod: 'p' }],
      ],
    },
    { values: [[`${time}000000`, third]], stream: { job: 'j' } },
  ],
};

const shop = { service: 'shop', host: 'node-a', pod: 'shop-1' };
const web = { service: 'web', pod: 'web-1', namespace: 'shop', container: 'c\\' };
type Told = readonly (readonly [string, LogPlace | undefined])[];
const kinds: readonly (readonly [name: string, make: () => Payload, body: Buffer, places: Told])[] = [
  [
    'OTLP, protobuf',
    otlpProtobuf,
    otlp,
    [
      [first, { ...shop, time, trace: traceId }],
      [second, { ...shop, time: time + 1, trace: 't2' }],
      [named, { ...shop, container: 'c' }],
      [third, { service: third, namespace: 'n' }], // The scanner keeps a key out of its own place.
      [first, { service: third, namespace: 'n' }],
    ],
  ],
  [
    'Loki, protobuf',
    lokiProtobuf,
    loki,
    [
      [first, { ...web, time }],
      [second, { ...web, host: 'h', trace: 't2' }],
      [third, { service: 'api', pod: 'p9' }],
    ],
  ],
  [
    'MessagePack',
    msgpack,
    pack,
    [
      [first, { time, pod: 'p', host: 'h', service: 'web' }],
      [named, { time: time + 1, service: 's' }],
      [second, { time: time + 2 }],
      [third, { host: 'h2' }],
      [first, { time: time + 3, host: 'h3' }],
    ],
  ],
  [
    'OTLP, JSON',
    otlpJson,
    Buffer.from(JSON.stringify(otlpText)),
    [
      [first, { service: 'shop', pod: 'shop-1', container: 'c1', time, trace: traceId }],
      [second, { service: 'shop', pod: 'shop-1', container: 'c1', host: 'h' }],
      [third, { host: 'late' }],
    ],
  ],
  [
    'Loki, JSON',
    lokiJson,
    Buffer.from(JSON.stringify(lokiText, null, 2)),
    [
      [first, { service: 'web', namespace: 'shop', host: '10.0.0.1:9', time, trace: 't' }],
      [second, { service: 'web', namespace: 'shop', host: '10.0.0.1:9', time, pod: 'p' }],
      [third, { service: 'j', time }],
    ],
  ],
];
const binary = kinds.slice(0, 3);

describe.each(kinds)('%s', (...[, make, body, places]) => {
  test('every key is found, with what its record says', () => {
    expect(told(make(), body)).toEqual(places);
  });

  test('in any order, the same is told', () => {
    const payload = make();
    const hits = [...probe.find(textOf(payload, body) ?? '')].reverse();
    expect(hits.map((hit) => [hit.secret, payload.locate(body, hit)])).toEqual([...places].reverse());
  });

  test('cut anywhere, no end is read that is not there', () => {
    for (let cut = 0; cut < body.length; cut += 1) {
      const [payload, part] = [make(), Buffer.from(body.subarray(0, cut))];
      const text = textOf(payload, part);
      expect(text?.length ?? cut).toBe(cut);
      payload.locate(part, { offset: cut - 1, length: 1 });
    }
  });
});

test('a group that says nothing of its place is not given that of the next one', () => {
  const records = (text: string) => [{ logRecords: [{ body: { stringValue: text } }] }];
  const resource = { attributes: attributes({ 'host.name': 'other' }) };
  const resourceLogs = [{ scopeLogs: records(first) }, { resource, scopeLogs: records(second) }];
  expect(told(otlpJson(), Buffer.from(JSON.stringify({ resourceLogs })))).toEqual([
    [first, {}],
    [second, { host: 'other' }],
  ]);
});

describe('bodies of bytes', () => {
  test.each(binary)('%s: in the raw bytes not every key is found', (...[, make, body, places]) => {
    expect(found(body).length).toBeLessThan(places.length);
    expect(found(textOf(make(), body))).toHaveLength(places.length);
  });

  test.each(binary)('%s: text stays as it is, in its place', (_, make, body) => {
    const text = textOf(make(), body) ?? Buffer.alloc(0);
    for (const [at, byte] of text.entries()) if (byte !== body[at]) expect([0x0a, 0x3d, 0x20]).toContain(byte);
    expect(text.includes(after(first))).toBe(true);
  });

  test('a body is blanked the same in slices of any length', () => {
    const pack = kinds[2]?.[2] ?? Buffer.alloc(0);
    const blanks = [
      [otlp, () => createWireBlank(otlp, otlpLogs)],
      [loki, () => createWireBlank(loki, lokiPush)],
      [pack, () => createPackBlank(pack)],
    ] as const;
    for (const [body, blank] of blanks) {
      const whole = Buffer.concat([...blankedSlices(body, blank())].map((slice) => slice ?? Buffer.alloc(0)));
      expect([whole.length, whole.includes('=\n')]).toEqual([body.length, false]);
      for (let length = 1; length <= body.length; length += 1) {
        const slices = Array.from(blankedSlices(body, blank(), length), (slice) => Buffer.from(slice ?? 'malformed'));
        expect(Buffer.concat(slices).equals(whole)).toBe(true);
      }
    }
  });

  test.each(binary)('%s: garbage never throws', (_, make, body) => {
    const changed = fc.tuple(
      fc.array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(body.length - 1),
    );
    const look = (bytes: Buffer, offset: number): void => {
      const payload = make();
      const text = textOf(payload, bytes);
      if (text) expect(text.length).toBe(bytes.length);
      payload.locate(bytes, { offset, length: 1 });
    };
    fc.assert(
      fc.property(changed, ([changes, offset]) => {
        const bytes = Buffer.from(body);
        for (const [at, byte] of changes) bytes[at] = byte;
        look(bytes, offset);
      }),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => look(Buffer.from(bytes), 7)),
      { numRuns: 1_000 },
    );
  });

  /** Lists in lists, around a text: the encoder refuses to make as many by itself. */
  const nested = (depth: number): Buffer => {
    const field = (number: number, content: Uint8Array): Uint8Array =>
      protobuf.Writer.create()
        .uint32(number * 8 + 2)
        .bytes(content)
        .finish();
    const lists = Array.from({ length: depth }, () => [1, 5]).flat();
    const path = [1, ...lists, 5, 2, 2, 1];
    return Buffer.from(path.reduce((content, number) => field(number, content), Buffer.from('x') as Uint8Array));
  };
  const malformed: readonly (readonly [string, () => Payload, Buffer])[] = [
    ['a length beyond the end', otlpProtobuf, Buffer.from([0x0a, 0x05, 0x0a])],
    ['a length beyond the end, but shorter than the body', otlpProtobuf, Buffer.from([0x12, 0x02, 0x41])],
    ['a varint of eleven bytes', otlpProtobuf, Buffer.from([0x10, ...Array<number>(10).fill(0x80), 0x01])],
    ['a field without number', otlpProtobuf, Buffer.from([0x00, 0x01])],
    ['a group', lokiProtobuf, Buffer.from([0x0b, 0x0c])],
    ['fixed bytes beyond the end', lokiProtobuf, Buffer.from([0x11, 1, 2, 3])],
    ['a damaged message within', lokiProtobuf, Buffer.from([0x0a, 0x02, 0x12, 0x7f])],
    ['values nested too deep', otlpProtobuf, nested(60)],
    ['JSON', otlpProtobuf, Buffer.from('{"resourceLogs":[]}')],
    ['a byte that is never used', msgpack, Buffer.from([0xc1])],
    ['a text beyond the end', msgpack, Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff, 0x41])],
    ['more values than bytes', msgpack, Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff, 0x01])],
    ['lists nested too deep', msgpack, Buffer.alloc(1_000_000, 0x91)],
  ];
  test.each(malformed)('refused: %s', (_, make, body) => {
    expect(textOf(make(), body)).toBeUndefined();
    expect(make().locate(body, { offset: body.length - 1, length: 1 }) ?? {}).toEqual({});
  });

  test('values nested deep, but not too deep, are read', () => {
    expect(textOf(otlpProtobuf(), nested(40))?.includes('\nx')).toBe(true);
  });

  test('fields of newer schemas are scanned', () => {
    const body = Buffer.concat([
      Buffer.from([0xa2, 0x06, first.length]),
      Buffer.from(first),
      Buffer.from([0x32, 0x00]),
    ]);
    expect(found(textOf(otlpProtobuf(), body))).toEqual([first]);
    expect(found(body)).not.toEqual([first]);
  });
});

describe('large bodies', () => {
  /** Many places in one body, first up, then down: each with a pass of its own would take many seconds. */
  const ask = (payload: Payload, body: Buffer): number => {
    textOf(payload, body);
    const begun = performance.now();
    for (let nth = 0; nth < 2_500; nth += 1)
      payload.locate(body, { offset: Math.floor((body.length / 2_500) * nth), length: 1 });
    for (let nth = 100; nth > 0; nth -= 1)
      payload.locate(body, { offset: Math.floor((body.length / 101) * nth), length: 1 });
    return performance.now() - begun;
  };
  const records = Array.from({ length: 20_000 }, (_, nth) => `line ${nth} ${'of words '.repeat(10)}`);
  const bodies: readonly (readonly [string, () => Payload, () => Buffer])[] = [
    [
      'OTLP, JSON',
      otlpJson,
      () =>
        Buffer.from(
          JSON.stringify({
            resourceLogs: [{ scopeLogs: [{ logRecords: records.map((stringValue) => ({ body: { stringValue } })) }] }],
          }),
        ),
    ],
    [
      'one line of JSON',
      lokiJson,
      () => Buffer.from(JSON.stringify({ streams: [{ values: [['1', `"${records.join('\\')}`]] }] })),
    ],
    [
      'OTLP, protobuf',
      otlpProtobuf,
      () => encoded('Otlp', { resources: [{ scopes: [{ logs: records.map((text) => ({ body: { text } })) }] }] }),
    ],
    ['MessagePack, one list', msgpack, () => Buffer.from(new Encoder().encode(records.map((log) => ({ log }))))],
  ];
  test.each(bodies)('%s', (_, make, body) => {
    expect(ask(make(), body())).toBeLessThan(6_000);
  });
});

describe('Snappy', () => {
  const plain = Buffer.from(after(first).repeat(100));
  const packed = compressSync(plain);

  test('a block is unpacked, if not too long', () => {
    expect(unpackSnappy(packed, plain.length)).toEqual(plain);
    expect(unpackSnappy(packed, plain.length - 1)).toBeUndefined();
    expect(unpackSnappy(compressSync(''), 0)).toEqual(Buffer.alloc(0));
  });

  test('what is damaged is refused, and a length that lies reserves nothing', () => {
    for (let cut = 0; cut < packed.length; cut += 1) expect(unpackSnappy(packed.subarray(0, cut), 1e6)).toBeUndefined();
    expect(unpackSnappy(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x41]), 1e6)).toBeUndefined();
    expect(unpackSnappy(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), 1e12)).toBeUndefined();
    expect(unpackSnappy(Buffer.concat([packed, Buffer.from([0])]), 1e6)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void unpackSnappy(Buffer.from(bytes), 1e6)),
      { numRuns: 2_000 },
    );
  });
});
