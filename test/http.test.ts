import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../src/core/errors.ts';
import type { IngressCall } from '../src/core/ingress.ts';
import { createHttp, type Http, type HttpNeeds } from '../src/ops/http.ts';
import { eventually, gate } from './support/eventually.ts';
import { testMetrics } from './support/journal.ts';

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
  const http = createHttp({ ...any, ready: () => [], scrape: testMetrics().scrape, ...more });
  open.push(http);
  return { http, ...(await http.listen()) };
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

  test.each([{ connections: 2 }, { connectionsPerAddress: 2 }])(
    'more connections than %j are refused',
    async (limits) => {
      const { ingressUrl } = await started({ limits });
      const sockets = Array.from({ length: 3 }, () => connect(Number(new URL(ingressUrl).port), '127.0.0.1'));
      const closed = sockets.map((socket) => {
        socket.on('error', () => undefined);
        return once(socket, 'close').then(() => 'closed');
      });
      const begun = performance.now();
      expect(await Promise.race(closed)).toBe('closed');
      expect(performance.now() - begun).toBeLessThan(5_000); // Long before it would be for its silence.
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  );
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
