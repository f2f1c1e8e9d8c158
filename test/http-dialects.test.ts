import { once } from 'node:events';
import { request } from 'node:http';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fixedSecret } from '../src/core/live-secret.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { type HttpLogs, key, startHttpLogs } from './support/http-logs.ts';

let logs: HttpLogs;
beforeEach(async () => {
  logs = await startHttpLogs();
});
afterEach(() => logs.close());

describe("Heroku's drains", () => {
  const counted = (message: string): string => `${Buffer.byteLength(message)} ${message}`;
  const said = (program: string, text: string): string =>
    `<40>1 2012-11-30T06:45:29+00:00 host ${program} web.3 - ${text}`;
  const given = (body: string) =>
    logs.ask('/logs', { headers: { 'content-type': 'application/logplex-1', 'logplex-msg-count': '3' }, body });

  test('a key at the end of a message is found, whatever the count behind it, and told by its message', async () => {
    const keys = Array.from({ length: 200 }, (_, i) => key(`drain ${i}`));
    const texts = keys.map((one, i) => said(`app-${i}`, `${'ü'.repeat(i)} ${one}`));
    expect((await given(texts.map(counted).join(''))).status).toBe(200);
    expect(logs.keys()).toEqual(keys);
    expect(logs.hits().map(({ origin }) => origin.log?.service)).toEqual(keys.map((_, i) => `app-${i}`));
  });

  test('so are those of long and of broken bodies, to their last byte', async () => {
    const long = counted(said('app', `${'w '.repeat(400_000)}${key('long')}`));
    expect((await given(`${long}${counted(said('app', key('behind it')))}`)).status).toBe(200);
    const broken = `${counted(said('app', key('before')))}no count\n${key('behind')}\n${counted(said('app', key('line')))}`;
    expect((await given(broken)).status).toBe(200);
    expect((await given(`${counted(said('app', key('last')))}100`)).status).toBe(200);
    expect((await given('1')).status).toBe(200);
    const names = ['long', 'behind it', 'before', 'behind', 'line', 'last'];
    expect(logs.keys()).toEqual(names.map(key));
  });
});

describe('Amazon Data Firehose', () => {
  const id = 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f';
  const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes as string).toString('base64');
  const bodyOf = (...records: readonly (string | Uint8Array)[]): string =>
    JSON.stringify({ requestId: id, timestamp: 1578090901599, records: records.map((one) => ({ data: base64(one) })) });
  const given = (body: string | Uint8Array, more: Readonly<Record<string, string>> = {}) => {
    const firehose = { 'x-amz-firehose-protocol-version': '1.0', 'x-amz-firehose-request-id': id };
    return logs.ask('/firehose', { headers: { 'content-type': 'application/json', ...firehose, ...more }, body });
  };
  /** Every answer has the id of what it answers, and a time; nothing else is taken for one. */
  const check = async (answering: ReturnType<typeof given>, status: number): Promise<void> => {
    const { headers, text, ...answer } = await answering;
    expect([answer.status, headers['content-type']]).toEqual([status, 'application/json']);
    expect(headers['content-length']).toBe(`${Buffer.byteLength(text)}`);
    const { requestId, timestamp, errorMessage } = JSON.parse(text);
    expect([requestId, Number.isInteger(timestamp)]).toEqual([id, true]);
    expect(typeof errorMessage).toBe(status === 200 ? 'undefined' : 'string');
  };
  const cloudwatch = (group: string, ...messages: readonly string[]): Buffer => {
    const logEvents = messages.map((message, at) => ({ id: `${at}`, timestamp: 1510109208016 + at, message }));
    const about = { messageType: 'DATA_MESSAGE', owner: '123456789012', subscriptionFilters: ['all'] };
    return gzipSync(JSON.stringify({ ...about, logGroup: group, logStream: 'a/b', logEvents }));
  };

  test('speaks as it is specified, packed or not', async () => {
    await check(given(bodyOf('hello', 'hello world', '')), 200);
    await check(given(bodyOf(`one ${key('first')}`, key('whole'), `${key('last')}\n`)), 200);
    await check(given(gzipSync(bodyOf(key('packed'))), { 'content-encoding': 'gzip' }), 200);
    expect(logs.keys()).toEqual(['first', 'whole', 'last', 'packed'].map(key));
    await check(given(gzipSync('x').subarray(0, 12), { 'content-encoding': 'gzip' }), 400);
    await check(given('x', { 'content-encoding': 'br' }), 415);
    await check(given('x', { 'content-length': `${65 * 1024 * 1024}` }), 413);
    logs.sink.refuse(true);
    await check(given(bodyOf('x')), 503);
  });

  test('its access key is the token', async () => {
    await logs.close();
    const token = sample('firehose token', 32);
    logs = await startHttpLogs({ token: fixedSecret(new Secret(token)) });
    await check(given(bodyOf('x'), { 'x-amz-firehose-access-key': token }), 200);
    await check(given(bodyOf('x'), { 'x-amz-firehose-access-key': `${token}x` }), 401);
    await check(given(bodyOf('x')), 401);
  });

  test('what CloudWatch packs into a record is read to its end, and told by its event', async () => {
    const noise = (from: number): readonly string[] =>
      Array.from({ length: 8_000 }, (_, i) => `GET /index/${sample(`${from + i}`, 60)} took ${i} ms`);
    const shop = cloudwatch(
      'shop',
      ...noise(0),
      `token=${key('far')}`,
      JSON.stringify({ host: 'web-1', t: key('json') }),
    );
    expect(shop.length).toBeGreaterThan(300_000);
    await check(given(bodyOf(cloudwatch('first', 'x'), shop, cloudwatch('last', key('behind')))), 200);
    expect(logs.keys()).toEqual(['far', 'json', 'behind'].map(key));
    expect(logs.hits()[1]?.origin.log?.host).toBe('web-1');
  });

  test('a record of text of any length, however the body comes', async () => {
    const text = `${'some words of it\n'.repeat(40_000)}{"host":"web-2","m":"${key('deep')}"}\n`;
    const body = bodyOf(text, `{"host":"web-3","m":"${key('next')}"}`);
    const headers = { 'content-type': 'application/json' };
    const sending = request(`${logs.url}/firehose`, { method: 'POST', headers });
    const answered = once(sending, 'response');
    for (let at = 0; at < body.length; at += 9_999) {
      sending.write(body.slice(at, at + 9_999));
      await new Promise((turn) => setImmediate(turn));
    }
    sending.end();
    const [answer] = await answered;
    answer.resume();
    expect(answer.statusCode).toBe(200);
    expect(logs.keys()).toEqual([key('deep'), key('next')]);
    expect(logs.hits().map(({ origin }) => origin.log?.host)).toEqual(['web-2', 'web-3']);
  });

  test('what is not as it should be is scanned as it came, and what is behind it is read', async () => {
    const data = (value: string): string =>
      `{"records":[{"data":${value}},{"data":"${base64(`end ${key(value.slice(0, 9))}`)}"}]}`;
    const long = base64('x'.repeat(300_000));
    const damaged = cloudwatch('damaged', sample('noise', 60_000)).fill(0xff, 2_000, 4_000);
    for (const [value, status, more] of [
      [`"text ${key('text')}"`, 200, [key('text')]],
      [`{"message":"${key('object')}","data":"${base64(key('inner'))}"}`, 200, [key('object'), key('inner')]],
      [JSON.stringify(base64('slash ?>?>?>').replaceAll('/', '\\/')), 200, []],
      [`"${long} ${key('late')}"`, 400, [key('late')]],
      [`"${base64(damaged)}"`, 400, []],
      [`"${base64(zstdCompressSync(key('window')))}"`, 400, []],
    ] as const) {
      const before = logs.keys().length;
      await check(given(data(value)), status);
      expect(logs.keys().slice(before)).toEqual([...more, key(value.slice(0, 9))]);
    }
    await check(given('no JSON'), 200);
    await check(given(''), 200);
  });

  test('what records are unpacked to is bounded', async () => {
    await logs.close();
    const MIB = 1024 * 1024;
    logs = await startHttpLogs({ mostBytes: MIB });
    const bomb = gzipSync(Buffer.alloc(2 * MIB, ' '));
    await check(given(bodyOf(...Array.from({ length: 4 }, () => bomb))), 200);
    await check(given(bodyOf(...Array.from({ length: 40 }, () => bomb))), 413);
    const read = logs.sink.taken.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(read).toBeLessThanOrEqual(17 * MIB);
  });
});

test('who sends too much is told to come again by the status that its protocol knows, on `/logs` by the one that all know', async () => {
  await logs.close();
  logs = await startHttpLogs({ sender: { calls: 1, bytesPerSecond: 1 } });
  const headers = { 'content-type': 'application/json', 'user-agent': 'x' };
  expect((await logs.ask('/logs', { headers, body: 'more than ten bytes' })).status).toBe(200);
  for (const [path, status] of [
    ['/logs', 503],
    ['/v1/logs', 429],
    ['/services/collector', 429],
    ['/_bulk', 429],
    ['/loki/api/v1/push', 429],
    ['/firehose', 429],
  ] as const) {
    const answer = await logs.ask(path, { headers, body: '{}' });
    expect([path, answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([path, status, true]);
  }
  expect(logs.facts.rejected('rate_limited')).toBe(6);
});
