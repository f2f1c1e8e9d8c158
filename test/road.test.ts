import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../src/core/clock.ts';
import type { Fact } from '../src/core/facts.ts';
import type { Answer, Issuer, Operation } from '../src/core/issuer.ts';
import { fixedSecret, type LiveSecret } from '../src/core/live-secret.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { createLane } from '../src/issuers/lane.ts';
import { createIssuer } from '../src/issuers/road.ts';
import { createRenewing } from '../src/secrets/renewing.ts';
import { eventually } from './support/eventually.ts';

const credential = new Secret(`sk_test_${sample('road', 30)}`);
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Play = (request: IncomingMessage, response: ServerResponse) => void;

const road = async (play: Play, over: Partial<Parameters<typeof createIssuer>[0]> = {}) => {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    play(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const baseUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const facts: Fact[] = [];
  const issuer = createIssuer(
    {
      ...{ issuer: 'workos', environment: 'test', credential: fixedSecret(credential), baseUrl },
      ...{ deadlineMs: 400, bodyBytes: 4096, perSecond: 1000, concurrency: 4, patienceMs: 500, ...over },
    },
    { clock: systemClock, record: async (fact) => void facts.push(fact) },
  );
  return { issuer, seen, facts, baseUrl };
};

const get = (issuer: Issuer, path = '/thing', operation: Operation = 'validate'): Promise<Answer> =>
  issuer.ask(operation, ({ fetch, baseUrl }) =>
    fetch(new URL(path, baseUrl), { headers: { authorization: 'Bearer no' } }),
  );

const answer =
  (status: number, body = '', headers: Record<string, string> = {}): Play =>
  (_, response) => {
    response.writeHead(status, headers).end(body);
  };

describe('the road to an issuer', () => {
  test('puts our credential on, whatever the SDK put there, and gives the raw answer', async () => {
    const { issuer, seen, facts } = await road(answer(200, '{"api_key":null}'));
    expect(await get(issuer)).toEqual({ status: 200, json: { api_key: null } });
    expect(seen[0]?.headers.authorization).toBe(`Bearer ${credential.expose()}`);
    expect(facts).toMatchObject([{ type: 'issuer.answered', operation: 'validate', class: '2xx' }]);
    expect(JSON.stringify(facts)).not.toContain(credential.expose());
  });

  test.each<[string, Play, Partial<Answer>]>([
    ['HTML is no answer that we know', answer(200, '<html>'), { status: 200, json: undefined }],
    ['403 is told as it is', answer(403, '{}'), { status: 403, json: {} }],
    ['404 is told as it is', answer(404, '{"message":"no"}'), { status: 404, json: { message: 'no' } }],
    ['204 has no body', answer(204), { status: 204, json: undefined }],
    ['500', answer(500, '{}'), { silence: 'server-error' }],
    ['503 as HTML', answer(503, '<html>'), { silence: 'server-error' }],
    ['a redirect is not followed', answer(302, '', { location: 'http://127.0.0.1:1/' }), { silence: 'redirect' }],
    ['a body past the cap', answer(200, 'x'.repeat(5000)), { silence: 'too-large' }],
    ['429 with seconds', answer(429, '', { 'retry-after': '7' }), { silence: 'throttled', retryAfterMs: 7000 }],
    ['429 with nonsense', answer(429, '', { 'retry-after': 'soon' }), { silence: 'throttled', retryAfterMs: 2000 }],
    ['429 for a year', answer(429, '', { 'retry-after': '31536000' }), { silence: 'throttled', retryAfterMs: 600_000 }],
    ['a reset', (request) => request.socket.destroy(), { silence: 'unreachable' }],
    ['silence', () => undefined, { silence: 'timeout' }],
    ['a body that never ends', (_, response) => void response.writeHead(200).write('{"api_'), { silence: 'timeout' }],
  ])('%s', async (_, play, expected) => {
    const { issuer } = await road(play);
    expect(await get(issuer)).toEqual(expected);
  });

  test('a call that is given up takes its connection along; others keep theirs', async () => {
    const given: Promise<unknown>[] = [];
    const { issuer, seen } = await road((request, response) => {
      if (request.url === '/slow') given.push(new Promise((resolve) => request.socket.once('close', resolve)));
      else response.end('{}');
    });
    expect(await get(issuer, '/slow')).toEqual({ silence: 'timeout' });
    await Promise.all(given);
    await get(issuer);
    await get(issuer);
    expect(seen[2]?.socket).toBe(seen[1]?.socket);
    expect(seen[0]?.socket).not.toBe(seen[1]?.socket);
  });

  test('a spare call takes no turn that somebody wants, and waits for none', async () => {
    const { issuer, seen } = await road(() => undefined, { concurrency: 1, deadlineMs: 2_000 });
    const usual = get(issuer);
    await eventually('it is under way', () => seen.length === 1);
    expect(await get(issuer, '/thing', 'spare')).toMatchObject({ silence: 'throttled' });
    expect(await usual).toEqual({ silence: 'timeout' });
    const slow = await road(answer(200, '{}'), { perSecond: 0.5, patienceMs: 0 });
    for (const _ of [1, 2]) expect(await get(slow.issuer, '/thing', 'spare')).toHaveProperty('status', 200);
    expect(await get(slow.issuer, '/thing', 'spare')).toMatchObject({ silence: 'throttled' });
    expect(await get(slow.issuer, '/thing', 'prove')).toHaveProperty('status', 200);
  });

  test('429 with a date, and the lane stays closed until then', async () => {
    const { issuer, seen } = await road(
      answer(429, '', { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }),
    );
    const first = await get(issuer);
    expect('retryAfterMs' in first && first.retryAfterMs).toBeGreaterThan(30_000);
    const second = await get(issuer);
    expect(second).toMatchObject({ silence: 'throttled' });
    expect(seen).toHaveLength(1);
  });

  test('401 is about us: a fault that halts, and names the environment only', async () => {
    const { issuer } = await road(answer(401, `{"message":"${credential.expose()}"}`));
    const fault = await get(issuer).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'issuer.credential-refused', next: 'halt' });
    expect(String(fault)).not.toContain(credential.expose());
  });

  test('it is said once that we are refused, and once that we are taken again; silence says nothing', async () => {
    let status = 200;
    const { issuer, facts } = await road((request, response) => answer(status)(request, response));
    const asked = async (next: number) => {
      status = next;
      await get(issuer).catch(() => undefined);
      return facts.splice(0).flatMap(({ type }) => (type.startsWith('credential.') ? [type] : []));
    };
    for (const fine of [200, 404]) expect(await asked(fine)).toEqual([]);
    expect(await asked(401)).toEqual(['credential.refused']);
    for (const still of [401, 403, 503, 429]) expect(await asked(still)).toEqual([]);
  });

  test('a credential that was refused and is right again', async () => {
    const statuses = [401, 503, 404, 200];
    const { issuer, facts } = await road((request, response) => answer(statuses.shift() ?? 500)(request, response));
    for (const _ of [1, 2, 3, 4]) await get(issuer).catch(() => undefined);
    const said = facts.filter(({ type }) => type !== 'issuer.answered');
    expect(said).toEqual([
      { type: 'credential.refused', issuer: 'workos', environment: 'test' },
      { type: 'credential.accepted', issuer: 'workos', environment: 'test' },
    ]);
  });

  test('401 to a credential that was rotated: the call is made once more, with the new one', async () => {
    const newer = new Secret(`sk_test_${sample('rotated', 30)}`);
    const asked: Secret[] = [];
    const rotated: LiveSecret = {
      ...fixedSecret(credential),
      async newerThan(refused) {
        asked.push(refused);
        return newer;
      },
    };
    const given = (request: IncomingMessage) => request.headers.authorization;
    const right: Play = (request, response) =>
      void response.writeHead(given(request) === `Bearer ${newer.expose()}` ? 200 : 401).end('{}');
    const { issuer, seen } = await road(right, { credential: rotated });
    expect(await get(issuer)).toEqual({ status: 200, json: {} });
    expect(seen.map(given)).toEqual([credential, newer].map((secret) => `Bearer ${secret.expose()}`));
    expect(asked).toEqual([credential]);
    const never = await road(answer(401), { credential: rotated });
    await expect(get(never.issuer)).rejects.toMatchObject({ code: 'issuer.credential-refused' });
    expect(never.seen).toHaveLength(2);
  });

  test('a wrong new key in the store costs one 401, once, while the one before it is good', async () => {
    const [wrong, right] = ['wrong', 'right'].map((seed) => new Secret(`sk_test_${sample(seed, 30)}`)) as [
      Secret,
      Secret,
    ];
    const facts: Fact[] = [];
    let stored = wrong;
    const live = createRenewing(
      {
        ...{ name: 'workos.apiKey', found: { secret: credential }, faultOf: () => undefined },
        read: async () => ({ secret: stored }),
      },
      { clock: systemClock, overlapMs: 60_000, record: async (fact) => void facts.push(fact) },
    );
    const good = new Set([credential, right]);
    const given = ({ headers }: IncomingMessage) => headers.authorization?.replace('Bearer ', '') ?? '';
    const { issuer, seen } = await road(
      (request, response) =>
        void response.writeHead([...good].some((one) => one.expose() === given(request)) ? 404 : 401).end('{}'),
      { credential: live },
    );
    const asked = async () => [await get(issuer).then(() => 'answered', String), ...seen.splice(0).map(given)];
    const texts = [credential, wrong, right].map((one) => one.expose());
    await live.refresh();
    expect(await asked()).toEqual(['answered', texts[1], texts[0]]);
    expect(await asked()).toEqual(['answered', texts[0]]);
    expect(facts.map(({ type }) => type)).toEqual(['secret.renewed', 'secret.unrenewed']);
    good.delete(credential);
    expect(await asked()).toEqual([expect.stringContaining('issuer.credential-refused'), texts[0], texts[1]]);
    stored = right;
    expect(await asked()).toEqual(['answered', texts[0], texts[2]]);
    expect(await asked()).toEqual(['answered', texts[2]]);
  });

  test('other hosts, and a second request in one call, are refused', async () => {
    const { issuer, seen } = await road(answer(200, '{}'));
    const elsewhere = issuer.ask('validate', ({ fetch }) => fetch('http://127.0.0.2:9/steal'));
    await expect(elsewhere).rejects.toThrow('made no request');
    const twice = await issuer.ask('validate', async ({ fetch, baseUrl }) => {
      await fetch(baseUrl);
      await fetch(baseUrl);
    });
    expect(twice).toMatchObject({ status: 200 });
    expect(seen).toHaveLength(1);
  });

  test('a list gives way to whoever else has a turn to come', async () => {
    const { issuer, seen } = await road(answer(200, '{}'), { perSecond: 10, patienceMs: 5_000 });
    const first = get(issuer, '/first');
    const lists = Array.from({ length: 3 }, (_, nth) => get(issuer, `/list${nth}`, 'list'));
    const others = Array.from({ length: 6 }, (_, nth) => get(issuer, `/judge${nth}`));
    await Promise.all([first, ...lists, ...others]);
    const names = seen.map(({ url }) => url?.replace(/\d/, ''));
    // One may have gone before the others asked.
    expect(names.slice(-2)).toEqual(['/list', '/list']);
    expect(names.filter((name) => name === '/judge')).toHaveLength(6);
  });

  test('no more at once than allowed, and a revocation passes those that wait', async () => {
    const open: ServerResponse[] = [];
    const { issuer, seen } = await road((_, response) => void open.push(response), {
      concurrency: 2,
      deadlineMs: 5000,
    });
    const calls = Array.from({ length: 6 }, (_, at) => get(issuer, `/v${at}`));
    await until(() => open.length === 2);
    const urgent = get(issuer, '/delete', 'delete');
    await until(() => open.length === 3);
    expect(seen.map(({ url }) => url)).toEqual(['/v0', '/v1', '/delete']);
    const all = Promise.all([...calls, urgent]);
    const pump = setInterval(() => open.splice(0).map((response) => response.end('{}')), 5);
    expect(await all).toHaveLength(7);
    clearInterval(pump);
  });

  test('calls beyond our budget are turned away, with the time to stay away', async () => {
    const { issuer, seen } = await road(answer(200, '{}'), { perSecond: 10, patienceMs: 50 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(issuer)));
    const away = answers.filter((one) => 'silence' in one);
    expect(away.length).toBeGreaterThan(10);
    expect(seen.length).toBe(20 - away.length);
    for (const one of away) expect(one).toMatchObject({ silence: 'throttled', retryAfterMs: expect.any(Number) });
  });
});

const until = async (true_: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5000;
  while (!true_()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

test('idle calls take few places: who is in a hurry finds one at once', async () => {
  const lane = createLane({ perSecond: 10_000, concurrency: 8, patienceMs: 5_000 }, systemClock);
  const places = [];
  for (let nth = 0; nth < 20; nth += 1) places.push(lane.enter('idle'));
  const [first, second] = await Promise.all(places.slice(0, 2));
  const ours = await Promise.race([lane.enter('usual'), systemClock.sleep(1_000)]);
  expect(ours).toMatchObject({ leave: expect.any(Function) });
  // The others come when those are done.
  for (const place of [first, second, ours]) if (place && 'leave' in place) place.leave();
  for (const place of places.slice(2)) {
    const found = await place;
    if ('leave' in found) found.leave();
    expect(found).toMatchObject({ leave: expect.any(Function) });
  }
});
