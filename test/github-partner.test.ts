import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createVerdicts } from '../src/app-feedback.ts';
import { systemClock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import type { Incident } from '../src/respond/ledger.ts';
import type { GithubPartnerNeeds } from '../src/sources/github/partner.ts';
import { githubPartner } from '../src/sources/index.ts';
import { openStore } from '../src/store.ts';
import { post, scratch } from './support/benches.ts';
import { eventually, gate } from './support/eventually.ts';
import { startIngress, type TestIngress } from './support/ingress.ts';
import { createSigner, identifierOf, type KeyServer, type PublicKey, startKeyServer } from './support/partner.ts';
import { createFacts, createSink, type Facts, type Sink } from './support/sink.ts';

interface Vectors {
  readonly public_keys_response: { readonly public_keys: readonly PublicKey[] };
  readonly vectors: readonly {
    readonly name: string;
    readonly expect: 'valid' | 'invalid';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }[];
}
const { public_keys_response: published, vectors } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/github-partner-vectors.json'), 'utf8'),
) as Vectors;

const MIB = 1024 * 1024;
const MINUTE = 60_000;
const [old, current, later] = [createSigner(), createSigner(), createSigner()];

let dir: string;
let store: Store;
let ingress: TestIngress;
let server: KeyServer;
let facts: Facts;
let sink: Sink;
let stop: AbortController;
let running: Promise<void>;
let url: string;
/** How far the test's clock is ahead (ms). */
let ahead: number;

const clock = {
  ...systemClock,
  now: () => systemClock.now() + ahead,
  monotonic: () => systemClock.monotonic() + ahead,
};

beforeEach(async () => {
  ahead = 0;
  dir = scratch();
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  ingress = await startIngress();
  url = `${ingress.url}/api/github/secret-scanning`;
  server = await startKeyServer([...published.public_keys, old.published, current.published]);
  facts = createFacts();
  sink = createSink();
  await start();
});
afterEach(async () => {
  sink.open();
  await end();
  await ingress.close();
  server.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

const start = async (more: Partial<GithubPartnerNeeds> = {}): Promise<void> => {
  stop = new AbortController();
  const source = githubPartner({
    ...{ ingress, keys: server.keys, store, clock, record: facts.record, feedbackMs: 0 },
    ...more,
  });
  running = source.run(sink.emit, stop.signal);
  await eventually('the path is open', async () => (await post(url, '[]', {})) === 401);
  facts.all.length = 0;
};
const end = async (): Promise<void> => {
  stop.abort();
  await running;
};
const restart = async (more: Partial<GithubPartnerNeeds> = {}): Promise<void> => {
  await end();
  await start(more);
};

const report = (token: string, more: object = {}): object => ({
  ...{ token, type: 'acme_key', url: 'https://github.com/acme/app/blob/main/.env', source: 'commit' },
  ...more,
});
const send = (records: unknown, signer = current): Promise<number> => {
  const body = JSON.stringify(records);
  return post(url, body, signer.headers(body));
};
const ask = (body: string, signer = current): Promise<Response> =>
  fetch(url, { method: 'POST', body, headers: signer.headers(body) });
const unknownHeaders = (seed: string) => current.headers('[]', identifierOf(seed));
const faults = (): readonly string[] => facts.of('fault.raised').map(({ code }) => code);

describe('the signature', () => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
    const valid = vector.expect === 'valid';
    expect(await post(url, vector.body, vector.headers)).toBe(valid ? 200 : 401);
    const [token] = JSON.parse(vector.body) as { token: string }[];
    expect(sink.texts()).toEqual(valid ? [token?.token] : []);
    expect(facts.rejected('bad_signature')).toBe(valid ? 0 : 1);
  });

  const body = JSON.stringify([report('a token')]);
  const good = current.headers(body);
  const { 'github-public-key-identifier': identifier = '', 'github-public-key-signature': signature = '' } = good;
  test.each<[string, string, Record<string, string>]>([
    ['of a body with a newline more', `${body}\n`, good],
    ['of the same JSON written otherwise', JSON.stringify(JSON.parse(body), undefined, 1), good],
    ['of another key of GitHub', body, { ...good, 'github-public-key-identifier': old.published.key_identifier }],
    ['cut', body, { ...good, 'github-public-key-signature': signature.slice(0, 40) }],
    ['no base64', body, { ...good, 'github-public-key-signature': '????' }],
    ['empty', body, { ...good, 'github-public-key-signature': '' }],
    ['under no identifier', body, { ...good, 'github-public-key-identifier': identifier.slice(0, 10) }],
    ['under two identifiers', body, { ...good, 'github-public-key-identifier': `${identifier}, ${identifier}` }],
    ['missing', body, { 'content-type': 'application/json', 'github-public-key-identifier': identifier }],
    ['without identifier', body, { 'content-type': 'application/json', 'github-public-key-signature': signature }],
  ])('%s: 401, counted, and nothing is parsed', async (_, sent, headers) => {
    expect(await post(url, sent, headers)).toBe(401);
    expect(facts.rejected('bad_signature')).toBe(1);
    expect(facts.all.length).toBe(1);
    expect(sink.called.length).toBe(0);
  });

  test('is of the raw bytes, UTF-8 or not', async () => {
    const bytes = Buffer.from(JSON.stringify([report('a byte: ? end')]));
    bytes[bytes.indexOf('?')] = 0xff;
    expect(await post(url, bytes, current.headers(bytes))).toBe(200);
    expect(sink.has('end')).toBe(true);
  });
});

describe('the public keys', () => {
  test('are fetched once for many calls at once, and kept', async () => {
    const door = gate();
    server.slow(door.passed);
    const all = Array.from({ length: 20 }, (_, i) => send([report(`token ${i}`)]));
    await eventually('GitHub is asked', () => server.calls() === 1);
    door.open();
    expect(new Set(await Promise.all(all))).toEqual(new Set([200]));
    expect(await send([report('one more')], old)).toBe(200);
    expect(server.calls()).toBe(1);
  });

  test('are matched by identifier: any that is published counts, a new one is fetched when it is used', async () => {
    expect(await send([report('1')], old)).toBe(200);
    server.serve([current.published, later.published]);
    expect(await send([report('2')], later)).toBe(200);
    expect(await send([report('3')], current)).toBe(200);
    expect(server.calls()).toBe(2);
    ahead += MINUTE;
    expect(await send([report('4')], old)).toBe(401);
  });

  test('one that GitHub took back counts no longer after an hour', async () => {
    await send([], old);
    server.serve([current.published]);
    ahead += 59 * MINUTE;
    expect(await send([], old)).toBe(200);
    ahead += 2 * MINUTE;
    expect(await send([], old)).toBe(401);
    expect(server.calls()).toBe(2);
  });

  test('strangers with identifiers that nobody has: one fetch a minute, whatever they send', async () => {
    await send([]);
    expect(await post(url, '[]', unknownHeaders('first'))).toBe(401);
    for (let i = 0; i < 30; i += 1) expect(await post(url, '[]', unknownHeaders(`${i}`))).toBe(503);
    const many = Array.from({ length: 30 }, (_, i) => post(url, '[]', unknownHeaders(`at once ${i}`)));
    expect(new Set(await Promise.all(many))).toEqual(new Set([503]));
    expect(server.calls()).toBe(2);
    ahead += MINUTE;
    for (let i = 0; i < 5; i += 1) await post(url, '[]', unknownHeaders(`later ${i}`));
    expect(server.calls()).toBe(3);
    expect(await send([report('between')])).toBe(200);
  });

  test('a new one that comes after a stranger within the minute: 503 and when to come again, and then it counts', async () => {
    await send([]);
    await post(url, '[]', unknownHeaders('a stranger'));
    server.serve([current.published, later.published]);
    const { status, headers } = await ask(JSON.stringify([report('1')]), later);
    const seconds = Number(headers.get('retry-after'));
    expect([status, seconds > 0 && seconds <= 60, facts.rejected('not_durable')]).toEqual([503, true, 0]);
    ahead += seconds * 1_000;
    expect(await send([report('1')], later)).toBe(200);
  });

  test('a fetch that was begun before a call came does not tell that its key is none', async () => {
    const door = gate();
    server.slow(door.passed);
    const first = post(url, '[]', unknownHeaders('first'));
    await eventually('GitHub is asked', () => server.calls() === 1);
    const second = post(url, '[]', unknownHeaders('second'));
    await clock.sleep(100);
    door.open();
    expect(await Promise.all([first, second])).toEqual([401, 503]);
  });

  test('cannot be had at the start: 503 and when to come again, never 401; then they can', async () => {
    server.down(true);
    const body = JSON.stringify([report('a token')]);
    const answer = await ask(body);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    for (let i = 0; i < 20; i += 1) expect(await post(url, '[]', unknownHeaders(`${i}`))).toBe(503);
    expect(server.calls()).toBe(1);
    expect(facts.rejected('not_durable')).toBe(21);
    expect(faults()).toEqual(['github.partner-keys']);
    server.down(false);
    ahead += 1_000;
    expect(await send([report('a token')])).toBe(200);
  });

  test('while they cannot be had GitHub is asked ever more rarely', async () => {
    server.down(true);
    for (let second = 0; second < 120; second += 1) {
      expect(await send([])).toBe(503);
      ahead += 1_000;
    }
    expect(server.calls()).toBeLessThanOrEqual(8);
    expect(server.calls()).toBeGreaterThan(4);
  });

  test('cannot be had later: the last good ones count, across a restart too; a new one is 503', async () => {
    await send([]);
    server.down(true);
    ahead += 2 * 60 * MINUTE;
    expect(await send([report('stale')])).toBe(200);
    expect(await send([report('new')], later)).toBe(503);
    await end();
    await store.close();
    store = openStore(join(dir, 'db'), { reserveBytes: 0 });
    await start();
    expect(await send([report('after a restart')])).toBe(200);
    expect(await send([report('new')], later)).toBe(503);
    server.down(false);
    server.serve([later.published]);
    ahead += MINUTE;
    expect(await send([report('new')], later)).toBe(200);
  });

  test('of another API are others', async () => {
    await send([]);
    server.down(true);
    await restart({ keys: { ...server.keys, origin: 'https://ghes.example/api/v3' } });
    expect(await send([])).toBe(503);
  });

  test('GitHub that does not answer: 503 in time, or the last good ones', async () => {
    const door = gate();
    server.slow(door.passed);
    await restart({ limits: { keys: { fetchMs: 200 } } });
    expect(await send([])).toBe(503);
    ahead += 1_000;
    server.slow(undefined);
    expect(await send([])).toBe(200);
    server.slow(door.passed);
    ahead += 61 * MINUTE;
    expect(await send([])).toBe(200);
    door.open();
  });

  const wrong = createSigner('secp384r1').published;
  test.each<[string, readonly unknown[]]>([
    ['of another name', [{ ...later.published, key_identifier: identifierOf('another') }]],
    ['of another curve', [wrong]],
    ['that is no PEM', [{ key_identifier: identifierOf('no PEM'), key: 'no PEM', is_current: true }]],
    ['that is no object', [null, 7]],
  ])('one %s is dropped and said, the others count', async (_, bad) => {
    server.serve([...bad, current.published]);
    expect(await send([])).toBe(200);
    expect(await send([], later)).toBe(401);
    expect(faults()).toContain('github.partner-keys');
    server.serve(bad); // None that counts: no reason to forget the good ones.
    ahead += 61 * MINUTE;
    expect(await send([])).toBe(200);
  });
});

describe('a report', () => {
  test('is emitted token by token, with its public place', async () => {
    const begun = clock.now();
    const records = [
      report('token 1', { url: ' https://github.com/acme/app/blob/main/.env ' }),
      report('token 2', { url: '', source: 'Gist_Content' }),
      { token: 'token 3', type: 'acme_key' },
      report('token 4', { url: '  ', source: 'a "new" one' }),
      report('token 5', { url: 'https://example.test/?key=token%205&token 5' }),
      report('token 6', { url: 'javascript:alert(1)', source: 'NPM' }),
    ];
    expect(await send(records)).toBe(200);
    const found = Object.fromEntries(
      sink.taken.map(({ bytes, origin: { locator, link } }) => [Buffer.from(bytes).toString(), { locator, link }]),
    );
    const page = 'https://github.com/acme/app/blob/main/.env';
    expect(found).toEqual({
      'token 1': { locator: page, link: page },
      'token 2': { locator: 'GitHub (gist_content)', link: undefined },
      'token 3': { locator: 'GitHub (unknown)', link: undefined },
      'token 4': { locator: 'GitHub (unknown)', link: undefined },
      'token 5': { locator: 'GitHub (commit)', link: undefined },
      'token 6': { locator: 'javascript:alert(1)', link: undefined },
    });
    for (const { origin, flow } of sink.taken) {
      expect([origin.source, origin.mode, flow]).toEqual(['github-partner', 'live', undefined]);
      expect(origin.receivedAt).toBeGreaterThanOrEqual(begun);
    }
    expect(facts.of('source.accepted').length).toBe(1);
  });

  test('with bad records among good ones: the good are emitted, the bad counted', async () => {
    const bad = [null, 7, 'text', [], {}, { token: 5 }, { token: '' }, { type: 'acme_key' }];
    const strange = report('strange', { url: 5, source: [], type: null });
    expect(await send([report('first'), ...bad, strange, report('last')])).toBe(200);
    expect([...sink.texts()].sort()).toEqual(['first', 'last', 'strange']);
    const [fact] = facts.of('source.rejected');
    expect(fact).toEqual({
      type: 'source.rejected',
      source: 'github-partner',
      reason: 'malformed',
      detail: '8 of 11 records',
    });
  });

  test('that is none: 400, counted, never quoted', async () => {
    const key = sample('in a malformed report', 40);
    for (const body of ['', '{', `[{"token":"${key}"`, '{"token":"x"}', 'null', '7', '['.repeat(100_000)]) {
      expect(await post(url, body, current.headers(body))).toBe(400);
    }
    expect(facts.rejected('malformed')).toBe(7);
    expect(JSON.stringify(facts.all)).not.toContain(key);
  });

  test('of another type: 415; of none, or of no records: 200', async () => {
    const { 'content-type': _, ...without } = current.headers('[]');
    expect(await post(url, '[]', { ...without, 'content-type': 'application/x-www-form-urlencoded' })).toBe(415);
    expect(facts.rejected('unsupported_type')).toBe(1);
    expect(await post(url, '[]', { ...without, 'content-type': 'Application/JSON; charset=utf-8' })).toBe(200);
    expect(await post(url, '[]', without)).toBe(200);
  });

  test('of more than 25 MB: 413, whether it is announced or not', async () => {
    const body = Buffer.alloc(25 * MIB + 1, ' ');
    const headers = current.headers(body);
    expect(await post(url, body, headers)).toBe(413);
    const chunked = new Blob([body]).stream();
    const answer = await fetch(url, { method: 'POST', body: chunked, headers, duplex: 'half' } as RequestInit).catch(
      () => ({ status: 413 }),
    );
    expect(answer.status).toBe(413);
    await eventually('both are counted', () => facts.rejected('too_large') === 2);
  });

  test('of 5,000 tokens is read in a thread of its own, whole', async () => {
    const records = Array.from({ length: 5_000 }, (_, i) => report(`token ${i}`));
    expect(await send(records)).toBe(200);
    expect(new Set(sink.texts()).size).toBe(5_000);
  });

  test('whatever its body is: answered, and every token in it emitted', async () => {
    const record = fc.record(
      {
        token: fc.string({ unit: 'grapheme', minLength: 1 }),
        type: fc.string(),
        url: fc.string(),
        source: fc.string(),
      },
      { requiredKeys: ['token'] },
    );
    const body = fc.oneof(
      fc.array(fc.oneof(record, fc.jsonValue())).map((list) => Buffer.from(JSON.stringify(list))),
      fc.json().map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(body, async (bytes) => {
        const before = sink.taken.length;
        expect([200, 400]).toContain(await post(url, bytes, current.headers(bytes)));
        const emitted = sink.taken.slice(before).map((one) => Buffer.from(one.bytes).toString());
        expect([...emitted].sort()).toEqual([...tokensOf(bytes)].sort());
      }),
      { numRuns: 150 },
    );
  });
});

/** The tokens of a body, read without the code under test. */
const tokensOf = (bytes: Buffer): readonly string[] => {
  try {
    const all: unknown = JSON.parse(bytes.toString());
    if (!Array.isArray(all)) return [];
    return all.flatMap((one: { token?: unknown } | null) => {
      const token = one !== null && typeof one === 'object' && !Array.isArray(one) ? one.token : undefined;
      return typeof token === 'string' && token !== '' ? [Buffer.from(token).toString()] : [];
    });
  } catch {
    return [];
  }
};

describe('durable before 2xx', () => {
  test('a refusal of the topic is 503; the same report is read when it comes again', async () => {
    sink.refuse(true);
    expect(await send([report('a token')])).toBe(503);
    expect(facts.rejected('not_durable')).toBe(1);
    sink.refuse(false);
    expect(await send([report('a token')])).toBe(200);
    expect(sink.texts()).toEqual(['a token']);
  });

  test('a topic that hangs is 503 in time, and nobody is asked for a verdict', async () => {
    const asked: Secret[] = [];
    const verdictOf = async (token: Secret) => void asked.push(token);
    await restart({ limits: { answerMs: 300 }, feedbackMs: 30_000, verdictOf });
    sink.shut();
    const begun = performance.now();
    expect(await send([report('a token')])).toBe(503);
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(asked).toEqual([]);
  });
});

describe('feedback', () => {
  const hash = (token: string): string => createHash('sha256').update(token).digest('hex');
  const labels: Readonly<Record<string, 'true_positive' | 'false_positive'>> = {
    real: 'true_positive',
    false: 'false_positive',
  };
  const verdictOf: NonNullable<GithubPartnerNeeds['verdictOf']> = async (token, until) => {
    const text = token.expose();
    if (text === 'broken') throw new Fault('internal.unexpected', 'planted');
    if (text === 'slow') await systemClock.sleep(20_000, until);
    return text === 'slow' ? 'true_positive' : labels[text];
  };
  const tokens = ['real', 'undecided', 'false', 'real', 'broken'];

  test('names the decided tokens by their hash, and nothing else', async () => {
    await restart({ verdictOf, feedbackMs: 30_000 });
    const begun = performance.now();
    const answer = await ask(JSON.stringify([...tokens.map((one) => report(one)), { token: 'real' }]));
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answer.json()).toEqual([
      { token_hash: hash('real'), token_type: 'acme_key', label: 'true_positive' },
      { token_hash: hash('false'), token_type: 'acme_key', label: 'false_positive' },
    ]);
  });

  test('does not wait longer than it may: what is decided by then is told', async () => {
    await restart({ verdictOf, feedbackMs: 400 });
    const begun = performance.now();
    const answer = await ask(JSON.stringify(['slow', 'real'].map((one) => report(one))));
    const took = performance.now() - begun;
    expect(took).toBeGreaterThan(300);
    expect(took).toBeLessThan(10_000);
    expect((await answer.json()) as unknown[]).toEqual([
      { token_hash: hash('real'), token_type: 'acme_key', label: 'true_positive' },
    ]);
  });

  test('of nothing decided is an empty 200', async () => {
    await restart({ verdictOf, feedbackMs: 1_000 });
    const answer = await ask(JSON.stringify([report('undecided')]));
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  test('is off without time for it', async () => {
    await restart({ verdictOf, feedbackMs: 0 });
    const answer = await ask(JSON.stringify([report('real')]));
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  test('ends with the source: what is durable is 200', async () => {
    await restart({ verdictOf, feedbackMs: 20_000 });
    const answered = send([report('slow')]);
    await eventually('it is accepted', () => facts.of('source.accepted').length === 1);
    const begun = performance.now();
    await end();
    expect(await answered).toBe(200);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  const outcomes = new Map<string, Incident>();
  const dead = { outcome: 'dead' } as Incident;
  /** Verdicts on what stands in `outcomes`, and how often that was read. */
  const verdictsOn = () => {
    let reads = 0;
    const find = (fingerprint: string) => {
      reads += 1;
      return outcomes.get(fingerprint);
    };
    return {
      verdict: createVerdicts({ fingerprintsOf: (token) => [token.expose()], find, clock }),
      reads: () => reads,
    };
  };

  test('on thousands of undecided tokens: a bounded number is looked at again, and a late verdict is told', async () => {
    const { verdict, reads } = verdictsOn();
    outcomes.set('token 1999', dead);
    await restart({ verdictOf: verdict, feedbackMs: 2_500 });
    const answered = ask(JSON.stringify(Array.from({ length: 2_000 }, (_, i) => report(`token ${i}`))));
    await eventually('each was looked at', () => reads() >= 2_000);
    outcomes.set('token 7', dead);
    const labels = (await (await answered).json()) as { token_hash: string }[];
    expect(labels.map(({ token_hash }) => token_hash)).toEqual([hash('token 7'), hash('token 1999')]);
    expect(reads()).toBeLessThan(2_000 + 35 * 100);
  });

  test('of one more than may wait is not waited for; all end with their call, and others come after', async () => {
    const { verdict, reads } = verdictsOn();
    const call = new AbortController();
    const waits = Array.from({ length: 1_000 }, (_, i) => verdict(new Secret(`undecided ${i}`), call.signal));
    expect(await verdict(new Secret('one more'), call.signal)).toBe(undefined);
    call.abort();
    expect(new Set(await Promise.all(waits))).toEqual(new Set([undefined]));
    const before = reads();
    const late = verdict(new Secret('late'), new AbortController().signal);
    outcomes.set('late', dead);
    expect([await late, reads() - before]).toEqual(['false_positive', 2]);
  });
});
