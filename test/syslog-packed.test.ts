import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { constants, createDeflate, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import type { Candidate } from '../src/core/candidate.ts';
import { sample } from '../src/core/sample.ts';
import type { Store } from '../src/core/store.ts';
import type { SyslogPorts } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { createProbe } from './support/scanning.ts';
import { createFacts, type Facts } from './support/sink.ts';
import { counted, createDatagramSender, LOCAL, syslogIn } from './support/syslog.ts';

// What senders pack, and what they send to the wrong address.

const key = (seed: string): string => `${'sk'}_${sample(seed, 40)}`;
const message = (text: string): string => `<34>1 2026-01-01T00:00:00Z web-1 app 7 - - ${text}`;
const marked = (text: string): Buffer => Buffer.concat([Buffer.from('z'), deflateSync(text)]);
const frame = (packed: Buffer): Buffer => Buffer.concat([Buffer.from(`${packed.length} `), packed]);
const random = (seed: string, lines: number): string =>
  Array.from({ length: lines }, (_, n) => `a line ${sample(`${seed} ${n}`, 40)}`).join('\n');

let folder: string;
let store: Store;
let facts: Facts;
let stop: AbortController;
let running: Promise<void>;
let found: Candidate[];
let sockets: Socket[];
let datagrams: ReturnType<typeof createDatagramSender>;
let ports: SyslogPorts;

beforeEach(async () => {
  folder = scratch();
  store = openStore(join(folder, 'db'), { reserveBytes: 0 });
  facts = createFacts();
  stop = new AbortController();
  found = [];
  sockets = [];
  datagrams = createDatagramSender();
  const { scanner } = createProbe([workosCustomerKey(workosCustomerKeySettings.parse({}))]);
  const source = syslogIn(store, { record: facts.record, udp: LOCAL, tcp: LOCAL });
  running = source.run(async (fragment) => void found.push(...scanner.scan(fragment)), stop.signal);
  ports = (await source.listening) as SyslogPorts;
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  datagrams.close();
  stop.abort();
  await running;
  await store.close();
  rmSync(folder, { recursive: true });
});

const seen = (...seeds: readonly string[]) => {
  const keys = new Set(found.map(({ secret }) => secret.expose()));
  return seeds.every((seed) => keys.has(key(seed)));
};
const open = (): Socket => {
  const socket = connect(ports.tcp ?? 0, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket.setNoDelay(true).resume());
  return socket;
};
const told = () => facts.of('source.rejected').map(({ reason, detail, quiet }) => ({ reason, detail, quiet }));
const send = (bytes: string | Uint8Array): Promise<void> => datagrams.send(ports.udp ?? 0, bytes);

describe('a datagram', () => {
  test('is unpacked: as rsyslog packs it, as gzip, as zlib; a finding says what its message says', async () => {
    await send(marked(message(`token=${key('marked')}`)));
    await send(gzipSync(JSON.stringify({ version: '1.1', host: 'web-2', short_message: `token=${key('gzip')}` })));
    await send(deflateSync(JSON.stringify({ version: '1.1', host: 'web-3', short_message: `token=${key('zlib')}` })));
    await eventually('all', () => seen('marked', 'gzip', 'zlib'));
    expect(found.map(({ origin }) => origin.log?.host)).toEqual(['web-1', 'web-2', 'web-3']);
    expect(told()).toEqual([]);
  });

  test('that is damaged, cut off, or followed by something shows what can be had of it, and is counted', async () => {
    const text = `token=${key('first')}\n${random('noise', 500)}`;
    await send(Buffer.concat([deflateSync(text).subarray(0, -2_000), Buffer.alloc(2_000, '!')]));
    await send(gzipSync(`token=${key('cut off')}\n${random('more', 500)}`).subarray(0, -5));
    await send(Buffer.concat([deflateSync('nothing'), Buffer.from(`token=${key('behind')}`)]));
    await send(`zx^ is text, token=${key('in clear')}`);
    await eventually('all', () => seen('first', 'cut off', 'behind', 'in clear'));
    const detail = 'a packed message is damaged: 127.0.0.1 (udp)';
    expect(told()).toEqual([undefined, true, true, true].map((quiet) => ({ reason: 'malformed', detail, quiet })));
  });

  test('that is a bomb is cut and counted', async () => {
    await send(deflateSync(`token=${key('before')}\n${'a bomb '.repeat(5_000_000)}`));
    await eventually('it is told', () => facts.rejected('too_large') === 1);
    await send(`token=${key('after')}`);
    await eventually('both', () => seen('before', 'after'));
    expect(facts.of('source.accepted').reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(1_100_000);
  });

  test('that is a part of a message in GELF is counted, and read as it stands', async () => {
    const part = (bytes: string, n: number) =>
      Buffer.concat([Buffer.from([0x1e, 0x0f, 1, 2, 3, 4, 5, 6, 7, 8, n, 2]), Buffer.from(bytes)]);
    await send(part(`{"short_message":"token=${key('whole')} and`, 0));
    await send(part(' more"}', 1));
    await eventually('both are told', () => facts.rejected('unsupported_type') === 2);
    await eventually('what is whole', () => seen('whole'));
    expect(told()[0]).toMatchObject({ detail: expect.stringContaining('SYSLOG_TCP') });
  });
});

describe('a connection', () => {
  test('brings packed messages among counted ones and among lines', async () => {
    const socket = open();
    socket.write(frame(marked(message(`token=${key('one')}`))));
    await eventually('it', () => seen('one'));
    socket.write(
      Buffer.concat([Buffer.from(`${message(`token=${key('two')}`)}\n`), frame(marked(message(key('three'))))]),
    );
    await eventually('they', () => seen('two', 'three'));
    open().write(
      Buffer.concat([Buffer.from(counted(message(key('four')))), frame(marked(`no priority ${key('five')}`))]),
    );
    await eventually('all', () => seen('four', 'five'));
    for (const { origin } of found.slice(0, 3)) expect(origin.log).toMatchObject({ host: 'web-1', service: 'app' });
    expect(told()).toEqual([]);
  });

  test('is unpacked if it is one stream of zlib, each flush at once', async () => {
    const deflate = createDeflate();
    const socket = open();
    deflate.pipe(socket);
    for (const [n, framed] of [counted(message(key('flush 0'))), `${message(key('flush 1'))}\n`].entries()) {
      deflate.write(framed);
      deflate.flush(constants.Z_SYNC_FLUSH);
      await eventually('it', () => seen(`flush ${n}`));
    }
    socket.destroy();
    // It is no damage that it breaks off.
    open().end(deflateSync(`${message(key('the end'))}\n`));
    await eventually('the next', () => seen('the end'));
    expect(told()).toEqual([]);
    expect(found[0]?.origin.log).toMatchObject({ host: 'web-1' });
  });

  test('whose stream is damaged, or is a bomb, is told and closed', async () => {
    const closed = async (bytes: Uint8Array): Promise<void> => {
      const socket = open();
      const end = new Promise((resolve) => socket.once('close', resolve));
      socket.write(bytes);
      await end;
    };
    const text = `${message(key('before'))}\n${random('noise', 20_000)}`;
    const flushed = deflateSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
    // No block is of this kind: https://www.rfc-editor.org/rfc/rfc1951#page-10
    await closed(Buffer.concat([flushed, Buffer.of(0xff), Buffer.from(` token=${key('behind')}`)]));
    await closed(deflateSync(Buffer.alloc(100 * 1024 * 1024, 'a bomb ')));
    expect(seen('before', 'behind')).toBe(true);
    const from = '127.0.0.1 (tcp)';
    expect(told()).toEqual([
      { reason: 'malformed', detail: `a packed stream is damaged: ${from}`, quiet: undefined },
      {
        reason: 'too_large',
        detail: `a packed stream unpacks to more than 300 times its size: ${from}`,
        quiet: undefined,
      },
    ]);
  });

  test('with no priority behind its counts shows each key, each message as it comes or all at once', async () => {
    const texts = Array.from({ length: 10 }, (_, n) => counted(` request ${n} done with token=${key(`single ${n}`)}`));
    const socket = open();
    for (const [n, text] of texts.entries()) {
      socket.write(text);
      // The last waits until it shows that nothing more comes.
      await eventually(`message ${n}`, () => seen(`single ${n}`));
    }
    const all = Array.from({ length: 10 }, (_, n) => `all ${n}`);
    open().write(all.map((seed) => counted(`{"no":"priority"} ${key(seed)}`)).join(''));
    await eventually('all', () => seen(...all));
    expect(told()).toEqual([]);
  });

  test.each([
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x00, 0xf4, 0x01]), 'SYSLOG_TLS'],
    ['RELP', '1 open 85 relp_version=0\nrelp_software=librelp,1.11.0\ncommands=syslog\n', 'omfwd'],
  ])('that speaks %s is told once, and closed', async (_, hello, cure) => {
    const socket = open();
    const end = new Promise((resolve) => socket.once('close', resolve));
    socket.write(hello);
    await end;
    await eventually('it is told', () => facts.rejected('unsupported_type') > 0);
    expect(told()).toEqual([{ reason: 'unsupported_type', detail: expect.stringContaining(cure), quiet: undefined }]);
    open().write(`1 open issue, token=${key('a line')}\n`);
    await eventually('a line', () => seen('a line'));
    expect(told().length).toBe(1);
  });

  test('cannot hide what others say behind something that only looks packed', async () => {
    const socket = open();
    socket.write(`one\n9999999999 zx^ two\n${message(`token=${key('hidden')}`)}\n`);
    await eventually('it', () => seen('hidden'));
    socket.write(frame(marked(message(`token=${key('packed')}`))));
    await eventually('what is packed', () => seen('packed'));
    // A valid beginning, as deflate stores what it does not pack, that covers what comes after.
    const stored = Buffer.from([0x7a, 0x78, 0x01, 0x00, 0xff, 0xff, 0x00, 0x00]);
    socket.write(Buffer.concat([Buffer.from('60000 '), stored, Buffer.from(`\ntoken=${key('stored')}\n`)]));
    await eventually('that, too', () => seen('stored'), 5_000);
  });
});
