import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import type { Candidate } from '../src/core/candidate.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import type { Fact } from '../src/core/facts.ts';
import type { Emit } from '../src/core/fragment.ts';
import { sample } from '../src/core/sample.ts';
import type { Store } from '../src/core/store.ts';
import type { SyslogNeeds, SyslogPorts } from '../src/sources/index.ts';
import { messageAt } from '../src/sources/message-at.ts';
import { createPast } from '../src/sources/past.ts';
import { createSpool, type Spooled } from '../src/sources/spool.ts';
import { createSyslogStream } from '../src/sources/syslog/stream.ts';
import { createTurnAway } from '../src/sources/syslog/turn-away.ts';
import { createFlowNames } from '../src/sources/waiting.ts';
import { openStore } from '../src/store.ts';
import { createSeal } from '../src/topic/seal.ts';
import { scratch } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { startChild } from './support/kill.ts';
import { createProbe } from './support/scanning.ts';
import { createFacts, createSink, type Facts, type Sink } from './support/sink.ts';
import { counted, createDatagramSender, LOCAL, seal, syslogIn } from './support/syslog.ts';

const detector = workosCustomerKey(workosCustomerKeySettings.parse({}));
const key = (seed: string): string => `${'sk'}_${sample(seed, 40)}`;
const message = (text: string): string => `<34>1 2026-01-01T00:00:00Z web-1 app 7 - - ${text}`;

let folder: string;
let store: Store;
let facts: Facts;
let sink: Sink;
let stop: AbortController;
let running: Promise<void>;
let found: Candidate[];
let sockets: Socket[];
let datagrams: ReturnType<typeof createDatagramSender>;

beforeEach(() => {
  folder = scratch();
  store = openStore(join(folder, 'db'), { reserveBytes: 0 });
  facts = createFacts();
  sink = createSink();
  stop = new AbortController();
  running = Promise.resolve();
  found = [];
  sockets = [];
  datagrams = createDatagramSender();
});
afterEach(async () => {
  sink.open();
  for (const socket of sockets) socket.destroy();
  datagrams.close();
  stop.abort();
  await running;
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Runs the source through a real scanner, whose candidates the sink makes durable. */
const start = (needs: Partial<SyslogNeeds>): Promise<SyslogPorts> => {
  const { scanner } = createProbe([detector]);
  const emit: Emit = async (fragment) => {
    const hits = scanner.scan(fragment);
    if (hits.length > 0) await sink.emit(fragment);
    found.push(...hits);
  };
  const source = syslogIn(store, { record: facts.record, ...needs });
  running = source.run(emit, stop.signal);
  return Promise.race([source.listening, running.then(() => ({}))]);
};
const keys = (): readonly string[] => found.map(({ secret }) => secret.expose());
const open = (port = 0): Socket => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket.setNoDelay(true));
  return socket;
};

describe('over TCP', () => {
  test('a key at the end of a message is found at once, in either framing and wherever the segments cut it', async () => {
    const { tcp } = await start({ tcp: LOCAL });
    const socket = open(tcp);
    const text = `${counted(message(`token=${key('one')}`))}${counted(message(`token=${key('two')}`))}`;
    for (const byte of text) {
      socket.write(byte);
      await pause(1);
    }
    await eventually('both', () => keys().length === 2, 1_000);
    open(tcp).write(`${message(`token=${key('three')}`)}\0${message(`token=${key('four')}`)}\0`);
    open(tcp).write(`token=${key('five')}\n`);
    await eventually('the lines', () => keys().length === 5, 1_000);
    const started = open(tcp);
    const before = sink.called.length;
    sink.refuse(true);
    started.write(message(`token=${key('no end')}`));
    await eventually('a refusal', () => sink.called.length > before);
    sink.refuse(false);
    await eventually('a message without an end', () => keys().includes(key('no end')), 3_000);
    expect(new Set(keys())).toEqual(new Set(['one', 'two', 'three', 'four', 'five', 'no end'].map(key)));
    expect(found[0]?.origin).toMatchObject({ locator: 'syslog from 127.0.0.1 (tcp)', log: { host: 'web-1' } });
  });

  test('a message that comes in parts is shown before its end only when nothing came for a while', async () => {
    const socket = new PassThrough();
    const { way, from, record } = { way: 'tcp', from: '127.0.0.1', record: facts.record };
    const nextFlow = () => 'syslog-1';
    const turnAway = createTurnAway({ record, clock });
    const needs = { emit: sink.emit, stop: stop.signal, clock, record, turnAway, nextFlow, way, from };
    const { peek, over } = createSyslogStream({ ...needs, socket: socket as unknown as Socket });
    for (const part of ['<34>one', ' two', ' three']) {
      socket.write(part);
      await eventually('a part', () => sink.has(part));
      peek();
    }
    const peeks = () => sink.taken.filter((fragment) => fragment.peek).length;
    expect(peeks()).toBe(0);
    for (const _ of ['shown', 'and not again']) peek();
    socket.end();
    await over;
    expect(peeks()).toBe(1);
    expect(sink.texts()).toEqual(['<34>one two three']);
  });

  test.each(['closes', 'goes on'])(
    'a key that is refused after it was shown is given again, though its sender %s',
    async (how) => {
      const socket = new PassThrough();
      const { scanner } = createProbe([detector]);
      const given: string[] = [];
      let refuse: (() => void) | undefined;
      const emit: Emit = async (fragment) => {
        const secrets = scanner.scan(fragment).map(({ secret }) => secret.expose());
        if (secrets.length > 0 && !refuse)
          await new Promise<void>((_, no) => (refuse = () => no(new Error('planted'))));
        given.push(...secrets);
      };
      const { way, from, record } = { way: 'tcp', from: '127.0.0.1', record: facts.record };
      const common = { emit, stop: stop.signal, clock, record, turnAway: createTurnAway({ record, clock }) };
      const needs = { ...common, nextFlow: createFlowNames('syslog'), way, from };
      const { peek, over } = createSyslogStream({ ...needs, socket: socket as unknown as Socket });
      socket.write(`<34>token=${key('refused late')}`);
      await eventually('it is shown', () => {
        peek();
        return refuse !== undefined;
      });
      if (how === 'closes') socket.end('\n');
      else socket.write(`\n${'a line\n'.repeat(10_000)}`);
      await pause(100);
      refuse?.();
      await eventually('the key', () => given.includes(key('refused late')));
      socket.end();
      await over;
    },
  );

  test('what comes after a count that is none is not read, but what came before is; the others go on', async () => {
    const { tcp } = await start({ tcp: LOCAL });
    const socket = open(tcp);
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`${counted(message(`token=${key('before')}`))}12345678901 <34>`);
    await ended;
    expect(facts.rejected('malformed')).toBe(1);
    open(tcp).write(counted(message(key('other'))));
    await eventually('both', () => keys().length === 2);
  });

  test('one that floods starves nobody', async () => {
    const { tcp } = await start({ tcp: LOCAL });
    const flood = counted(message(`${'filler '.repeat(20)}`)).repeat(2_000);
    const noisy = open(tcp);
    let sent = 0;
    const again = (): void => {
      sent += flood.length;
      if (!noisy.destroyed) noisy.write(flood, again);
    };
    again();
    await eventually('the flood', () => sent > 10 * flood.length);
    open(tcp).write(counted(message(`token=${key('quiet')}`)));
    await eventually('the quiet one', () => keys().includes(key('quiet')), 1_000);
    expect(sent).toBeGreaterThan(10 * flood.length);
  });

  test('connections of one address are bounded, and what is let go makes room', async () => {
    const { tcp } = await start({ tcp: LOCAL });
    const all = Array.from({ length: 100 }, () => open(tcp));
    await Promise.all(all.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    await new Promise((resolve) => open(tcp).once('close', resolve));
    expect(facts.rejected('rate_limited')).toBe(1);
    all[0]?.destroy();
    await eventually('room', async () => {
      open(tcp).write(counted(message(`token=${key('late')}`)));
      await pause(20);
      return keys().includes(key('late'));
    });
  });

  test('an address that is taken is a fault that names the setting, and what was opened is closed', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const needs = { udp: LOCAL, tcp: { host: '127.0.0.1', port, setting: 'logs.syslog.tcp, SYSLOG_TCP' } };
    await expect(start(needs)).rejects.toMatchObject({
      ...{ code: 'address.in-use', next: 'exit', message: expect.stringContaining('SYSLOG_TCP): EADDRINUSE') },
    });
    running = Promise.resolve();
    taken.close();
  });

  test('the message around a place: its head and its line, in either framing', () => {
    const past = createPast();
    const text = 'x'.repeat(70_000);
    past.add(Buffer.from(`${text}\n\n <34>head\nsecond KEY line\nthird\n<35>next KEY\n`));
    const at = (offset: number, isCounted: boolean): string => {
      return Buffer.from(messageAt(past, { offset }, isCounted ? 'counted' : undefined)).toString();
    };
    expect(at(70_000 + '\n\n <34>head\nsecond '.length, true)).toBe('<34>head\nsecond KEY line');
    expect(at(70_000 + '\n\n <34>head\nsecond '.length, false)).toBe('second KEY line');
    expect(at(70_000 + '\n\n <34>head\nsecond KEY line\nthird\n<35>next '.length, false)).toBe('<35>next KEY');
  });
});

describe('over UDP', () => {
  test('while the topic is away a datagram waits in the spool, sealed, through kill -9, with the time it came', async () => {
    const child = await startChild('syslog', folder);
    const port = Number(child.said.split(' ')[1]);
    const begun = Date.now();
    await datagrams.send(port, message(`token=${key('spooled')}`));
    await datagrams.send(port, '');
    await datagrams.send(port, message(`nothing`));
    const rows = () => Number(store.read((sql) => sql.get('select count(*) as n from log_spool'))?.['n']);
    await eventually('it is spooled', () => rows() > 0);
    await child.kill();
    const after = Date.now();
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    expect(files.some((bytes) => bytes.includes(key('spooled').slice(4, 20)))).toBe(false);
    sink.refuse(true);
    await start({ udp: LOCAL });
    await eventually('it is tried', () => sink.called.length > 1);
    expect(rows()).toBeGreaterThan(0);
    sink.refuse(false);
    await eventually('it is emitted', () => keys().includes(key('spooled')));
    await eventually('it is forgotten', () => rows() === 0);
    expect(found[0]?.origin).toMatchObject({ locator: 'syslog from 127.0.0.1 (udp)', log: { host: 'web-1' } });
    expect(found[0]?.origin.receivedAt).toBeGreaterThanOrEqual(begun);
    expect(found[0]?.origin.receivedAt).toBeLessThanOrEqual(after);
  });

  test('a spool has a bound, over a restart too; what has no room is told, and what holds no key needs none', async () => {
    const needs = { udp: LOCAL, spoolBytes: 10_000 };
    let { udp = 0 } = await start(needs);
    sink.refuse(true);
    const long = (seed: string): string => message(`token=${key(seed)} ${'filler '.repeat(600)}`);
    await datagrams.send(udp, long('first'));
    await pause(20);
    await datagrams.send(udp, long('second'));
    await pause(20);
    for (let i = 0; i < 20; i += 1) await datagrams.send(udp, message('nothing '.repeat(600)));
    await datagrams.send(udp, long('third'));
    await eventually('a loss', () => facts.of('source.dropped').length === 1);
    stop.abort();
    await running;
    stop = new AbortController();
    ({ udp = 0 } = await start(needs));
    await datagrams.send(udp, long('fourth'));
    await eventually('another', () => facts.of('source.dropped').length === 2);
    const one = { type: 'source.dropped', source: 'syslog', cause: 'spool-full', lines: 1 };
    expect(facts.of('source.dropped')).toEqual([one, one]);
    sink.refuse(false);
    await eventually('what had room', () => keys().includes(key('first')) && keys().includes(key('second')));
  });

  test('a topic that hangs: the datagram is spooled, and forgotten when the topic took it after all', async () => {
    const { udp = 0 } = await start({ udp: LOCAL });
    sink.shut();
    await datagrams.send(udp, message(`token=${key('slow')}`));
    const rows = () => Number(store.read((sql) => sql.get('select count(*) as n from log_spool'))?.['n']);
    await eventually('it is spooled', () => rows() === 1);
    await pause(1_400);
    expect(sink.called.length).toBe(1);
    sink.open();
    await eventually('it is forgotten', () => rows() === 0 && keys().length > 0);
    await pause(1_200);
    expect(keys()).toEqual([key('slow')]);
  });

  test('what is never taken out of the spool keeps nothing else there, and is tried until it is', async () => {
    const note = (fact: Fact): void => void facts.record(fact);
    const other = createSeal([{ id: 'lost', key: new Uint8Array(32).fill(8) }]);
    const spools = [seal, other].map((one) => createSpool({ store, seal: one, clock, most: 10_000, note }));
    const add = (text: string, spool = spools[0]) => spool?.add({ bytes: Buffer.from(text), lines: 1, receivedAt: 1 });
    for (const text of ['poison', 'venom', 'one']) await add(text);
    await add('of another key', spools[1]);
    const poured: string[] = [];
    const tried: string[] = [];
    let refused = ['poison', 'venom'];
    const pour = async ({ bytes }: Spooled): Promise<void> => {
      const text = Buffer.from(bytes).toString();
      tried.push(text);
      if (refused.includes(text)) throw new Error('planted');
      poured.push(text);
    };
    running = spools[0]?.drain(pour, stop.signal) ?? running;
    await eventually('the first', () => poured.includes('one') && tried.length >= 5);
    expect(tried.slice(0, 5)).toEqual(['poison', 'venom', 'one', 'poison', 'venom']);
    await add('two');
    await eventually('what comes later', () => poured.includes('two'));
    refused = ['poison'];
    await eventually('one of them', () => poured.includes('venom'));
    refused = [];
    await eventually('all', () => poured.length === 4);
    expect(poured).toEqual(['one', 'two', 'venom', 'poison']);
    expect(facts.of('fault.raised').map(({ code }) => code)).toEqual(['seal.unknown-key']);
    expect(tried.length).toBeLessThan(20);
  });

  test('what the kernel dropped is told', async () => {
    const { udp = 0 } = await start({ udp: LOCAL, kernelEveryMs: 100 });
    const big = Buffer.alloc(60_000, 'x ');
    // All of them before anybody reads one: more than any buffer that the kernel gives us.
    const all = Array.from({ length: 400 }, () => datagrams.burst(udp, big));
    await Promise.all(all);
    await eventually('drops', () => facts.of('source.dropped').length > 0, 5_000);
    expect(facts.of('source.dropped')[0]).toMatchObject({ cause: 'kernel', lines: expect.any(Number) });
    await datagrams.send(udp, message(`token=${key('after')}`));
    await eventually('what comes after', () => keys().includes(key('after')));
  });
});

const LOGGER = '/usr/bin/logger';
const says = (...args: readonly string[]): void => {
  spawnSync(LOGGER, ['-n', '127.0.0.1', ...args], { timeout: 5_000 });
};

(existsSync(LOGGER) ? test : test.skip)('what `logger` sends, in each of its ways', async () => {
  const { udp, tcp } = await start({ udp: LOCAL, tcp: LOCAL });
  const ways = [
    ['-P', `${udp}`, '-d', '--rfc5424'],
    ['-P', `${udp}`, '-d', '--rfc3164'],
    ['-P', `${tcp}`, '-T', '--rfc5424'],
    ['-P', `${tcp}`, '-T', '--rfc3164'],
    ['-P', `${tcp}`, '-T', '--octet-count', '--rfc5424'],
    ['-P', `${tcp}`, '-T', '--octet-count', '--rfc3164'],
  ];
  for (const [at, way] of ways.entries()) says(...way, `token=${key(`logger ${at}`)}`);
  await eventually('all', () => new Set(keys()).size === ways.length);
  expect(facts.of('source.rejected')).toEqual([]);
});
