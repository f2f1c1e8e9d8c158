import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { openCertificates } from '../src/app-tls.ts';
import type { SyslogPorts } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { scratch } from './support/benches.ts';
import { createAuthority, type Pair } from './support/certificates.ts';
import { eventually } from './support/eventually.ts';
import { createFacts, createSink, type Facts } from './support/sink.ts';
import { counted, LOCAL, syslogIn } from './support/syslog.ts';

const folder = scratch();
const authority = createAuthority(folder);
const [first, second, stranger] = ['first', 'second', 'stranger'].map((name) => authority.sign(name)) as [
  ...[Pair, Pair, Pair],
];
const other = createAuthority(folder, 'other');
afterAll(() => rmSync(folder, { recursive: true }));

const cert = join(folder, 'tls.pem');
const key = join(folder, 'tls.key');
const put = (pair: Pair): void => {
  copyFileSync(pair.cert, cert);
  copyFileSync(pair.key, key);
};

let facts: Facts;
beforeEach(() => {
  facts = createFacts();
  put(first);
});

interface Shown {
  readonly socket: TLSSocket;
  /** Whose certificate the server showed. */
  readonly name: string;
}

const dial = (port: number, options: { cert?: Buffer; key?: Buffer; maxVersion?: 'TLSv1.1' } = {}): Promise<Shown> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: readFileSync(authority.cert), ...options });
    socket.once('secureConnect', () => resolve({ socket, name: socket.getPeerCertificate().subject.CN as string }));
    socket.once('error', reject);
  });
const shown = ({ cert, key }: Pair) => ({ cert: readFileSync(cert), key: readFileSync(key) });

/** Runs `body` with a listener at hand. */
const listening = async (
  clientCa: string | undefined,
  body: (ports: SyslogPorts, sink: ReturnType<typeof createSink>) => Promise<void>,
): Promise<void> => {
  const certificates = openCertificates({ tls: { cert, key, clientCa } }, { record: facts.record, lookMs: 20 });
  if (!certificates) throw new Error('no TLS');
  const dir = scratch();
  const store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  const sink = createSink();
  const stop = new AbortController();
  const source = syslogIn(store, {
    record: facts.record,
    udp: LOCAL,
    tcp: LOCAL,
    tls: { ...LOCAL, certificates, handshakeMs: 4_000 },
  });
  const running = source.run(sink.emit, stop.signal);
  try {
    await body(await source.listening, sink);
  } finally {
    const begun = performance.now();
    stop.abort();
    await running;
    expect(performance.now() - begun).toBeLessThan(3_500);
    certificates.close();
    await store.close();
    rmSync(dir, { recursive: true });
  }
};

test('messages come over TLS; a certificate that is renewed is shown from then on, and a broken one is told', () =>
  listening(undefined, async ({ tls = 0 }, sink) => {
    const old = await dial(tls);
    expect(old.name).toBe('first');
    old.socket.write(counted('<34>a message'));
    await eventually('it', () => sink.has('<34>a message'));
    expect(sink.taken[0]?.origin.locator).toBe('syslog from 127.0.0.1 (tls)');
    writeFileSync(cert, 'half a certifica');
    await eventually('it is told', () => facts.of('fault.raised').length === 1);
    expect(facts.of('fault.raised')[0]).toMatchObject({
      code: 'tls.not-renewed',
      detail: expect.stringContaining('tls.cert (TLS_CERT): is no certificate'),
    });
    const still = await dial(tls);
    expect(still.name).toBe('first');
    still.socket.destroy();
    put(second);
    await eventually('the new one', async () => {
      const { socket, name } = await dial(tls);
      socket.destroy();
      return name === 'second';
    });
    old.socket.write(counted('<34>the old connection'));
    await eventually('the old connection goes on', () => sink.has('<34>the old connection'));
    await expect(dial(tls, { maxVersion: 'TLSv1.1' })).rejects.toThrow();
    // Whoever is slow to shake hands is cut off, also one that trickles; who has not is no hindrance to a stop.
    const silent = () =>
      connectPlain(tls, '127.0.0.1')
        .on('error', () => undefined)
        .resume();
    const peers = [silent(), silent()];
    // How a ClientHello of 512 bytes begins.
    peers[1]?.write(Buffer.from('1603010200010001fc', 'hex'));
    const trickle = setInterval(() => peers[1]?.write(Buffer.from([3])), 100).unref();
    await Promise.all(peers.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    clearInterval(trickle);
    const last = silent();
    await new Promise((resolve) => last.once('connect', resolve));
    expect(facts.of('fault.raised').length).toBe(1);
  }));

test('with an authority for clients, only those whom it knows are heard; connections that end make room', () =>
  listening(authority.cert, async ({ tls = 0 }, sink) => {
    const known = await dial(tls, shown(stranger));
    known.socket.write(counted('<34>one of ours'));
    await eventually('it', () => sink.has('<34>one of ours'));
    for (const options of [{}, shown(other.sign('impostor'))]) {
      const refused = await dial(tls, options).catch(() => undefined); // In TLS 1.3 it is told after the hands are shaken.
      refused?.socket.on('error', () => undefined).write(counted('<34>a stranger'));
      await eventually('it is cut off', () => refused === undefined || refused.socket.destroyed);
    }
    await eventually('both are told', () => facts.rejected('bad_signature') === 2);
    connectPlain(tls, '127.0.0.1').write('<34>1 - a message that is not over TLS\n');
    await eventually('it is told', () => facts.rejected('malformed') === 1);
    expect(facts.of('source.rejected').map(({ detail }) => detail?.replace(/^.*: /, ''))).toEqual([
      'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'ERR_SSL_WRONG_VERSION_NUMBER',
    ]);
    // More than one address may have at once, one after the other.
    for (let i = 0; i < 110; i += 1) {
      const socket = connectPlain(tls, '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.destroy();
    }
    await eventually('room', async () => (await dial(tls, shown(first)).catch(() => undefined)) !== undefined);
    expect(sink.has('<34>a stranger')).toBe(false);
    // Who only looks whether the port is open is no reason to warn.
    await eventually('all are counted', () => facts.rejected('ignored') === 110);
    expect(facts.of('source.rejected').length).toBe(113);
  }));

const RSYSLOGD = '/usr/sbin/rsyslogd';
(existsSync(RSYSLOGD) || process.env['CI'] ? test : test.skip)('what rsyslog forwards, in each of its ways', () =>
  listening(undefined, async ({ udp, tcp, tls }, sink) => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('app.log'), 'one line\nanother line\n');
    const forward = (port = 0, more = ''): string =>
      `*.* action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" ${more})`;
    const counting = 'TCP_Framing="octet-counted"';
    const lines = [
      `global(workDirectory="${folder}" DefaultNetstreamDriverCAFile="${authority.cert}")`,
      ...['module(load="imfile")', `input(type="imfile" file="${at('app.log')}" tag="app:")`],
      `*.* action(type="omfwd" target="127.0.0.1" port="${udp}" protocol="udp")`,
      forward(tcp),
      forward(tcp, `${counting} template="RSYSLOG_SyslogProtocol23Format"`),
      forward(tls, `${counting} StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid"`),
    ];
    writeFileSync(at('rsyslog.conf'), `${lines.join('\n')}\n`);
    const agent = spawn(RSYSLOGD, ['-n', '-f', at('rsyslog.conf'), '-i', at('rsyslog.pid')], { stdio: 'ignore' });
    try {
      const texts = (part: RegExp): number => sink.texts().filter((text) => part.test(text)).length;
      // Over UDP the two may come in one piece or in two.
      await eventually(
        'both by all',
        () => texts(/<133>.*app.* one line\s/) === 4 && texts(/<133>.*app.* another line\s+$/) === 4,
      );
      const ways = sink.taken.map(({ origin }) => origin.locator.replace(/^.*\(|\)$/g, ''));
      expect(new Set(ways)).toEqual(new Set(['udp', 'tcp', 'tls']));
      expect(facts.of('source.rejected')).toEqual([]);
    } finally {
      agent.kill('SIGKILL');
    }
  }),
);
