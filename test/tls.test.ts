import { once } from 'node:events';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { openCertificates } from '../src/app-tls.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import type { TurnReason } from '../src/core/ingress.ts';
import { fixedSecret } from '../src/core/live-secret.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { createHttp } from '../src/ops/http.ts';
import { httpLogs } from '../src/sources/index.ts';
import { scratch } from './support/benches.ts';
import { createAuthority, type Pair } from './support/certificates.ts';
import { eventually } from './support/eventually.ts';
import { testMetrics } from './support/journal.ts';
import { createFacts, createSink } from './support/sink.ts';

const dir = scratch();
const authority = createAuthority(dir);
const server = authority.sign('server');
const renewed = authority.sign('renewed');
const agent = authority.sign('agent');
const stranger = createAuthority(dir, 'stranger').sign('agent', 'stranger-agent');
afterAll(() => rmSync(dir, { recursive: true }));

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const files = { cert: join(dir, 'live.crt'), key: join(dir, 'live.key') };
const put = ({ cert, key }: Pair): void => {
  copyFileSync(cert, files.cert);
  copyFileSync(key, files.key);
};

/** The real ingress with TLS, and the log source behind it. */
const started = async ({ clientCa = authority.cert, token }: { clientCa?: string; token?: Secret } = {}) => {
  const facts = createFacts();
  const sink = createSink();
  put(server);
  const certificates = openCertificates({ tls: { ...files, clientCa } }, { record: facts.record, lookMs: 20 });
  closing.push(() => certificates?.close());
  const any = { host: '127.0.0.1', port: 0, opsHost: '127.0.0.1', opsPort: 0, version: '1', mode: 'delete' } as const;
  const limits = { headersMs: 400, connections: 3 };
  const turned: TurnReason[] = [];
  const turnedAway = (reason: TurnReason) => void turned.push(reason);
  const http = createHttp({ ...any, ready: () => [], scrape: testMetrics().scrape, certificates, limits, turnedAway });
  const { ingressUrl } = await http.listen();
  closing.push(() => http.close(100));
  const stop = new AbortController();
  const needs = { ingress: http.ingress, clock, record: facts.record };
  const running = httpLogs({ ...needs, token: token && fixedSecret(token), certificates: true }).run(
    sink.emit,
    stop.signal,
  );
  closing.push(() => {
    stop.abort();
    return running;
  });
  return { facts, sink, turned, url: ingressUrl, port: Number(new URL(ingressUrl).port) };
};

const ca = readFileSync(authority.cert);
const shown = (pair?: Pair) => (pair ? { cert: readFileSync(pair.cert), key: readFileSync(pair.key) } : {});

const post = async (url: string, pair?: Pair, headers: Record<string, string> = {}): Promise<number> => {
  const call = request(`${url}/logs`, {
    ...{ method: 'POST', agent: false, ca, ...shown(pair) },
    headers: { 'content-type': 'text/plain', ...headers },
  });
  call.end('text');
  const [answer] = await once(call, 'response');
  answer.resume();
  return answer.statusCode;
};

/** The name in the certificate that the server shows. */
const nameAt = async (port: number, how: ConnectionOptions = {}): Promise<string> => {
  const socket = connect({ port, host: '127.0.0.1', ca, ...how });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return `${subject.CN}`;
};

describe('TLS of the ingress', () => {
  test('a certificate of our authority comes in, or the token; any other certificate says nothing', async () => {
    const token = sample('logs token', 32);
    const { url, sink, facts } = await started({ token: new Secret(token) });
    expect(url).toMatch(/^https:/);
    expect(await post(url, agent)).toBe(200);
    expect(sink.taken[0]?.origin.locator).toBe('POST /logs from 127.0.0.1 (O=acme, CN=agent)');
    expect(await post(url, undefined, { authorization: `Bearer ${token}` })).toBe(200);
    expect(await post(url)).toBe(401);
    expect(await post(url, stranger)).toBe(401);
    expect(facts.rejected('bad_signature')).toBe(2);
  });

  test('a renewed certificate is taken up; a broken one is told of, and the old one stays', async () => {
    const { port, facts } = await started();
    expect(await nameAt(port)).toBe('server');
    put(renewed);
    await eventually('the new one', async () => (await nameAt(port)) === 'renewed');
    writeFileSync(files.key, 'half a ke');
    const [fact] = await eventually('it is told', () => {
      const raised = facts.of('fault.raised').filter(({ detail }) => detail.includes('tls.key (TLS_KEY)'));
      return raised.length > 0 && raised;
    });
    expect(fact).toMatchObject({ code: 'tls.not-renewed' });
    expect(await nameAt(port)).toBe('renewed');
    put(server);
    await eventually('the next one', async () => (await nameAt(port)) === 'server');
    const unread = () => facts.of('fault.raised').filter(({ detail }) => detail.includes('ENOENT')).length;
    rmSync(files.key);
    await eventually('it is told that it is gone', () => unread() === 1);
    await pause(200);
    expect(unread()).toBe(1);
    put(server);
    await pause(100);
    rmSync(files.key);
    await eventually('it is told again', () => unread() === 2);
    put(renewed);
    await eventually('one more', async () => (await nameAt(port)) === 'renewed');
  });

  test('old versions, no TLS at all, slow handshakes and too many connections are cut off', async () => {
    const { port, url, turned } = await started();
    const old = connect({ port, host: '127.0.0.1', ca, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' });
    const [error] = await once(old, 'error');
    expect(String(error)).toMatch(/protocol|version|ssl/i);
    const closed = async (first?: string): Promise<void> => {
      const socket = connectPlain(port, '127.0.0.1');
      socket.on('error', () => undefined);
      if (first) socket.write(first);
      socket.resume();
      await once(socket, 'close');
    };
    await closed('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(turned).toEqual(['garbage', 'garbage']);
    // Three that say nothing; a fourth comes in, and the first must go.
    const order: number[] = [];
    await Promise.all([0, 1, 2, 3].map((nth) => closed().then(() => order.push(nth))));
    expect(order[0]).toBe(0);
    expect(turned.slice(2)).toEqual(['idle', 'slow', 'slow', 'slow']);
    expect(await post(url, agent)).toBe(200);
  });

  test('with TLS too, a connection with a call under way is not taken for an idle one', async () => {
    const { sink, url, port, turned } = await started();
    sink.shut();
    const under = post(url, agent);
    await eventually('it to be read', () => sink.called.length === 1);
    const idle = [0, 1, 2].map(() => connect({ port, host: '127.0.0.1', ca }));
    await Promise.race(idle.map((socket) => once(socket, 'close')));
    expect(turned).toEqual(['idle']);
    sink.open();
    expect(await under).toBe(200);
    for (const socket of idle) socket.destroy();
  });

  test('files that cannot be used stop the start, and name their setting', () => {
    put(server);
    const start = (tls: { cert?: string; key?: string; clientCa?: string }) =>
      openCertificates({ tls: { ...files, ...tls } }, createFacts());
    const junk = join(dir, 'junk');
    writeFileSync(junk, 'junk');
    const wrong = [
      [{ key: join(dir, 'nowhere') }, 'tls.key (TLS_KEY): cannot be read (ENOENT)'],
      [{ cert: dir }, 'tls.cert (TLS_CERT): cannot be read (EISDIR)'],
      [{ cert: junk }, 'tls.cert (TLS_CERT): is no certificate in PEM'],
      [{ key: agent.key }, 'tls.key (TLS_KEY): is not the private key of tls.cert in PEM'],
      [{ clientCa: junk }, 'tls.clientCa (TLS_CLIENT_CA): is no certificate in PEM'],
    ] as const;
    for (const [tls, told] of wrong) {
      expect(() => start(tls)).toThrow(`config.invalid: ${told}`);
    }
    expect(openCertificates({ tls: {} }, createFacts())).toBeUndefined();
  });
});
