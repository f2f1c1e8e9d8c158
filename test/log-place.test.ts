import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergePlaces, placeOf } from '../src/sources/log-place.ts';

const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const second = Date.UTC(2026, 0, 2, 3, 4, 5);
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const iso = '2026-01-02T03:04:05.678Z';
/** Some weeks after `time`: when the lines came that are written without a year. */
const near = Date.UTC(2026, 1, 1);
const told = (line: string | Uint8Array) => placeOf(Buffer.from(line), near);

const docker = (log: string, more: object = {}): string =>
  JSON.stringify({ log: `${log}\n`, stream: 'stdout', ...more, time: '2026-01-02T03:04:05.678901234Z' });
const kubernetes = {
  ...{ pod_name: 'web-1', namespace_name: 'shop', container_name: 'app', host: 'node-a', pod_id: 'x' },
  ...{ docker_id: 'abc', labels: { 'app.kubernetes.io/name': 'web', tier: 'front' } },
};

/** What wrote it, the line, what is told. */
const lines: readonly (readonly [string, string | object, object])[] = [
  ['pino', { level: 30, time, pid: 7, hostname: 'a', name: 'api', msg: 'hi' }, { host: 'a', service: 'api', time }],
  [
    'bunyan',
    { name: 'api', hostname: 'a.lan', pid: 1, level: 30, msg: 'x', time: iso, v: 0 },
    { host: 'a.lan', service: 'api', time },
  ],
  [
    'winston',
    { level: 'info', message: 'x', service: 'user-service', timestamp: iso },
    { service: 'user-service', time },
  ],
  ['zap', { level: 'info', ts: time / 1000, caller: 'a.go:1', msg: 'x', traceID: trace }, { time, trace }],
  [
    'zap on a console',
    `${iso}\tINFO\tmain.go:3\tfailed\t{"service": "api", "trace_id": "${trace}"}`,
    { service: 'api', time, trace },
  ],
  [
    'ECS, nested',
    { '@timestamp': iso, host: { name: 'h' }, service: { name: 's' }, trace: { id: trace }, message: 'x' },
    { host: 'h', service: 's', trace, time },
  ],
  [
    'ECS, dotted',
    { '@timestamp': iso, 'host.name': 'h', 'service.name': 's', 'trace.id': trace, 'container.id': 'c9' },
    { host: 'h', service: 's', trace, time, container: 'c9' },
  ],
  [
    'OpenTelemetry',
    {
      Timestamp: '1767323045678000000',
      TraceId: trace,
      Body: 'x',
      Resource: { 'service.name': 's', 'k8s.pod.name': 'p', 'k8s.namespace.name': 'n', 'k8s.container.name': 'c' },
      Attributes: { 'host.name': 'h' },
    },
    { host: 'h', service: 's', trace, time, pod: 'p', namespace: 'n', container: 'c' },
  ],
  [
    'Fluent Bit in Kubernetes',
    { date: time / 1000, log: 'x', kubernetes },
    { time, pod: 'web-1', namespace: 'shop', container: 'app', host: 'node-a', service: 'web' },
  ],
  [
    'Filebeat in Kubernetes',
    {
      '@timestamp': iso,
      kubernetes: { pod: { name: 'p' }, namespace: 'n', container: { name: 'c' }, node: { name: 'node-b' } },
      agent: { hostname: 'agent-x' },
    },
    { time, pod: 'p', namespace: 'n', container: 'c', host: 'node-b' },
  ],
  [
    'Vector in Kubernetes',
    { timestamp: iso, kubernetes: { pod_name: 'p', pod_namespace: 'n', container_name: 'c', pod_node_name: 'node-c' } },
    { time, pod: 'p', namespace: 'n', container: 'c', host: 'node-c' },
  ],
  [
    'Datadog',
    { ddsource: 'nodejs', hostname: 'h', dd: { service: 's', trace_id: '123' } },
    { host: 'h', service: 's', trace: '123' },
  ],
  [
    'Splunk HEC, text',
    { time: time / 1000, host: 'h', event: 'service=api down' },
    { time, host: 'h', service: 'api' },
  ],
  [
    'Splunk HEC, object',
    { time: '1767323045.678', host: 'h', event: { service: 's', pod: 'p' } },
    { time, host: 'h', service: 's', pod: 'p' },
  ],
  [
    'GELF',
    { version: '1.1', host: 'h', short_message: 'x', timestamp: time / 1000, _container_name: '/web', _app: 'a' },
    { host: 'h', time, container: 'web', service: 'a' },
  ],
  [
    'journald as JSON',
    {
      __REALTIME_TIMESTAMP: String(time * 1000),
      _HOSTNAME: 'h',
      SYSLOG_IDENTIFIER: 'sshd',
      _SYSTEMD_UNIT: 'ssh.service',
      MESSAGE: 'x',
    },
    { host: 'h', service: 'sshd', time },
  ],
  [
    'journald of Docker',
    { __REALTIME_TIMESTAMP: String(time * 1000), _HOSTNAME: 'h', CONTAINER_NAME: 'web', _COMM: 'dockerd' },
    { host: 'h', service: 'dockerd', container: 'web', time },
  ],
  [
    'journald export',
    `__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=${time * 1000}\n_HOSTNAME=h\nSYSLOG_IDENTIFIER=cron\nMESSAGE=trace_id=${trace}`,
    { host: 'h', service: 'cron', time, trace },
  ],
  ['Docker', docker('plain'), { time }],
  ['Docker around JSON', docker('{"service":"s","time":1,"traceId":"t1"}'), { time, service: 's', trace: 't1' }],
  ['Docker with labels', docker('x', { attrs: { 'com.docker.compose.service': 'web' } }), { time, service: 'web' }],
  [
    'CRI around logfmt',
    `2026-01-02T03:04:05.678901234Z stdout F level=info app=web trace_id=${trace}`,
    { time, service: 'web', trace },
  ],
  ['CRI around JSON', `2026-01-02T04:04:05.678+01:00 stderr P {"service":"s"}`, { time, service: 's' }],
  [
    'logfmt',
    `ts=${iso} level=info service="my api" pod=p-1 traceID=${trace} msg="a b"`,
    { time, service: 'my api', pod: 'p-1', trace },
  ],
  [
    'RFC 5424',
    `<165>1 ${iso} host.example app 123 ID47 [x@1 iut="3" trace_id="${trace}"][y@1 a="\\]"] message`,
    { time, host: 'host.example', service: 'app', trace },
  ],
  ['RFC 5424, nil and counted', `123 <34>1 - h - - - - {"service":"s"}`, { host: 'h', service: 's' }],
  ['RFC 3164', '<34>Jan  2 03:04:05 mymachine su[12]: failed', { time: second, host: 'mymachine', service: 'su' }],
  [
    'a file of rsyslog',
    '2026-01-02T03:04:05.678+00:00 h sshd[1]: pod=p',
    { time, host: 'h', service: 'sshd', pod: 'p' },
  ],
  [
    'rsyslog with CEE',
    `<14>Jan  2 03:04:05 h app: @cee: {"trace_id":"${trace}"}`,
    { time: second, host: 'h', service: 'app', trace },
  ],
  [
    'common log format',
    '1.2.3.4 - - [02/Jan/2026:05:04:05 +0200] "GET /?host=x&service=y HTTP/1.1" 200 1',
    { time: second },
  ],
  ['log4j', '2026-01-02 03:04:05,678 INFO [main] a.B - x', { time }],
  ['Go', '2026/01/02 03:04:05 x', { time: second }],
  ['Python', '[2026-01-02 03:04:05,678: INFO/Main] x', { time }],
  ['klog', 'I0102 03:04:05.678901       1 a.go:3] "x" pod="shop/web"', { time, pod: 'shop/web' }],
  ['Apache', '[Fri Jan 02 03:04:05.678901 2026] [core:error] x', { time }],
  ['PHP', '[02-Jan-2026 03:04:05 UTC] x', { time: second }],
  ['HTTP', 'Date: Fri, 02 Jan 2026 03:04:05 GMT', { time: second }],
  ['squid', '1767323045.678 12 1.2.3.4 TCP_MISS', { time }],
  ['a header', `traceparent: 00-${trace}-00f067aa0ba902b7-01`, { trace }],
  ['Google', { severity: 'INFO', 'logging.googleapis.com/trace': `projects/p/traces/${trace}` }, { trace }],
  [
    'log4j as JSON',
    { instant: { epochSecond: second / 1000, nanoOfSecond: 1 }, contextMap: { trace_id: 't' } },
    { time: second, trace: 't' },
  ],
  ['JSON that was cut', `{"time":"${iso}","service":"s","message":"aaaa`, { time, service: 's' }],
  ['words', 'the service is down, host unknown', {}],
  ['a name that may be anybody', { name: 'Alice', host: '' }, {}],
  ['no trace', { trace_id: '00000000000000000000000000000000' }, {}],
  ['a time that is none', { time: 12, timestamp: '2026-13-45 99:99:99' }, {}],
  ['a time of another age', { time: '+275760-09-13T00:00:00Z', ts: 8.64e15 }, {}],
];

describe('what a line says of itself', () => {
  test.each(lines.map(([name, line, place]) => [name, typeof line === 'string' ? line : JSON.stringify(line), place]))(
    '%s',
    (_, line, place) => {
      expect(told(String(line))).toEqual(place);
    },
  );

  test.each([
    ['s', 1e-3],
    ['ms', 1],
    ['µs', 1e3],
    ['ns', 1e6],
  ])('a number in %s is a time', (_, scale) => {
    expect(told(JSON.stringify({ time: second * scale }))).toEqual({ time: second });
    expect(told(JSON.stringify({ time: String(second * scale) }))).toEqual({ time: second });
  });

  test('the year of a line without one is the last in which it can have been written', () => {
    const eve = Buffer.from('<34>Dec 31 23:59:59 h app: x');
    expect(placeOf(eve, Date.UTC(2026, 0, 1)).time).toBe(Date.UTC(2025, 11, 31, 23, 59, 59));
    expect(placeOf(eve)).toEqual({ host: 'h', service: 'app' });
    const summer = Buffer.from('Jun  2 03:04:05 h app: x');
    expect(placeOf(summer, Date.UTC(2026, 0, 20)).time).toBe(Date.UTC(2025, 5, 2, 3, 4, 5));
    const ahead = Buffer.from('Jan  1 08:59:59 tokyo app: x');
    expect(placeOf(ahead, Date.UTC(2025, 11, 31, 23, 59, 59)).time).toBe(Date.UTC(2026, 0, 1, 8, 59, 59));
  });

  test('the first that tells a thing is believed', () => {
    expect(mergePlaces({ host: 'a' }, { host: 'b', pod: 'p' }, { pod: 'q', time: 1 })).toEqual({
      host: 'a',
      pod: 'p',
      time: 1,
    });
  });
});

describe('hostile lines', () => {
  const most = 256 * 1024;
  const fill = (text: string): string => text.repeat(Math.ceil(most / text.length)).slice(0, most);
  const traps: readonly (readonly [string, string])[] = [
    ['nested lists', fill('[')],
    ['nested objects', `{"service":"s","a":${fill('{"a":')}`],
    ['names that are no names', '{"__proto__":{"host":"h"},"constructor":{"prototype":{"polluted":1}}}'],
    ['many members', `{"a":[${fill('{"key":"a","value":1},')}1]}`],
    ['a huge number', `{"time":${'9'.repeat(1000)},"ts":1e999}`],
    ...[
      'a="',
      ' a=',
      '"a":',
      '"a":"',
      '\\"',
      ' a="\\',
      '<1>1 - ',
      '[a "',
      'A_B=x\n',
      '2026-01-',
      '  ',
      '=',
      'a.',
      '["',
    ].map((text) => [`much of ${JSON.stringify(text)}`, fill(text)] as const),
    ['much structured data', `<1>1 ${iso} h a - - ${fill('[a b="c\\"]')}`],
    ['strings in strings', [1, 2, 3, 4, 5, 6].reduce((log) => JSON.stringify({ log }), fill('a=b '))],
  ];

  test('none takes long', () => {
    const slow = traps.flatMap(([name, line]) => {
      const begun = performance.now();
      placeOf(Buffer.from(line));
      const ms = Math.round(performance.now() - begun);
      return ms > 400 ? [`${name}: ${ms} ms`] : [];
    });
    expect(slow).toEqual([]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('any bytes and any JSON give a place of texts, and a time of this century', () => {
    const seen = (line: Uint8Array): void => {
      for (const [name, value] of Object.entries(placeOf(line, near))) {
        if (name === 'time') expect(value).toBeGreaterThanOrEqual(Date.UTC(2000, 0));
        else expect(typeof value).toBe('string');
      }
    };
    const names = fc.constantFrom(
      'host',
      'time',
      'service',
      'kubernetes',
      'pod',
      'log',
      'message',
      'attributes',
      'key',
      'value',
      '__proto__',
      'trace',
    );
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        fc.jsonValue(),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(names, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), seen), { numRuns: 500 });
    fc.assert(
      fc.property(tree, (value) => seen(Buffer.from(JSON.stringify(value)))),
      { numRuns: 500 },
    );
    const texts = lines.map(([, line]) => Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)));
    for (const text of texts) for (let cut = 0; cut < text.length; cut += 3) seen(text.subarray(0, cut));
  });
});
