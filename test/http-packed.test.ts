import { request } from 'node:http';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { sample } from '../src/core/sample.ts';
import { type HttpLogs, key, startHttpLogs } from './support/http-logs.ts';

const MIB = 1024 * 1024;
const TEXT = { 'content-type': 'text/plain' };

let logs: HttpLogs;
beforeEach(async () => {
  logs = await startHttpLogs({ mostBytes: MIB });
});
afterEach(() => logs.close());

const given = (encoding: string, body: string | Uint8Array) =>
  logs.ask('/logs', { headers: { ...TEXT, ...(encoding && { 'content-encoding': encoding }) }, body });

/** A frame for somebody else, of so many bytes. */
const skippable = (nibble: number, length = 4): Buffer =>
  Buffer.concat([Buffer.of(0x50 + nibble, 0x2a, 0x4d, 0x18, length, 0, 0, 0), Buffer.alloc(length, 'z')]);
const pzstd = (text: string | Uint8Array): Buffer => Buffer.concat([skippable(0), zstdCompressSync(text)]);
const zlib = (level: number) => (text: string | Uint8Array) => deflateSync(text, { level });

/** So much of nothing that repeats that its letters are packed, too. */
const line = (one: string): string => `${sample('noise', 8_000)}\ntoken=${one}\n`;

describe('read', () => {
  test.each([
    ['zlib, stored', '', zlib(0)],
    ['zlib, fast', '', zlib(1)],
    ['zlib', '', zlib(6)],
    ['zlib, best', '', zlib(9)],
    ['zstd behind a frame to be passed over', '', pzstd],
    ['the last such frame', '', (text: string) => Buffer.concat([skippable(15, 0), zstdCompressSync(text)])],
    ['gzip in gzip', 'gzip', (text: string) => gzipSync(gzipSync(text))],
    ['zstd in gzip', 'gzip', (text: string) => gzipSync(pzstd(text))],
    ['gzip in zstd', 'zstd', (text: string) => zstdCompressSync(gzipSync(text))],
    ['zlib in deflate', 'deflate', (text: string) => deflateSync(zlib(9)(text))],
    ['deflate without a head', 'deflate', (text: string) => deflateRawSync(text)],
    ['the same, stored', 'deflate', (text: string) => deflateRawSync(text, { level: 0 })],
    ['gzip in that', 'deflate', (text: string) => deflateRawSync(gzipSync(text))],
  ] as const)('%s (content-encoding: %s)', async (name, encoding, pack) => {
    expect((await given(encoding, pack(line(key(name))))).status).toBe(200);
    // One that is short has blocks of another kind.
    expect((await given(encoding, pack(key(`${name}, short`)))).status).toBe(200);
    expect(logs.keys()).toEqual([key(name), key(`${name}, short`)]);
  });

  test('of a body that is read whole too, and byte by byte', async () => {
    const headers = { 'content-type': 'application/msgpack', 'content-encoding': 'gzip' };
    const body = gzipSync(deflateSync(encode({ one: key('whole') })));
    expect((await logs.ask('/logs', { headers, body })).status).toBe(200);
    const slowly = request(`${logs.url}/logs`, { method: 'POST', headers: TEXT });
    const answered = new Promise<number | undefined>((resolve) => {
      slowly.on('response', (answer) => answer.resume() && resolve(answer.statusCode));
    });
    for (const byte of pzstd(deflateSync(key('slowly')))) {
      slowly.write(Buffer.of(byte));
      await new Promise((turn) => setImmediate(turn));
    }
    slowly.end();
    // Nothing was named, and one layer is undone: the other is said to be unread.
    expect(await answered).toBe(400);
    expect(logs.keys()).toEqual([key('whole')]);
  });
});

test('what is packed more often than that is said to be unread', async () => {
  expect((await given('gzip', gzipSync(gzipSync(gzipSync('x'))))).status).toBe(400);
  expect((await given('', gzipSync(gzipSync('x')))).status).toBe(400);
  expect(logs.facts.rejected('malformed')).toBe(2);
});

test('what only begins like it is text, and is scanned', async () => {
  const starts = ['x\u0001', 'x\u0686', 'x\u06a9\u06af', 'x', 'x\u0153', 'P*M', 'P*M\u0017'];
  for (const start of starts) expect((await given('', `${start} ${key(`like ${start}`)} more`)).status).toBe(200);
  expect(logs.keys()).toEqual(starts.map((start) => key(`like ${start}`)));
});

test('a block of snappy whose length reads as the head of zlib is none', async () => {
  const loki = { 'content-type': 'application/x-protobuf' };
  const [one, other] = [sample('some text', 40), sample('more of it', 80)];
  // Of 120 bytes, of which 40 and then 80 stand here as they are.
  const body = Buffer.concat([Buffer.of(120, 39 << 2), Buffer.from(one), Buffer.of(60 << 2, 79), Buffer.from(other)]);
  expect([...body.subarray(0, 2)]).toEqual([0x78, 0x9c]);
  expect((await logs.ask('/loki/api/v1/push', { headers: loki, body })).status).toBe(400);
  expect(logs.sink.texts().join('')).toContain(one + other);
});

test('each layer is bounded, whatever is in it', async () => {
  const bomb = gzipSync(Buffer.alloc(8 * MIB));
  const nothing = gzipSync('');
  const hollow = gzipSync(Buffer.concat(Array.from({ length: 60_000 }, () => nothing)));
  for (const [encoding, body] of [
    ['', deflateSync(Buffer.alloc(8 * MIB))],
    ['gzip', gzipSync(bomb)],
    ['gzip', hollow],
  ] as const) {
    expect((await given(encoding, body)).status).toBe(413);
  }
  const read = logs.sink.taken.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(read).toBeLessThanOrEqual(2 * MIB);
});
