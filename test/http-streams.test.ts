import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import { eventually } from './support/eventually.ts';
import { type HttpLogs, key, startHttpLogs } from './support/http-logs.ts';

/** A clock of which the test says when a second is over. */
const createSeconds = () => {
  let waiting: (() => void)[] = [];
  return {
    clock: {
      ...systemClock,
      sleep: (ms: number, stop?: AbortSignal) =>
        ms === 1_000 ? new Promise<void>((over) => waiting.push(over)) : systemClock.sleep(ms, stop),
    },
    pass(): void {
      for (const over of waiting) over();
      waiting = [];
    },
  };
};

let logs: HttpLogs;
let seconds: ReturnType<typeof createSeconds>;
const begin = async (...[how]: Parameters<typeof startHttpLogs>): Promise<ClientRequest> => {
  seconds = createSeconds();
  logs = await startHttpLogs({ clock: seconds.clock, ...how });
  return request(`${logs.url}/logs`, { method: 'POST', headers: { 'content-type': 'text/plain' } });
};
afterEach(() => logs.close());

const statusOf = async (sending: ClientRequest): Promise<number> => {
  const [answer] = await once(sending.end(), 'response');
  answer.resume();
  return answer.statusCode;
};
/** Seconds pass until it is so. */
const inTime = (what: string, isSo: () => boolean) =>
  eventually(what, () => {
    seconds.pass();
    return isSo();
  });
/** Those that are whole: the first half of one that is broken looks like one, too. */
const whole = (): readonly string[] => logs.keys().filter(({ length }) => length === key('').length);
const has = (one: string) => () => logs.keys().includes(one);

const more = 'another line of a log that goes on and on\n'.repeat(1_000);
const ends = {
  'a line': (one: string) => `token=${one}\n`,
  'half a line': (one: string) => `token=${one}`,
  'base64 of gzip': (one: string) => `g=${gzipSync(`token=${one}`).toString('base64')}\n`,
  'broken over two lines': (one: string) => `key: ${one.slice(0, 24)}\n  ${one.slice(24)}\n`,
};

test.each(Object.entries(ends))('%s at the end of a body that stands still: found, and once', async (name, of) => {
  const sending = await begin();
  sending.write(`first\n${of(key(name))}`);
  await inTime('the key', has(key(name)));
  sending.write(`\n${more}`);
  sending.write(`token=${key('next')}\n`);
  await inTime('the next', has(key('next')));
  expect(await statusOf(sending)).toBe(200);
  expect(whole()).toEqual([key(name), key('next')]);
});

test('what comes line by line and never stands still is found while it comes, each key once', async () => {
  const sending = await begin();
  const wanted = Array.from({ length: 20 }, (_, i) => key(`line ${i}`));
  for (const one of wanted) {
    sending.write(`a line with token=${one} in it\n`);
    await inTime('the key', () => sending.write('an ordinary line\n') && has(one)());
  }
  expect(await statusOf(sending)).toBe(200);
  expect(whole()).toEqual(wanted);
});

test('a key that is cut when it is looked at is found with its rest, and told by its record', async () => {
  const sending = await begin();
  const one = key('cut');
  const { taken } = logs.sink;
  for (const cut of [8, 30]) {
    const peeks = () => taken.filter(({ peek }) => peek).length;
    const before = peeks();
    sending.write(`{"host":"before","n":1}\n{"host":"web-${cut}","m":"${one.slice(0, cut)}`);
    await inTime('it was shown', () => peeks() > before);
    sending.write(`${one.slice(cut)}","n":2}\n{"host":"after"}\n`);
    await inTime('the key', () => whole().length > (cut === 8 ? 0 : 1));
  }
  expect(await statusOf(sending)).toBe(200);
  expect(whole()).toEqual([one, one]);
  const hosts = logs.hits().flatMap(({ key, origin }) => (key === one ? [origin.log?.host] : []));
  expect(hosts).toEqual(['web-8', 'web-30']);
});

test('pieces are cut as ever behind what was looked at, whatever its length', async () => {
  const sending = await begin();
  const wanted: string[] = [];
  for (const length of [10, 100_000, 262_143, 262_144, 600_000]) {
    const one = key(`behind ${length}`);
    sending.write(`${'x '.repeat(length / 2)}${one.slice(0, 20)}`);
    const before = logs.sink.taken.length;
    await inTime('it was looked at', () => logs.sink.taken.slice(before).some(({ peek }) => peek));
    sending.write(`${one.slice(20)} ${'y\n'.repeat(length / 2)}`);
    wanted.push(one);
  }
  expect(await statusOf(sending)).toBe(200);
  expect(whole()).toEqual(wanted);
  expect(Math.max(...logs.sink.taken.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(256 * 1024);
});

test('what was not durable when it was looked at is not acknowledged, whether more comes or not', async () => {
  for (const rest of ['', more]) {
    const sending = await begin();
    const answered = once(sending, 'response');
    logs.sink.refuse(true);
    sending.write(`token=${key('refused')}\n`);
    await inTime('it was looked at', () => logs.sink.called.length > 0);
    logs.sink.refuse(false);
    sending.write(rest);
    const [answer] = await answered;
    expect(answer.statusCode).toBe(503);
    answer.resume();
    sending.destroy();
    if (rest === '') await logs.close();
  }
});
