/* What a message of Kafka says of where a hit stands, when its value holds many records. */
import { describe, expect, test } from '@jest/globals';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Emit } from '../src/core/fragment.ts';
import type { LogMessage, LogTopics } from '../src/core/log-topics.ts';
import type { LogPlace } from '../src/core/origin.ts';
import { kafkaLogs } from '../src/sources/kafka-logs.ts';
import { key } from './support/http-logs.ts';
import { encoded } from './support/log-protobuf.ts';
import { createProbe } from './support/scanning.ts';
import { createFacts } from './support/sink.ts';

const clock = { ...systemClock, sleep: async () => undefined };
const { scanner } = createProbe([workosCustomerKey(workosCustomerKeySettings.parse({}))]);

type Told = readonly (LogPlace | undefined)[];

/** What is told of each hit in some messages. `failing`: so many pieces are not durable at first. */
const told = async (some: readonly Partial<LogMessage>[], failing = 0): Promise<Told> => {
  const messages = some.map((one, offset) => ({ offset, timestamp: 0, key: null, value: null, headers: {}, ...one }));
  const topics: LogTopics = {
    read: (each, over) => each({ topic: 't', partition: 0, messages, unscanned: [] }, over),
  };
  const logs: (LogPlace | undefined)[] = [];
  let left = failing;
  const emit: Emit = async (fragment) => {
    const hits = scanner.scan(fragment);
    if (left > 0 && hits.length > 0) {
      left -= 1;
      throw new Error('not durable');
    }
    logs.push(...hits.map(({ origin }) => origin.log));
  };
  await kafkaLogs({ topics, clock, record: createFacts().record }).run(emit, new AbortController().signal);
  return logs;
};

const [a, b, c] = [key('a'), key('b'), key('c')];
const time = Date.UTC(2026, 10, 28, 10);
const iso = (at: number): string => new Date(at).toISOString();
const records = [
  { time: iso(time), host: 'ha', service: 'sa', m: `x ${a}` },
  { time: iso(time + 1), host: 'hb', service: 'sb', m: `y ${b}` },
  { time: iso(time + 2), host: 'hc', service: 'sc', m: `z ${c}` },
];
const places = ['a', 'b', 'c'].map((name, nth) => ({ host: `h${name}`, service: `s${name}`, time: time + nth }));
const texts = records.map((record) => JSON.stringify(record));
const filler = JSON.stringify({ host: 'hf', m: 'nothing '.repeat(20) });
const otlp = {
  resourceLogs: records.map(({ host, service, m }, nth) => ({
    resource: {
      attributes: Object.entries({ 'service.name': service, 'host.name': host }).map(([name, stringValue]) => ({
        ...{ key: name, value: { stringValue } },
      })),
    },
    scopeLogs: [{ logRecords: [{ timeUnixNano: `${time + nth}000000`, body: { stringValue: m } }] }],
  })),
};
const attributes = (members: Readonly<Record<string, string>>) =>
  Object.entries(members).map(([name, text]) => ({ key: name, value: { text } }));
const resources = records.map(({ host, service, m }, nth) => ({
  resource: { attributes: attributes({ 'service.name': service, 'host.name': host }) },
  scopes: [
    { logs: [{ body: { text: 'host=evil service=evil' } }, { time: `${time + nth}000000`, body: { text: m } }] },
  ],
}));

describe('a value of many records', () => {
  test.each([
    ['lines of JSON', texts.join('\n')],
    ['a list', `[${texts.join(', ')}]`],
    ['an object around a list', `{"records": [${texts.join(', ')}]}`],
    ['over many lines', JSON.stringify(records, null, 2)],
    ['lines of text', records.map((one) => `${one.time} host=${one.host} service=${one.service} ${one.m}\n`).join('')],
    ['long, in a list', `[${[filler, ...texts].join(`,${`${filler},`.repeat(900)}`)}]`],
    ['OTLP in JSON', JSON.stringify(otlp)],
    ['OTLP in JSON, over many lines', JSON.stringify(otlp, null, 1)],
    ['OTLP in protobuf', encoded('Otlp', { resources })],
    ['strings of a binary format', Buffer.from(texts.join('\0\0\0'))],
  ])('%s: each tells its own origin', async (_, value) => {
    expect(await told([{ value: Buffer.from(value) }])).toEqual(places);
    expect(await told([{ value: Buffer.from(filler) }, { value: Buffer.from(value) }], 2)).toEqual(places);
  });

  test('entries of journald go over many lines', async () => {
    const entry = (host: string, text: string) => `__CURSOR=s\n_HOSTNAME=${host}\nMESSAGE=${text}\n\n`;
    const value = Buffer.from(`${entry('ha', 'x')}${entry('hb', b)}`);
    expect(await told([{ value }])).toEqual([{ host: 'hb' }]);
  });
});

describe('a key and headers', () => {
  const [first = ''] = texts;
  test('belong to the record of the value, if it holds one alone', async () => {
    const value = Buffer.from(`${first.replace(a, 'x')}\n`);
    const many = Buffer.from(`${value}${filler}`);
    expect(await told([{ key: Buffer.from(b), value }])).toEqual([places[0]]);
    expect(await told([{ headers: { h: b }, value }])).toEqual([places[0]]);
    expect(await told([{ key: Buffer.from(b), value: many }])).toEqual([{}]);
    expect(await told([{ key: Buffer.from(b), value: Buffer.from(`[${filler}, ${filler}]`) }])).toEqual([{}]);
    expect(await told([{ key: Buffer.from(b) }])).toEqual([{}]);
  });

  test('the trace that a header tells is believed where the record tells none', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: Buffer.from(`00-${trace}-00f067aa0ba902b7-01`) };
    expect(await told([{ value: Buffer.from(a), headers }])).toEqual([{ trace }]);
    expect(await told([{ value: Buffer.from(`trace_id=own ${a}`), headers }])).toEqual([{ trace: 'own' }]);
    expect(await told([{ value: Buffer.from(a), headers: { traceparent: [] } }])).toEqual([{}]);
  });
});
