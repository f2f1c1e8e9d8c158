import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Client } from '@elastic/elasticsearch';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { compressSync } from 'snappy';
import { systemClock } from '../src/core/clock.ts';
import { fixedSecret } from '../src/core/live-secret.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { createPieces, PIECE } from '../src/sources/http/pieces.ts';
import { createPour } from '../src/sources/http/pour.ts';
import { createRoom } from '../src/sources/http/room.ts';
import { createSenders } from '../src/sources/http/senders.ts';
import { createTurns } from '../src/sources/http/turns.ts';
import { createWhere } from '../src/sources/http/where.ts';
import { eventually, gate } from './support/eventually.ts';
import { type HttpLogs, key, startHttpLogs } from './support/http-logs.ts';
import { encoded } from './support/log-protobuf.ts';
import { zstdFrames } from './support/zstd.ts';

const open: HttpLogs[] = [];
const started = async (...how: Parameters<typeof startHttpLogs>): Promise<HttpLogs> => {
  const logs = await startHttpLogs(...how);
  open.push(logs);
  return logs;
};
afterEach(async () => {
  for (const logs of open.splice(0)) await logs.close();
});

const TEXT = { 'content-type': 'text/plain' };
const NDJSON = { 'content-type': 'application/x-ndjson' };
const token = sample('logs token', 32);
const secretOf = (text: string) => fixedSecret(new Secret(text));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const wordy = (letter: string, bytes: number): string => `${letter} `.repeat(bytes / 2);

describe('POST /logs', () => {
  test('every kind of text, in every encoding, is scanned as it is; what is not known is 415 and named', async () => {
    const { ask, keys, facts, hits } = await started();
    const packs = [
      ['', (body: string) => Buffer.from(body)],
      ['gzip', gzipSync],
      ['x-gzip', (body: string) => Buffer.concat([gzipSync(body.slice(0, 50)), gzipSync(body.slice(50))])],
      ['deflate', deflateSync],
      ['zstd', zstdCompressSync],
      ['zstd', zstdFrames],
    ] as const;
    const types = [
      ...['text/plain; charset=utf-8', 'text/csv', 'application/x-ndjson', 'Application/JSON', 'application/jsonl'],
      ...['application/cloudevents+json', 'application/logfmt', ''],
    ];
    const wanted: string[] = [];
    for (const type of types) {
      for (const [encoding, pack] of packs) {
        const body = `[{"n":1},{"m":"${key(type + wanted.length)}"}]\n{"n":2}\n`;
        const headers = { ...(type && { 'content-type': type }), ...(encoding && { 'content-encoding': encoding }) };
        expect((await ask('/logs', { headers, body: pack(body) })).status).toBe(200);
        wanted.push(key(type + wanted.length));
      }
    }
    expect(keys()).toEqual(wanted);
    expect(hits()[0]?.origin.locator).toBe('POST /logs from 127.0.0.1');
    expect(facts.of('source.accepted').length).toBe(wanted.length);
    const form = await ask('/logs', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a' });
    expect([form.status, form.text]).toEqual([
      415,
      'application/x-www-form-urlencoded is not read here: send text/plain, application/x-ndjson, application/json or application/msgpack\n',
    ]);
    for (const encoding of ['br', 'gzip, gzip', 'constructor']) {
      const answer = await ask('/logs', { headers: { ...TEXT, 'content-encoding': encoding }, body: 'a' });
      expect([answer.status, answer.headers['accept-encoding']]).toEqual([415, 'gzip, deflate, zstd']);
      expect(answer.text).toContain(encoding);
    }
    expect(facts.rejected('unsupported_type')).toBe(4);
  });

  test('what is packed and does not say so where it should is unpacked all the same, on every path', async () => {
    const { ask, keys, facts, url } = await started();
    const json = { 'content-type': 'application/json' };
    const hec = (one: string) => JSON.stringify({ event: one });
    const loki = (one: string) => JSON.stringify({ streams: [{ stream: {}, values: [['1', one]] }] });
    const record = (one: string) => ({ logRecords: [{ body: { stringValue: one } }] });
    const otlp = (one: string) => JSON.stringify({ resourceLogs: [{ scopeLogs: [record(one)] }] });
    const ways = [
      ['/logs', TEXT, (one: string) => one],
      ['/logs', { 'content-type': 'application/msgpack' }, (one: string) => Buffer.from(encode({ one }))],
      ['/services/collector', json, hec],
      ['/services/collector/raw', {}, (one: string) => one],
      ['/_bulk', { ...NDJSON, 'user-agent': 'x' }, (one: string) => `{"index":{}}\n${JSON.stringify({ one })}\n`],
      ['/loki/api/v1/push', json, loki],
      ['/v1/logs', json, otlp],
    ] as const;
    const wanted: string[] = [];
    for (const [path, type, bodyOf] of ways) {
      for (const [pack, extra] of [
        [gzipSync, {}],
        [zstdCompressSync, { 'content-encoding': 'identity' }],
        [gzipSync, { 'transfer-encoding': 'gzip, chunked' }],
      ] as const) {
        wanted.push(key(`unsaid ${wanted.length}`));
        const body = pack(bodyOf(`${wanted.at(-1)}`));
        const { status } = await ask(path, { headers: { ...type, ...extra }, body });
        expect([path, extra, status]).toEqual([path, extra, path.startsWith('/loki') ? 204 : 200]);
      }
    }
    expect(keys()).toEqual(wanted);
    const twice = { ...TEXT, 'transfer-encoding': 'gzip, chunked', 'content-encoding': 'gzip' };
    const answer = await ask('/logs', { headers: twice, body: gzipSync(gzipSync('x')) });
    expect([answer.status, answer.text]).toEqual([415, 'gzip, gzip: send gzip, deflate, zstd, or uncompressed\n']);
    const damaged = gzipSync('x'.repeat(100)).fill(0xff, 12, 20);
    expect((await ask('/logs', { headers: TEXT, body: damaged })).status).toBe(400);
    // Neither is a beginning that is like it, nor one that comes byte by byte, taken for something else.
    for (const start of ['', '\u001f', '\u001fx', '(', '(µ']) {
      expect((await ask('/logs', { headers: TEXT, body: `${start} ${key(`like ${start}`)}` })).status).toBe(200);
      expect(keys().at(-1)).toBe(key(`like ${start}`));
    }
    const slowly = request(`${url}/logs`, { method: 'POST', headers: TEXT });
    for (const byte of gzipSync(key('slowly'))) {
      slowly.write(Buffer.of(byte));
      await new Promise((turn) => setImmediate(turn));
    }
    slowly.end();
    const [slow] = await once(slowly, 'response');
    expect([slow.statusCode, keys().at(-1)]).toEqual([200, key('slowly')]);
    slow.resume();
    expect(facts.rejected('unsupported_type')).toBe(1);
  });

  test('a token is taken in the ways that senders give it, or a certificate instead', async () => {
    const { ask, facts, sink } = await started({ token: secretOf(token) });
    const given = (authorization: string) => ask('/logs', { headers: { ...TEXT, authorization }, body: 'a' });
    const right = [
      ...[`Bearer ${token}`, `bearer ${token}`, `Splunk ${token}`, `Basic ${base64(`any:${token}`)}`],
      ...[`ApiKey ${base64(`id:${token}`)}`, `ApiKey ${token}`],
    ];
    for (const one of right) expect([one.length, (await given(one)).status]).toEqual([one.length, 200]);
    const wrong = [
      ...[token, 'Bearer ', `Bearer ${token}x`, `Basic ${base64(token).slice(1)}`, `Basic ${base64(`${token}:`)}`],
      ...[`Splunk x${token}`, 'ApiKey', '', `Digest ${token}`],
    ];
    const before = sink.called.length;
    for (const one of wrong) expect((await given(one)).status).toBe(401);
    expect(facts.rejected('bad_signature')).toBe(wrong.length);
    expect(sink.called.length).toBe(before);
    const strict = await started({ certificates: true });
    expect((await strict.ask('/logs', { headers: { ...TEXT, authorization: 'Bearer x' }, body: 'a' })).status).toBe(
      401,
    );
  });

  test('too much: 413, announced or not, packed or not, in time and memory; what came before is found', async () => {
    let bytes = 0;
    const logs = await started({
      mostBytes: 16 * 1024 * 1024,
      async emit(fragment) {
        bytes += fragment.bytes.length;
        expect(fragment.bytes.length).toBeLessThanOrEqual(256 * 1024);
      },
    });
    const most = 16 * 1024 * 1024;
    const headers = { ...TEXT, 'content-length': `${most + 1}` };
    expect((await logs.ask('/logs', { headers, body: 'x' })).status).toBe(413);
    expect(bytes).toBe(0);
    const before = process.memoryUsage().rss;
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['zstd', zstdCompressSync],
    ] as const) {
      // A bomb of 2 GiB in one line: gzip members and zstd frames may follow each other.
      const part = pack(Buffer.alloc(16 * 1024 * 1024, 'x'));
      const bomb = Buffer.concat(Array.from({ length: 128 }, () => part)).subarray(0, most);
      const begun = performance.now();
      expect((await logs.ask('/logs', { headers: { ...TEXT, 'content-encoding': encoding }, body: bomb })).status).toBe(
        413,
      );
      expect(performance.now() - begun).toBeLessThan(5_000);
    }
    expect(bytes).toBeLessThanOrEqual(2 * most);
    const endless = request(`${logs.url}/logs`, { method: 'POST', headers: TEXT });
    endless.on('error', () => undefined);
    const answered = once(endless, 'response');
    const pouring = (async () => {
      const piece = Buffer.alloc(256 * 1024, 'x');
      while (!endless.destroyed && endless.listenerCount('response') > 0) {
        if (!endless.write(piece)) await Promise.race([once(endless, 'drain'), answered]);
      }
    })();
    const [answer] = await answered;
    expect(answer.statusCode).toBe(413);
    endless.destroy();
    await pouring.catch(() => undefined);
    expect(bytes).toBeLessThanOrEqual(3 * most);
    expect(process.memoryUsage().rss - before).toBeLessThan(250 * 1024 * 1024);
    expect(logs.facts.rejected('too_large')).toBe(4);
  });

  test('a body that breaks is scanned as far as it came, and counted', async () => {
    const { ask, keys, facts, url } = await started();
    const packed = gzipSync(`${key('torn')} ${sample('noise', 20_000)}`, { finishFlush: constants.Z_SYNC_FLUSH });
    for (const body of [
      packed.subarray(0, packed.length - 10),
      Buffer.concat([packed.subarray(0, 8_000), Buffer.alloc(500, 255)]),
      Buffer.from('text'),
    ]) {
      expect((await ask('/logs', { headers: { ...TEXT, 'content-encoding': 'gzip' }, body })).status).toBe(400);
    }
    expect(keys()).toEqual([key('torn'), key('torn')]);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`POST /logs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\n`);
    socket.write(`token=${key('half')}`, () => setTimeout(() => socket.destroy(), 50));
    await eventually('it is counted', () => facts.rejected('malformed') === 4);
    expect(keys()).toContain(key('half'));
  });

  test('what stands behind the end of what is packed is said to be unread, and zeros are not', async () => {
    const { ask, keys, facts } = await started();
    const given = (encoding: string, ...parts: readonly Buffer[]) =>
      ask('/logs', { headers: { ...TEXT, 'content-encoding': encoding }, body: Buffer.concat(parts) });
    const zeros = Buffer.alloc(100_000);
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
    ] as const) {
      expect((await given(encoding, pack(key(`${encoding} first`)), zeros)).status).toBe(200);
      expect((await given(encoding, pack(key(`${encoding} again`)), zeros, pack('second'))).status).toBe(400);
      expect((await given(encoding, pack(''), Buffer.of(0, 1))).status).toBe(400);
    }
    expect(keys()).toEqual(['gzip first', 'gzip again', 'deflate first', 'deflate again'].map(key));
    expect(facts.rejected('malformed')).toBe(4);
  });

  test('keys at the borders of pieces and of chunks are found once, whatever the lines are', async () => {
    const { ask, keys, sink, url } = await started();
    const size = 256 * 1024;
    const bodies = [
      `${wordy('f', size - 20)}${key('no line end')} ${wordy('m', 900_000)}`,
      `${'a line of a log\n'.repeat(size / 16 - 1)}x ${key('line end')}\n${'more\n'.repeat(90_000)}`,
      `[${`{"m":"${'w '.repeat(500)}"},`.repeat(300)}{"m":"${key('array')}"}]`,
    ];
    for (const body of bodies) expect((await ask('/logs', { headers: NDJSON, body })).status).toBe(200);
    expect(keys()).toEqual([key('no line end'), key('line end'), key('array')]);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.setNoDelay(true);
    const text = `token=${key('bytewise')} end`;
    socket.write(
      `POST /logs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\n\r\n`,
    );
    const { length } = sink.taken;
    for (const byte of text) {
      socket.write(byte);
      await pause(1);
    }
    await eventually('the key', () => keys().includes(key('bytewise')));
    socket.destroy();
    expect(sink.taken.length).toBe(length + 1);
  });

  test('a place in a stream is told by its record, also when it is asked for with the next piece', () => {
    const origin = { source: 'http-logs', locator: 'here', receivedAt: 0, mode: 'live' } as const;
    const read: string[] = [];
    const where = createWhere(origin, (record) => {
      read.push(String(record));
      return { service: String(record).slice(0, 20) };
    });
    const pieces = createPieces({ owned: true });
    const text = Array.from({ length: 20_000 }, (_, i) => `{"n":${10_000 + i},"m":"${'w '.repeat(20)}"}`).join('\n');
    let done = 0;
    let late = 0;
    const ask = (bytes: Buffer): void => {
      const locate = where.next(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      const places = [late, late + 3, done + 1, done + bytes.length - 1];
      for (const offset of places) {
        const record = text.slice(text.lastIndexOf('\n', offset - 1) + 1);
        if (text[offset] !== '\n') expect(locate({ offset, length: 1 }).log?.service).toBe(record.slice(0, 20));
      }
      late = done + bytes.length - 30;
      done += bytes.length;
    };
    // Chunks of the size that sockets give, each with memory of its own.
    for (let at = 0; at < text.length; at += 65_536) {
      const chunk = Buffer.from(new Uint8Array(Buffer.from(text.slice(at, at + 65_536))).buffer);
      for (const piece of pieces.add(chunk)) ask(piece);
    }
    ask(pieces.rest());
    expect(done).toBe(text.length);
    expect(done).toBeGreaterThan(4 * PIECE);
    expect(read.length).toBeLessThan(25);
  });

  test('a topic that hangs: 503 with a time to come back; after stop nobody answers', async () => {
    const { ask, facts, sink, end } = await started({ patienceMs: 100 });
    sink.shut();
    const answer = await ask('/logs', { headers: TEXT, body: 'text' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(facts.rejected('not_durable')).toBe(1);
    await end();
    expect((await ask('/logs', { headers: TEXT, body: 'text' })).status).toBe(503);
    expect(facts.all.length).toBe(1);
  });
});

describe('limits', () => {
  test('one sender has so many calls at once; the next ones wait for their turn, and leave when they must', async () => {
    const { ask, facts, keys, end, sink, url } = await started({ sender: { calls: 2, bytesPerSecond: 0 } });
    sink.shut();
    const body = (seed: string) => ({ headers: TEXT, body: `token=${key(seed)}` });
    const under = [1, 2].map((nth) => ask('/logs', body(`under ${nth}`)));
    await eventually('they are under way', () => sink.called.length === 2);
    const later = Array.from({ length: 20 }, (_, nth) => ask('/logs', body(`later ${nth}`)));
    await eventually('one that goes away', async () => {
      const gone = connect(Number(new URL(url).port), '127.0.0.1');
      gone.write('POST /logs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\ngone');
      await pause(50);
      gone.destroy();
      return facts.rejected('rate_limited') > 0;
    });
    expect(sink.called.length).toBe(2);
    sink.open();
    const all = await Promise.all([...under, ...later]);
    expect(all.map(({ status }) => status)).toEqual(Array(22).fill(200));
    expect(keys().length).toBe(22);
    const before = sink.called.length;
    sink.shut();
    const late = [1, 2, 3, 4].map((nth) => ask('/logs', body(`late ${nth}`)));
    await eventually('they are under way', () => sink.called.length === before + 2);
    await end();
    expect((await Promise.all(late)).map(({ status }) => status).sort()).toEqual([200, 200, 503, 503]);
  });

  test('a call waits for its turn only so long, none after stop, and no more than so many', async () => {
    const stop = new AbortController();
    const never = () => undefined;
    const lobby = { waiting: 0 };
    const kept = createTurns(1, { clock: systemClock, patienceMs: 60_000, stop: stop.signal, lobby });
    expect(await kept.take(never)).toBe(true);
    const waits = kept.take(never);
    stop.abort();
    expect([await waits, await kept.take(never)]).toEqual([false, false]);
    const needs = { clock: systemClock, patienceMs: 30, stop: new AbortController().signal, lobby };
    const turns = createTurns(1, needs);
    expect([await turns.take(never), await turns.take(never)]).toEqual([true, false]);
    const waiting = Array.from({ length: 401 }, () => turns.take(never));
    expect(await Promise.race([waiting[400], pause(5, 'it waits')])).toBe(false);
    // All senders share the places: a call that waits may be in memory whole.
    lobby.waiting = 1_000;
    const other = createTurns(1, needs);
    expect([await other.take(never), await Promise.race([other.take(never), pause(5, 'it waits')])]).toEqual([
      true,
      false,
    ]);
    lobby.waiting = 400;
    turns.leave();
    expect([await waiting[0], turns.taken]).toEqual([true, 1]);
    expect((await Promise.all(waiting)).filter((came) => came).length).toBe(1);
    turns.leave();
    expect([turns.taken, lobby.waiting]).toEqual([0, 0]);
  });

  test('one sender has so many bytes a second on average; another one has its own', async () => {
    let now = 0;
    const clock = { ...systemClock, monotonic: () => now };
    const needs = { clock, patienceMs: 0, stop: new AbortController().signal };
    const senders = createSenders({ calls: 2, bytesPerSecond: 100 }, needs);
    const visit = async (from: string, bytes: number) => {
      const one = await senders.enter({ from, whenGone: () => undefined });
      if ('retryAfter' in one) return one.retryAfter;
      one.sent(bytes);
      one.leave();
      return 0;
    };
    expect(await visit('a', 5_000)).toBe(0);
    expect(await visit('a', 1)).toBe(41);
    expect(await visit('b', 999)).toBe(0);
    now = 40_500;
    expect([await visit('a', 1), await visit('a', 100), await visit('a', 1)]).toEqual([0, 0, 1]);
    for (let i = 0; i < 30_000; i += 1) await visit(`stranger ${i}`, 1);
    expect(senders.size).toBeLessThanOrEqual(10_001);
  });

  test('bodies that are read whole share one room: who finds it full waits, and none waits for ever', async () => {
    const room = createRoom({ most: 100, clock: systemClock, slowMs: 2_000 });
    const [one, two, three] = [room.open('a'), room.open('a'), room.open('a')];
    expect([one.take(60), two.take(40)]).toEqual([undefined, undefined]);
    const order: string[] = [];
    // Each wants more than there is: the first goes beyond, else both would wait for ever.
    const more = Promise.all([
      Promise.resolve(one.take(50)).then(() => order.push('one')),
      Promise.resolve(two.take(30)).then(() => order.push('two')),
      Promise.resolve(three.take(10)).then(() => order.push('three')),
    ]);
    await pause(5);
    expect([order, room.used]).toEqual([['one'], 150]);
    expect(one.take(20)).toBeUndefined();
    three.leave();
    one.leave();
    await pause(5);
    expect([order, room.used]).toEqual([['one', 'two'], 70]);
    two.leave();
    expect(room.used).toBe(0);
    void more;
  });

  test('room goes to the sender that holds least first, and beyond it to the body that is nearest to its end', async () => {
    const room = createRoom({ most: 100, clock: systemClock, slowMs: 2_000 });
    const [first, ...many] = Array.from({ length: 4 }, () => room.open('many'));
    const [other, large] = [room.open('other'), room.open('large')];
    for (const seat of many) seat.take(10);
    large.take(60);
    first?.take(20);
    const order: string[] = [];
    const wish = (name: string, seat: (typeof many)[number], bytes: number) =>
      void Promise.resolve(seat.take(bytes)).then(() => order.push(name));
    for (const [nth, seat] of many.entries()) wish(`many ${nth}`, seat, 15);
    wish('large', large, 15);
    wish('other', other, 15);
    first?.leave();
    await pause(5);
    expect([order, room.used]).toEqual([['large'], 105]);
    large.leave();
    await pause(5);
    expect([order, room.used]).toEqual([['large', 'other', 'many 0', 'many 1', 'many 2'], 90]);
  });

  test('who went beyond the room and stalls is sent away, however little it holds', async () => {
    const room = createRoom({ most: 100, clock: systemClock, slowMs: 40 });
    const [full, small, next] = [room.open('a'), room.open('b'), room.open('c')];
    full.take(100);
    small.take(1);
    const silence = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    const read = small.read(silence).next();
    read.catch(small.leave);
    await next.take(1);
    await expect(read).rejects.toThrow('given up');
    expect(room.used).toBe(101);
  }, 3_000);

  test.each([
    ['one sender, silent', ''],
    ['many, byte by byte', 'w'],
  ])('who stalls with a large body is sent away when others wait: %s', async (_, byte) => {
    const { ask, keys, url } = await started({ roomBytes: 1_000_000, patienceMs: 3_000, slowMs: 200 });
    const from = (host: number, [path, type]: readonly [string, string], bytes: number): Socket => {
      const address = { host: '127.0.0.1', port: Number(new URL(url).port), localAddress: `127.0.0.${host}` };
      const socket = connect(address).on('error', () => undefined);
      socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${bytes}\r\n\r\n`);
      return socket;
    };
    const heard = (socket: Socket) => once(socket, 'data').then(([bytes]) => String(bytes).slice(0, 12));
    const quiet = from(2, ['/logs', 'text/plain'], 10);
    quiet.write('quiet');
    const stalled = [2, 3, 4, 5].map((nth) => from(byte ? nth : 2, ['/v1/logs', 'application/x-protobuf'], 600_000));
    for (const socket of stalled) socket.write(` ${key('stalled')} ${wordy('w', 260_000)}`);
    const trickle = setInterval(() => stalled.map((socket) => socket.write(byte)), 20);
    const first = Promise.race(stalled.map(heard));
    await pause(100);
    const small = await ask('/logs', { headers: NDJSON, body: `{"m":"${key('small')}"}\n` });
    clearInterval(trickle);
    expect(small.status).toBe(200);
    expect(await first).toBe('HTTP/1.1 503');
    expect(keys()).toEqual(expect.arrayContaining([key('stalled'), key('small')]));
    // To send it away would have freed nothing.
    quiet.write('quiet');
    expect(await heard(quiet)).toBe('HTTP/1.1 200');
    for (const socket of [quiet, ...stalled]) socket.destroy();
  });

  test('a full room holds senders back, and gives them 503 when they waited long enough', async () => {
    const door = gate();
    const { ask, facts } = await started({ roomBytes: 1_000, patienceMs: 150, emit: () => door.passed });
    const json = { 'content-type': 'application/json' };
    const first = ask('/loki/api/v1/push', { headers: json, body: 'x'.repeat(992) });
    await pause(20);
    const late = await ask('/loki/api/v1/push', { headers: json, body: 'x'.repeat(992) });
    expect([late.status, late.headers['retry-after']]).toEqual([503, '5']);
    door.open();
    await first;
    expect((await ask('/loki/api/v1/push', { headers: json, body: 'x'.repeat(992) })).status).toBe(204);
    expect(facts.rejected('not_durable')).toBeGreaterThan(0);
  });

  test('the window that a few bytes of zstd ask for is a part of the room', async () => {
    const { url } = await started({ roomBytes: 16 * 1024 * 1024, patienceMs: 5_000, slowMs: 100 });
    const body = zstdCompressSync(wordy('w', 100_000));
    const head = `POST /logs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-encoding: zstd\r\n`;
    const sockets = Array.from({ length: 4 }, () => connect(Number(new URL(url).port), '127.0.0.1'));
    // None comes to its end: two have the room, and one may go beyond.
    for (const socket of sockets) socket.write(`${head}content-length: ${body.length + 1}\r\n\r\n`);
    for (const socket of sockets) socket.write(body);
    const said = await Promise.race([
      ...sockets.map((socket) => once(socket, 'data')),
      pause(3_000, ['silence'], { ref: false }),
    ]);
    for (const socket of sockets) socket.destroy();
    expect(String(said[0])).toMatch(/^HTTP\/1\.1 503 /);
  });
});

describe('Splunk HEC', () => {
  test('speaks as its senders expect', async () => {
    const { ask, keys, hits, facts } = await started({ token: secretOf(token) });
    const splunk = { authorization: `Splunk ${token}` };
    const said = async (path: string, asked: Parameters<typeof ask>[1] = {}) => {
      const { status, text, headers } = await ask(`/services/collector${path}`, { headers: splunk, ...asked });
      expect(headers['content-type']).toContain('application/json');
      return [status, JSON.parse(text)];
    };
    const ok = [200, { text: 'Success', code: 0 }];
    const event = (seed: string) => `{"time":"1.5","host":"h","event":{"m":"${key(seed)}"}}`;
    expect(await said('', { body: event('a') })).toEqual(ok);
    const form = { ...splunk, 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' };
    expect(await said('/event/1.0', { headers: form, body: gzipSync(` ${event('b')}${event('c')}`) })).toEqual(ok);
    expect(await said('/raw?channel=x', { body: `plain ${key('raw')}` })).toEqual(ok);
    expect(keys()).toEqual(['a', 'b', 'c', 'raw'].map(key));
    expect(hits()[1]?.origin.locator).toBe('POST /services/collector/event/1.0 from 127.0.0.1');
    expect(await said('/event', { body: ' \n' })).toEqual([400, { text: 'No data', code: 5 }]);
    expect(await said('/event', { body: `text ${key('odd')}` })).toEqual([
      400,
      { text: 'Invalid data format', code: 6 },
    ]);
    expect(keys()).toContain(key('odd'));
    const where = '?host=web-1&source=%2Fvar%2Flog%2Fshop.log';
    expect(await said(`/raw${where}`, { body: `host=proxy service=shop ${key('told')}\n` })).toEqual(ok);
    expect(await said(`/event${where}`, { body: JSON.stringify({ host: 'own', event: key('own') }) })).toEqual(ok);
    expect(hits().slice(-2)).toMatchObject([
      { key: key('told'), origin: { log: { host: 'web-1', service: 'shop' } } },
      { key: key('own'), origin: { log: { host: 'own' } } },
    ]);
    expect(await said('/event', { headers: {}, body: '{}' })).toEqual([401, { text: 'Token is required', code: 2 }]);
    const bad = { authorization: 'Splunk x' };
    expect(await said('/event', { headers: bad, body: '{}' })).toEqual([403, { text: 'Invalid token', code: 4 }]);
    expect(await said('/health', { method: 'GET', headers: {} })).toEqual([200, { text: 'HEC is healthy', code: 17 }]);
    // Docker's driver asks so, without the token, and does not start unless it hears 200.
    for (const path of ['', '/event', '/event/1.0', '/raw', '/raw/1.0']) {
      const asked = await ask(`/services/collector${path}`, { method: 'OPTIONS' });
      expect([path, asked.status, asked.headers['allow']]).toEqual([path, 200, 'POST, OPTIONS']);
    }
    expect(await said('/ack', { body: '{}' })).toEqual([400, { text: 'ACK is disabled', code: 14 }]);
    expect([facts.rejected('malformed'), facts.rejected('bad_signature')]).toEqual([2, 2]);
  });
});

describe('Elasticsearch _bulk', () => {
  const AGENT = { 'user-agent': 'agent', 'content-type': 'application/vnd.elasticsearch+x-ndjson; compatible-with=9' };

  test('answers one item for each action, without a word that was not checked', async () => {
    const { ask, keys } = await started();
    const body = [
      `{"create":{"_index":"logs-a"}}`,
      `{"m":"${key('one')}","create":{"x":1}}`,
      `{ "index" : {"_index": "b", "pipeline":null}, "attempts":0}`,
      `{"m":"${key('two')}"}`,
      '',
      `{"delete":{"_index":"b","_id":"7"}}`,
      `{"update":{"_index":"x\\"],\\u0000<b>","_id":"a\\"b"}}`,
      `{"doc":{}}`,
      `{"create":{}}`,
      `{"m":"last without a line end ${key('three')}"}`,
    ].join('\n');
    const answer = await ask('/_bulk?timeout=1m', { method: 'PUT', headers: AGENT, body });
    expect([answer.status, answer.headers['x-elastic-product']]).toEqual([200, 'Elasticsearch']);
    const { errors, items } = JSON.parse(answer.text);
    expect(errors).toBe(false);
    expect(items).toMatchObject([
      { create: { _index: 'logs-a', status: 201 } },
      { index: { _index: 'b', status: 201 } },
      { delete: { _index: 'b', _id: '7', status: 200 } },
      { update: { _index: '_', _id: '3', status: 200 } },
      { create: { _index: '_', status: 201 } },
    ]);
    expect(keys()).toEqual(['one', 'two', 'three'].map(key));
    const many = `{"index":{}}\n{"m":"${'w '.repeat(300)}"}\n`.repeat(5_000);
    const large = await ask('/logs-x/_bulk', {
      headers: { ...AGENT, 'content-encoding': 'gzip' },
      body: gzipSync(many),
    });
    expect(JSON.parse(large.text).items.length).toBe(5_000);
  });

  test('a document that updates another tells its origin', async () => {
    const { ask, hits } = await started();
    const document = (seed: string) => ({ host: { name: 'h' }, service: { name: 's' }, message: key(seed) });
    const body = [
      { update: { _id: '1' } },
      { doc: document('doc'), doc_as_upsert: true },
      { update: { _id: '2' } },
      { script: { source: 'x' }, upsert: document('upsert') },
    ];
    await ask('/logs/_bulk', { headers: AGENT, body: body.map((line) => `${JSON.stringify(line)}\n`).join('') });
    expect(hits().map(({ origin }) => origin.log)).toEqual([
      { host: 'h', service: 's' },
      { host: 'h', service: 's' },
    ]);
  });

  test('what is wrong is told in its shape; what is a key in it is found', async () => {
    const { ask, keys } = await started();
    const bad = await ask('/_bulk', { headers: AGENT, body: `{"m":"${key('no action')}"}\n` });
    expect(JSON.parse(bad.text)).toMatchObject({ status: 400, error: { type: 'illegal_argument_exception' } });
    expect(keys()).toEqual([key('no action')]);
    expect((await ask('/_bulk', { headers: AGENT, body: '' })).status).toBe(400);
    expect((await ask('/_bulk', { headers: AGENT, body: `{"index":${' '.repeat(20_000)}` })).status).toBe(400);
    expect((await ask('/_bulk', { headers: AGENT, body: '{"delete":{}}\n'.repeat(100_001) })).status).toBe(413);
  });

  test('agents find what they ask for before they send; who takes no for an answer is cut off instead', async () => {
    const { ask, sink } = await started({ patienceMs: 50 });
    for (const [method, path] of [
      ...[
        ['GET', '/'],
        ['HEAD', '/'],
        ['GET', '/_license'],
        ['GET', '/_xpack'],
        ['GET', '/_cluster/health?x=1'],
      ],
      ...[
        ['HEAD', '/_index_template/t'],
        ['PUT', '/_ilm/policy/p'],
        ['PUT', '/_component_template/c'],
        ['GET', '/logs/_refresh'],
      ],
    ] as const) {
      const answer = await ask(path, { method, body: method === 'PUT' ? '{}' : '' });
      expect([path, answer.status, answer.headers['x-elastic-product']]).toEqual([path, 200, 'Elasticsearch']);
    }
    expect(JSON.parse((await ask('/', { method: 'GET' })).text)).toMatchObject({
      ...{ version: { number: '8.19.0' }, tagline: 'You Know, for Search' },
    });
    sink.shut();
    const body = '{"index":{}}\n{"m":1}\n';
    const busy = await ask('/_bulk', { headers: AGENT, body });
    expect([busy.status, busy.headers['retry-after'], JSON.parse(busy.text).status]).toEqual([503, '5', 503]);
    expect((await ask('/_bulk', { headers: { 'content-type': 'application/json' }, body })).status).toBe(0);
  });

  test('the bulk helper of a JavaScript client hears of 429 by item, for which it comes again; others by the status', async () => {
    let now = 0;
    const clock = { ...systemClock, monotonic: () => now };
    const { ask, keys, facts, url } = await started({ clock, sender: { calls: 10, bytesPerSecond: 1_000 } });
    const overdraw = () => ask('/logs', { headers: TEXT, body: wordy('x', 20_000) });
    await overdraw();
    const client = new Client({ node: url, compression: true });
    const onDrop = jest.fn();
    const sending = client.helpers.bulk({
      ...{ datasource: [{ m: key('first') }, { m: key('second') }], onDrop, retries: 1_000, wait: 20 },
      onDocument: () => ({ create: { _index: 'logs' } }),
    });
    await eventually('it to be refused', () => facts.rejected('rate_limited') > 1);
    expect(keys()).toEqual([]);
    now = 60_000;
    expect(await sending).toMatchObject({ successful: 2, failed: 0 });
    await client.close();
    expect(onDrop).not.toHaveBeenCalled();
    expect(keys().toSorted()).toEqual([key('first'), key('second')].toSorted());

    await overdraw();
    const body = '{"create":{"_index":"a"}}\n{"m":1}\n{"delete":{"_index":"a","_id":"7"}}\n{"index":{}}\n{"m":2}\n';
    const answered = (headers: Record<string, string>, sent: string | Uint8Array = body) =>
      ask('/_bulk', { headers: { ...AGENT, ...headers }, body: sent });
    const error = { type: 'es_rejected_execution_exception' };
    for (const headers of [
      { 'user-agent': 'elasticsearch-js/8.19.2 (linux 6.1-x64; Node.js v24)' },
      { 'user-agent': 'opensearch-js/3.5.1 (linux 6.1-x64; Node.js v24)' },
      { 'user-agent': 'shop/1.0', 'x-elastic-client-meta': 'es=8.19.2,js=24.1.0,t=8.9.1,hc=24.1.0,h=bp' },
    ]) {
      const { status, text } = await answered(headers);
      expect([status, JSON.parse(text)]).toMatchObject([
        200,
        {
          errors: true,
          items: [
            { create: { _index: 'a', status: 429, error } },
            { delete: { _index: 'a', _id: '7', status: 429, error } },
            { index: { status: 429, error } },
          ],
        },
      ]);
      // What cannot be answered by item is told as to anybody.
      expect((await answered(headers, '{"m":1}\n')).status).toBe(429);
      expect((await answered(headers, '{"delete":{}}\n'.repeat(100_001))).status).toBe(429);
      const large = { ...headers, 'content-length': `${17 * 1024 * 1024}` };
      expect((await answered(large)).status).toBe(429);
    }
    for (const headers of [
      { 'user-agent': 'Vector/0.50' },
      // winston-elasticsearch has no helper: of each item that is refused it writes the document to the standard error.
      { 'user-agent': 'elasticsearch-js/8.19.2', 'x-elastic-client-meta': 'es=8.19.2,js=24.1.0,t=8.9.1,hc=24.1.0' },
    ]) {
      const other = await answered(headers);
      expect([other.status, other.headers['retry-after']]).toEqual([429, '11']);
    }
    expect(keys().length).toBe(2);
  });
});

describe('bodies that are read whole', () => {
  test('Loki, OTLP and MessagePack: each answer in its own way, and a hit says where it stands', async () => {
    const { ask, keys, hits } = await started();
    const PB = 'application/x-protobuf';
    const sent = async (path: string, type: string, body: string | Buffer) => {
      const encoding: Record<string, string> = body.length > 50_000 ? { 'content-encoding': 'snappy' } : {};
      const answer = await ask(path, { headers: { 'content-type': type, ...encoding }, body });
      return [answer.status, answer.headers['content-type'], answer.text];
    };
    const loki = (line: string) =>
      compressSync(encoded('Push', { streams: [{ labels: '{app="web"}', entries: [{ timestamp: {}, line }] }] }));
    const otlp = (text: string) => {
      const attributes = [{ key: 'service.name', value: { text: 'shop' } }];
      return encoded('Otlp', { resources: [{ resource: { attributes }, scopes: [{ logs: [{ body: { text } }] }] }] });
    };
    const streams = (line: string) => JSON.stringify({ streams: [{ stream: { app: 'api' }, values: [['1', line]] }] });
    const plain = 'text/plain; charset=utf-8';
    const push = '/loki/api/v1/push';
    expect(await sent(push, PB, loki(`${wordy('w', 600_000)}${key('a')}`))).toEqual([204, undefined, '']);
    expect(await sent(push, PB, loki(`${sample('noise', 60_000)} ${key('a2')}`))).toEqual([204, undefined, '']);
    expect(await sent(push, 'application/json', streams(key('b')))).toEqual([204, undefined, '']);
    const untold = await ask(push, { body: loki(key('b2')) });
    expect(untold.status).toBe(204);
    expect(await sent('/v1/logs', PB, otlp(key('c')))).toEqual([200, PB, '']);
    const json = JSON.stringify({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: key('d') } }] }] }],
    });
    expect(await sent('/v1/logs', 'application/json', json)).toEqual([200, 'application/json; charset=utf-8', '{}']);
    const packed = Buffer.from(encode({ log: key('e'), host: 'h' }));
    expect(await sent('/logs', 'application/msgpack', packed)).toEqual([200, 'text/plain; charset=utf-8', '']);
    expect(keys()).toEqual(['a', 'a2', 'b', 'b2', 'c', 'd', 'e'].map(key));
    const services = hits().map(({ origin }) => origin.log?.service ?? origin.log?.host);
    expect(services).toEqual(['web', 'web', 'api', 'web', 'shop', undefined, 'h']);
    expect(await sent(push, PB, `no ${key('f')}`)).toEqual([400, plain, expect.stringContaining('not what')]);
    expect(keys()).toContain(key('f'));
    const text = 'the body is not what its content-type says';
    const status = `\x08\x03\x12${String.fromCharCode(text.length)}${text}`;
    expect(await sent('/v1/logs', PB, 'no')).toEqual([400, PB, status]);
    expect((await ask('/v1/logs', { headers: TEXT, body: 'ok' })).status).toBe(415);
    expect((await ask('/v1/traces', { headers: { 'content-type': PB }, body: 'ok' })).status).toBe(404);
    expect((await ask('/ready', { method: 'GET' })).text).toBe('ready\n');
  });

  test('large bodies: every key of every record, over the borders of slices, however the body comes', async () => {
    const { ask, keys, hits } = await started();
    const wanted = Array.from({ length: 60 }, (_, nth) => key(`large ${nth}`));
    const logs = wanted.map((text, nth) => ({ body: { text: `${wordy('w', 20_000 + 1_001 * nth)}k=${text}` } }));
    const attributes = [{ key: 'service.name', value: { text: 'shop' } }];
    const body = Buffer.from(encoded('Otlp', { resources: [{ resource: { attributes }, scopes: [{ logs }] }] }));
    const type = { 'content-type': 'application/x-protobuf' };
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }, { 'content-encoding': 'gzip' }]) {
      const before = hits().length;
      const packed = 'content-encoding' in headers ? gzipSync(body) : body;
      expect((await ask('/v1/logs', { headers: { ...type, ...headers }, body: packed })).status).toBe(200);
      expect(keys().slice(before)).toEqual(wanted);
    }
    expect(new Set(hits().map(({ origin }) => origin.log?.service))).toEqual(new Set(['shop']));
    const before = hits().length;
    const damaged = Buffer.concat([body, Buffer.from([0x0a, 0x7f])]);
    expect((await ask('/v1/logs', { headers: type, body: damaged })).status).toBe(400);
    expect(keys().slice(before)).toEqual(expect.arrayContaining(wanted));
  });

  test('what is read whole is 16 MiB at most', async () => {
    const { ask, facts } = await started();
    const headers = { 'content-type': 'application/msgpack', 'content-encoding': 'gzip' };
    const body = gzipSync(Buffer.alloc(17 * 1024 * 1024, 1));
    expect((await ask('/logs', { headers, body })).status).toBe(413);
    const long = { 'content-type': 'application/msgpack', 'content-length': String(17 * 1024 * 1024) };
    expect((await ask('/logs', { headers: long, body: 'a' })).status).toBe(413);
    expect(facts.rejected('too_large')).toBe(2);
  });

  test('others get their turn after each piece, however quickly it is taken', async () => {
    const signal = new AbortController().signal;
    const needs = { clock: systemClock, patienceMs: 1_000, stop: signal, over: signal, nextFlow: () => 'flow' };
    const origin = { source: 'http-logs', locator: 'x', receivedAt: 0, mode: 'live' } as const;
    const pour = createPour({ ...needs, emit: async () => undefined }, origin);
    let turns = 0;
    const other = (): void => {
      turns += 1;
      if (turns < 100) setImmediate(other);
    };
    setImmediate(other);
    for (let piece = 0; piece < 20; piece += 1) await pour(Buffer.from('a'), { last: piece === 19 });
    expect(turns).toBeGreaterThanOrEqual(20);
  });

  test('OTLP says when to come again', async () => {
    const { ask, sink } = await started({ patienceMs: 50, token: secretOf(token) });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    expect((await ask('/v1/logs', { body: 'ok', headers: { 'content-type': 'application/json' } })).text).toContain(
      '"code":16',
    );
    sink.shut();
    const busy = await ask('/v1/logs', { headers, body: 'ok' });
    expect([busy.status, busy.headers['retry-after'], JSON.parse(busy.text).code]).toEqual([503, '5', 14]);
  });
});
