import { EventEmitter, once } from 'node:events';
import { type ClientRequest, request, type Server } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import type { IngressCall, TurnReason } from '../src/core/ingress.ts';
import { boundConnections } from '../src/ops/connections.ts';
import { createHttp, type Http, type HttpNeeds } from '../src/ops/http.ts';
import { createTurnedAway } from '../src/ops/turned-away.ts';
import { eventually, gate } from './support/eventually.ts';
import { testMetrics } from './support/journal.ts';
import { createFacts } from './support/sink.ts';

const open: Http[] = [];
afterEach(async () => {
  for (const http of open.splice(0)) await http.close(500);
});

const started = async (more: Partial<HttpNeeds> = {}) => {
  const any = {
    host: '127.0.0.1',
    port: 0,
    opsHost: '127.0.0.1',
    opsPort: 0,
    version: '1.2.3',
    mode: 'delete',
  } as const;
  const turned: TurnReason[] = [];
  const turnedAway = (reason: TurnReason) => void turned.push(reason);
  const http = createHttp({ ...any, ready: () => [], scrape: testMetrics().scrape, turnedAway, ...more });
  open.push(http);
  return { http, turned: () => turned, ...(await http.listen()) };
};

const whole = async ({ body }: IngressCall): Promise<Buffer> => {
  const pieces = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
};

/** Bytes in, bytes out, on a bare socket. */
const spoken = async (url: string, text: string): Promise<string> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let heard = '';
  socket.on('data', (bytes) => {
    heard += String(bytes);
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return heard;
};

const posting = (url: string, headers: Record<string, string> = {}): ClientRequest => {
  const call = request(url, { method: 'POST', headers });
  call.on('error', () => undefined);
  return call;
};

describe('the ingress', () => {
  test.each([
    ['application/json', Buffer.from('{"a": 1}')],
    ['text/plain', Buffer.from('{"broken')],
    ['application/octet-stream', Buffer.from([0, 255, 254, 13, 10])],
    ['no/such; type', Buffer.from('x')],
    [undefined, Buffer.from('y')],
  ])('hands over the raw bytes of %s', async (type, sent) => {
    const { http, ingressUrl } = await started();
    let got: Buffer | undefined;
    http.ingress.post('/logs', async (call) => {
      got = await whole(call);
      return { status: 202, body: call.headers['x-mark'] === 'yes' ? 'marked' : '', headers: { 'x-answer': 'kept' } };
    });
    const headers = { 'x-mark': 'yes', ...(type && { 'content-type': type }) };
    const answer = await fetch(`${ingressUrl}/logs?x=1`, { method: 'POST', body: new Uint8Array(sent), headers });
    expect([answer.status, await answer.text(), answer.headers.get('x-answer')]).toEqual([202, 'marked', 'kept']);
    expect(got).toEqual(sent);
  });

  test('knows its paths and its method; a path that is taken away is 503', async () => {
    const { http, ingressUrl } = await started();
    http.ingress.post('/logs', async () => ({ status: 200 }));
    const status = async (path: string, method: string) => (await fetch(ingressUrl + path, { method })).status;
    expect(await status('/logs', 'POST')).toBe(200);
    expect(await status('/logs', 'GET')).toBe(405);
    expect(await status('/nothing', 'POST')).toBe(404);
    expect(await status('/metrics', 'GET')).toBe(404);
    expect(await status('/%zz', 'POST')).toBe(400);
    http.ingress.post('/logs', undefined);
    expect(await status('/logs', 'POST')).toBe(503);
    http.ingress.post('/logs', async () => ({ status: 204 }));
    expect(await status('/logs', 'POST')).toBe(204);
  });

  test('an answer that throws says nothing of itself; it is told to us', async () => {
    const told: unknown[] = [];
    const { http, ingressUrl } = await started({ failed: (error) => told.push(error) });
    http.ingress.post('/full', async () => Promise.reject(new Fault('store.full', 'disk of the finance team')));
    http.ingress.post('/bug', async () => Promise.reject(new TypeError('inner thing')));
    for (const [path, status] of [
      ['/full', 503],
      ['/bug', 500],
    ] as const) {
      const answer = await fetch(ingressUrl + path, { method: 'POST' });
      expect(answer.status).toBe(status);
      expect(await answer.text()).not.toMatch(/finance|inner/);
    }
    expect(told.map(String)).toEqual(['Fault: store.full: disk of the finance team', 'TypeError: inner thing']);
  });

  test('a giant body streams: reading slowly holds the sender back', async () => {
    const { http, ingressUrl } = await started();
    const door = gate();
    let bytes = 0;
    http.ingress.post('/logs', async ({ body }) => {
      for await (const piece of body) {
        bytes += piece.length;
        if (bytes > 100_000) await door.passed;
      }
      return { status: 200 };
    });
    const call = posting(`${ingressUrl}/logs`);
    const answered = once(call, 'response');
    const piece = Buffer.alloc(1024 * 1024);
    let sent = 0;
    while (sent < 64 && call.write(piece)) sent += 1;
    for (sent += 1; sent < 64; sent += 1) call.write(piece);
    call.end();
    await eventually('some is read', () => bytes > 100_000);
    expect(bytes).toBeLessThan(2 * 1024 * 1024);
    expect(call.writableLength).toBeGreaterThan(40 * 1024 * 1024);
    door.open();
    const [answer] = await answered;
    expect([answer.statusCode, bytes]).toEqual([200, 64 * 1024 * 1024]);
    answer.resume();
  });

  test('an early answer arrives although the body does not end, and the sender is cut off', async () => {
    const { http, ingressUrl } = await started();
    http.ingress.post('/logs', async () => ({ status: 413, body: 'too large' }));
    const call = posting(`${ingressUrl}/logs`);
    const endless = setInterval(() => call.write(Buffer.alloc(10_000)), 5);
    const [answer] = await once(call, 'response');
    expect(answer.statusCode).toBe(413);
    answer.resume();
    // Being cut off may show as a reset, when the next bytes are sent.
    call.on('error', () => undefined);
    await new Promise((closed) => call.once('close', closed));
    clearInterval(endless);
  });

  test('a sender that goes away makes the body reject', async () => {
    const told: unknown[] = [];
    const { http, ingressUrl } = await started({ failed: (error) => told.push(error) });
    let gone: unknown;
    let came = false;
    http.ingress.post('/logs', async (call) => {
      came = true;
      await whole(call).catch((error: unknown) => {
        gone = error;
        throw error;
      });
      return { status: 200 };
    });
    const call = posting(`${ingressUrl}/logs`, { 'content-length': '1000' });
    call.write('half');
    await eventually('it to come', () => came);
    call.destroy();
    expect(await eventually('noticed', () => gone)).toMatchObject({ code: 'ECONNRESET' });
    expect(told).toEqual([]);
  });

  test('headers that trickle, bodies that stall and headers that never end are cut off', async () => {
    const { http, ingressUrl } = await started({ limits: { headersMs: 500, callMs: 1000 } });
    http.ingress.post('/logs', async (call) => ({ status: 200, body: String((await whole(call)).length) }));
    const slow = await spoken(ingressUrl, 'POST /logs HTTP/1.1\r\nHost: x\r\nX-');
    expect(slow).toMatch(/^HTTP\/1.1 408 |^$/);
    const stalled = await spoken(ingressUrl, 'POST /logs HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
    expect(stalled).toMatch(/^HTTP\/1.1 408 |^$/);
    expect(await spoken(ingressUrl, '')).toMatch(/^HTTP\/1.1 408 |^$/);
    const endless = await spoken(ingressUrl, `POST /logs HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n`);
    expect(endless).toMatch(/^HTTP\/1.1 431 /);
    const nonsense = await spoken(ingressUrl, '\u0016\u0003\u0001 hello\r\n\r\n');
    expect(nonsense).toMatch(/^HTTP\/1.1 400 /);
    expect((await fetch(`${ingressUrl}/logs`, { method: 'POST', body: 'abc' })).status).toBe(200);
  });

  test('a place nobody hears at, a method it does not know, and what is no HTTP are told apart and counted', async () => {
    const { http, ingressUrl, turned } = await started({ limits: { headersMs: 500 } });
    http.ingress.post('/logs', async () => ({ status: 200 }));
    http.ingress.post('/v1/logs', async () => ({ status: 200 }));
    http.ingress.post('/gone', undefined);
    const wrong = await fetch(`${ingressUrl}/logs/`, { method: 'POST', body: 'x' });
    expect([wrong.status, await wrong.text()]).toEqual([404, 'no such path; sent to with POST: /logs, /v1/logs\n']);
    expect((await fetch(`${ingressUrl}/logs`, { method: 'PUT', body: 'x' })).status).toBe(405);
    expect(turned()).toEqual(['path', 'method']);
    expect(await spoken(ingressUrl, 'PROPFIND /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/ 404 /);
    expect((await fetch(`${ingressUrl}/%zz`, { method: 'POST' })).status).toBe(400);
    expect(turned().slice(2)).toEqual(['path', 'path']);
    await spoken(ingressUrl, '\u0016\u0003\u0001 hello\r\n\r\n');
    await spoken(ingressUrl, `POST /logs HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n`);
    await spoken(ingressUrl, 'POST /logs HTTP/1.1\r\nHost: x\r\nX-');
    expect(turned().slice(4)).toEqual(['garbage', 'garbage', 'slow']);
    const gone = connect(Number(new URL(ingressUrl).port), '127.0.0.1');
    gone.end('POST /logs HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc').resume();
    await once(gone, 'close');
    expect(turned().length).toBe(7);
    const expecting = (what: string) =>
      spoken(
        ingressUrl,
        `POST /logs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: ${what}\r\nContent-Length: 0\r\n\r\n`,
      );
    expect(await expecting('100-continue')).toMatch(/^HTTP\/1.1 100 .*HTTP\/1.1 200 /s);
    expect(turned().length).toBe(7);
    expect(await expecting('a wonder')).toMatch(/^HTTP\/1.1 417 /);
    expect(await spoken(ingressUrl, 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1.1 405 /);
    expect(turned().slice(7)).toEqual(['garbage', 'method']);
  });
});

describe('connections', () => {
  const [A, B, C] = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];

  /** Four connections at most; calls are answered when the door is opened. */
  const crowded = async () => {
    const { http, ingressUrl, turned } = await started({ limits: { connections: 4 } });
    const door = gate();
    let heard = 0;
    http.ingress.post('/logs', async () => {
      heard += 1;
      await door.passed;
      return { status: 200 };
    });
    const { port } = new URL(ingressUrl);
    const closed: string[] = [];
    const sockets: Socket[] = [];
    const opened = async (localAddress: string, name: string, says = ''): Promise<Socket> => {
      const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress });
      sockets.push(socket);
      socket.on('error', () => undefined).once('close', () => closed.push(name));
      await once(socket, 'connect');
      if (says) socket.write(says);
      return socket;
    };
    return {
      ...{ door, closed, turned },
      idle: opened,
      async busy(from: string, name: string) {
        const before = heard;
        const socket = await opened(from, name, 'POST /logs HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx');
        const answer = once(socket, 'data').then(([bytes]) => String(bytes).split(' ')[1]);
        answer.catch(() => undefined);
        await eventually(`${name} to be heard`, () => heard > before || closed.includes(name));
        return { answer };
      },
      async end() {
        door.open();
        for (const socket of sockets) socket.destroy();
        await eventually('all to be closed', () => closed.length === sockets.length);
      },
    };
  };

  test('two senders with many idle ones keep nobody out: the longest idle of who holds most makes room', async () => {
    const { idle, busy, closed, turned, door, end } = await crowded();
    await idle(A, 'a1');
    await idle(B, 'b1');
    await idle(B, 'b2');
    await idle(B, 'b3');
    const first = await busy(C, 'c1');
    const second = await busy(C, 'c2');
    await eventually('two to go', () => closed.length === 2);
    expect([closed, turned()]).toEqual([
      ['b1', 'b2'],
      ['idle', 'idle'],
    ]);
    door.open();
    expect([await first.answer, await second.answer]).toEqual(['200', '200']);
    await end();
  });

  test('a call that ended makes its connection the one that is idle shortest', async () => {
    const { idle, busy, closed, door, end } = await crowded();
    const { answer } = await busy(A, 'a1');
    await idle(A, 'a2');
    await idle(A, 'a3');
    await idle(B, 'b1');
    door.open();
    await answer;
    await idle(C, 'c1');
    await eventually('one to go', () => closed.length === 1);
    expect(closed).toEqual(['a2']);
    await end();
  });

  test('while all have calls under way, one of who holds most gives way to who holds less, and to nobody else', async () => {
    const { busy, closed, turned, end } = await crowded();
    for (const name of ['a1', 'a2', 'a3']) await busy(A, name);
    await busy(B, 'b1');
    await busy(C, 'c1');
    await eventually('one to go', () => closed.length === 1);
    expect(closed).toEqual(['a3']);
    // Who holds most already has no more than that.
    await busy(A, 'a4');
    await eventually('it to be turned away', () => closed.length === 2);
    expect(closed[1]).toBe('a4');
    expect(turned()).toEqual(['full', 'full']);
    await end();
  });

  test('one sender alone may have them all, and its own idle one makes room for its next', async () => {
    const { idle, busy, closed, turned, end } = await crowded();
    for (const name of ['a1', 'a2', 'a3']) await busy(A, name);
    await idle(A, 'a4');
    await busy(A, 'a5');
    await eventually('one to go', () => closed.length === 1);
    expect([closed, turned()]).toEqual([['a4'], ['idle']]);
    await end();
  });

  test('strangers that do nothing leave before a call under way, however many each of them holds', async () => {
    const { idle, busy, closed, turned, door, end } = await crowded();
    const calls = [await busy(A, 'a1'), await busy(A, 'a2')];
    await idle(B, 'b1');
    await idle(C, 'c1');
    await idle('127.0.0.5', 'd1');
    calls.push(await busy(A, 'a3'));
    await eventually('two to go', () => closed.length === 2);
    expect([closed, turned()]).toEqual([
      ['b1', 'c1'],
      ['idle', 'idle'],
    ]);
    door.open();
    expect(await Promise.all(calls.map(({ answer }) => answer))).toEqual(['200', '200', '200']);
    await end();
  });

  test('addresses of one /64 are one holder', () => {
    const server = new EventEmitter();
    const gone: string[] = [];
    boundConnections(server as Server, 3, (_, from) => gone.push(from));
    const come = (remoteAddress: string, remotePort: number): void => {
      server.emit('connection', Object.assign(new EventEmitter(), { remoteAddress, remotePort, destroy: () => 0 }));
    };
    const others = ['2001:db8:0:2::1', '::ffff:192.0.2.1', '::ffff:192.0.2.2', '192.0.2.3', 'fe80::1%lo', '::1'];
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff::1', ...others].forEach(come);
    expect(gone).toEqual(['2001:db8:0:1::1', '2001:db8:0:1:ffff::1', ...others.slice(0, 3)]);
    gone.length = 0;
    // Whoever has one already makes room for its next, though others were idle for longer.
    ['2001:db8:0:3::1', '2001:db8::3:1:2:3:4', '2001:db8:0:3:1:2:3:4', '192.0.2.9'].forEach(come);
    expect(gone).toEqual(['192.0.2.3', '2001:db8:0:3::1', '2001:db8::3:1:2:3:4', 'fe80::1%lo']);
  });
});

describe('turned away', () => {
  test('each is counted; of each kind the log says only one in ten minutes', () => {
    const facts = createFacts();
    let now = 0;
    const clock = { ...systemClock, monotonic: () => now };
    const turnedAway = createTurnedAway({ clock, record: facts.record });
    for (const reason of ['path', 'path', 'slow'] as const) turnedAway(reason, '192.0.2.1');
    now = 600_000;
    turnedAway('path', '192.0.2.2');
    const said = facts.of('ingress.turned-away').map(({ reason, quiet, from }) => [reason, quiet, from]);
    expect(said).toEqual([
      ['path', false, '192.0.2.1'],
      ['path', true, '192.0.2.1'],
      ['slow', false, '192.0.2.1'],
      ['path', false, '192.0.2.2'],
    ]);
  });
});

describe('stop', () => {
  test('a call under way ends; a new one is not accepted', async () => {
    const { http, ingressUrl } = await started();
    const door = gate();
    let begun = false;
    http.ingress.post('/logs', async () => {
      begun = true;
      await door.passed;
      return { status: 200, body: 'durable' };
    });
    const under = fetch(`${ingressUrl}/logs`, { method: 'POST', body: 'x' });
    await eventually('begun', () => begun);
    const closed = http.close(10_000);
    await eventually('refused', () =>
      fetch(ingressUrl).then(
        () => false,
        () => true,
      ),
    );
    door.open();
    expect(await (await under).text()).toBe('durable');
    const since = performance.now();
    await closed;
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  test('a call that does not end is cut off', async () => {
    const { http, ingressUrl } = await started();
    let begun = false;
    http.ingress.post('/logs', async () => {
      begun = true;
      return new Promise(() => undefined);
    });
    const under = fetch(`${ingressUrl}/logs`, { method: 'POST', body: 'x' }).then(
      () => 'answered',
      () => 'cut off',
    );
    await eventually('begun', () => begun);
    await http.close(200);
    expect(await under).toBe('cut off');
  });
});

describe('the ops address', () => {
  test('/metrics in both formats', async () => {
    const { opsUrl } = await started();
    const text = await fetch(`${opsUrl}/metrics`);
    expect(text.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await text.text()).toMatch(/^# TYPE keyfuse_incidents_total counter$/m);
    const open = await fetch(`${opsUrl}/metrics`, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0' },
    });
    expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const body = await open.text();
    expect(body).toMatch(/^# TYPE keyfuse_incidents counter$/m);
    expect(body).toMatch(/^keyfuse_incidents_total\{outcome="revoked"\} 0$/m);
    expect(body).toMatch(/\n# EOF\n$/);
  });

  test('/readyz gives the reasons, /healthz never fails for them', async () => {
    const problems: string[] = [];
    const degraded: string[] = [];
    const { opsUrl } = await started({ ready: () => problems, degraded: () => degraded });
    const ready = async () => {
      const answer = await fetch(`${opsUrl}/readyz`);
      return [answer.status, await answer.json()];
    };
    expect(await ready()).toEqual([200, { ready: true, problems: [], degraded: [], mode: 'delete' }]);
    degraded.push('halted');
    expect(await ready()).toEqual([200, { ready: true, problems: [], degraded: ['halted'], mode: 'delete' }]);
    problems.push('stopping');
    expect(await ready()).toEqual([
      503,
      { ready: false, problems: ['stopping'], degraded: ['halted'], mode: 'delete' },
    ]);
    expect((await fetch(`${opsUrl}/healthz`)).status).toBe(200);
    expect((await fetch(`${opsUrl}/healthz`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${opsUrl}/admin`)).status).toBe(404);
  });

  test('the page names the endpoints and cannot hide the watch mode', async () => {
    const { opsUrl } = await started({ mode: 'watch', ready: () => ['<img src=x onerror=alert(1)>'] });
    const page = await fetch(opsUrl, { headers: { accept: 'text/html' } });
    const html = await page.text();
    expect(html).toContain('<p class="watch" role="alert">WATCH MODE: live keys are not deleted</p>');
    expect(html).toContain('href="/metrics"');
    expect(html).toContain('keyfuse 1.2.3');
    expect(html).not.toContain('<img');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; /);
    expect(policy).not.toContain('unsafe');
    const json = (await (await fetch(opsUrl)).json()) as Record<string, unknown>;
    expect(json).toMatchObject({ version: '1.2.3', mode: 'watch', warning: 'WATCH MODE: live keys are not deleted' });
    expect(await (await fetch(`${opsUrl}/readyz`)).json()).toMatchObject({
      mode: 'watch',
      warning: expect.any(String),
    });
  });

  test('a default that deletes shows no warning', async () => {
    const { opsUrl } = await started();
    expect(await (await fetch(opsUrl, { headers: { accept: 'text/html' } })).text()).not.toContain('role="alert"');
  });
});

describe('two listeners', () => {
  test('neither serves the paths of the other', async () => {
    const { http, ingressUrl, opsUrl } = await started();
    http.ingress.post('/logs', async () => ({ status: 200 }));
    expect((await fetch(`${opsUrl}/logs`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${ingressUrl}/healthz`)).status).toBe(404);
  });

  test('the ops address answers while senders hang', async () => {
    const { http, ingressUrl, opsUrl } = await started();
    http.ingress.post('/logs', () => new Promise(() => undefined));
    const hanging = Array.from({ length: 20 }, () => posting(`${ingressUrl}/logs`).end('x'));
    expect((await fetch(`${opsUrl}/healthz`)).status).toBe(200);
    for (const call of hanging) call.destroy();
  });

  test.each([
    ['port', 'HOST, PORT'],
    ['opsPort', 'OPS_HOST, OPS_PORT'],
  ])('a taken %s names its setting, and neither stays open', async (which, settings) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const error = await started({ [which]: port }).catch((it: unknown) => it);
    expect(error).toMatchObject({ code: 'address.in-use', next: 'exit' });
    expect(String(error)).toContain(`127.0.0.1:${port} (${settings}): EADDRINUSE`);
    taken.close();
  });

  test('an address that is not ours', async () => {
    await expect(started({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'address.in-use' });
  });
});
