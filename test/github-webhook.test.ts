import { createHmac } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock as clock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import { createSignature } from '../src/sources/github/signature.ts';
import { openStore } from '../src/store.ts';
import { commentPayload, deliveryHeaders, post, scratch, WEBHOOK_SECRET } from './support/benches.ts';
import { eventually } from './support/eventually.ts';
import { type GithubRoom, githubRoom } from './support/github-room.ts';
import { startIngress, type TestIngress } from './support/ingress.ts';
import { createFacts, createSink, type Facts, type Sink } from './support/sink.ts';

type Json = Record<string, unknown>;
const payloads = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
  readonly name: string;
  readonly examples: readonly Json[];
}[];

const OLD_SECRET = 'the webhook secret of last month';
const MIB = 1024 * 1024;

let dir: string;
let store: Store;
let ingress: TestIngress;
let facts: Facts;
let sink: Sink;
let source: GithubRoom;
let stop: AbortController;
let running: Promise<void>;
let url: string;

beforeEach(async () => {
  dir = scratch();
  store = openStore(join(dir, 'db'), { reserveBytes: 0 });
  ingress = await startIngress();
  url = `${ingress.url}/api/github/webhooks`;
  facts = createFacts();
  sink = createSink();
  await start();
});
afterEach(async () => {
  sink.open();
  await end();
  await ingress.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

const start = async (limits?: { readonly answerMs: number }): Promise<void> => {
  stop = new AbortController();
  const secrets = [new Secret(WEBHOOK_SECRET), new Secret(OLD_SECRET)];
  source = githubRoom({ ingress, secrets, store, clock, record: facts.record, ...limits });
  running = source.run((fragment) => sink.emit(fragment), stop.signal);
  await eventually('the path is open', async () => (await post(url, '{}', {})) === 401);
  facts.all.length = 0;
};
const end = async (): Promise<void> => {
  stop.abort();
  await running;
};

const send = (event: string, body: string | Buffer, how: { secret?: string; guid?: string } = {}): Promise<number> =>
  post(url, body, deliveryHeaders(event, body, how));

describe('the signature', () => {
  const body = commentPayload('a comment');
  const good = deliveryHeaders('issue_comment', body)['x-hub-signature-256'] ?? '';
  const { 'x-hub-signature-256': _, ...without } = deliveryHeaders('issue_comment', body);

  test('is the one of the published vector', () => {
    const signature = createSignature(() => [new Secret('another'), new Secret("It's a Secret to Everybody")])();
    for (const byte of Buffer.from('Hello, World!')) signature.update(Buffer.of(byte));
    const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(signature.check(header).valid).toBe(true);
  });

  test('of no secret, or an empty one, is refused at the start', () => {
    expect(() => createSignature(() => [])).toThrow(Fault);
    expect(() => createSignature(() => [new Secret('fine'), new Secret('')])).toThrow(Fault);
  });

  test('under the current and the previous secret is taken', async () => {
    expect(await send('issue_comment', body)).toBe(200);
    expect(await send('issue_comment', body, { secret: OLD_SECRET })).toBe(200);
  });

  const sha1 = `sha1=${createHmac('sha1', WEBHOOK_SECRET).update(body).digest('hex')}`;
  test.each([
    ['forged', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
    ['under another secret', deliveryHeaders('issue_comment', body, { secret: 'a guess' })],
    ['SHA-1 only', { 'x-hub-signature': sha1 }],
    ['SHA-1 in the place of SHA-256', { 'x-hub-signature-256': sha1 }],
    ['empty', { 'x-hub-signature-256': '' }],
    ['too short', { 'x-hub-signature-256': good.slice(0, -2) }],
    ['too long', { 'x-hub-signature-256': `${good}00` }],
    ['not hex', { 'x-hub-signature-256': `sha256=${'zz'.repeat(32)}` }],
    ['without its prefix', { 'x-hub-signature-256': good.slice(7).padEnd(71, '0') }],
    ['two at once', { 'x-hub-signature-256': `${good}, ${good}` }],
    ['missing', {}],
  ])('%s: 401, counted, and nothing is parsed', async (_, headers: Record<string, string>) => {
    expect(await post(url, body, { ...without, ...headers })).toBe(401);
    expect(facts.rejected('bad_signature')).toBe(1);
    expect(facts.all.length).toBe(1);
    expect(sink.called.length).toBe(0);
  });

  test('is of the raw bytes: the same JSON written otherwise does not fit, and malformed JSON is not looked at', async () => {
    const headers = deliveryHeaders('issue_comment', body);
    expect(await post(url, JSON.stringify(JSON.parse(body), undefined, 1), headers)).toBe(401);
    expect(await post(url, '{"action":', headers)).toBe(401);
    expect(facts.rejected('malformed')).toBe(0);
  });

  test('of bytes that are not UTF-8 fits', async () => {
    const bytes = Buffer.from(commentPayload('a byte: ? end'));
    bytes[bytes.indexOf('?')] = 0xff;
    expect(await send('issue_comment', bytes)).toBe(200);
    expect(sink.has('end')).toBe(true);
  });
});

describe('what is answered', () => {
  test('a ping: 200, and from then on its hook and its repository are known', async () => {
    const body = JSON.stringify({
      zen: 'Keep it logically awesome.',
      hook_id: 7,
      repository: { full_name: 'acme/app' },
    });
    const ofHook = { 'x-github-hook-id': '7', 'x-github-hook-installation-target-type': 'repository' };
    expect(await post(url, body, { ...deliveryHeaders('ping', body), ...ofHook })).toBe(200);
    expect(sink.called.length).toBe(0);
    expect(source.places.hooks()).toEqual([{ id: '7', kind: 'repository', owner: 'acme/app' }]);
    expect(source.places.repositories().map(({ name }) => name)).toEqual(['acme/app']);
  });

  test.each(['added', 'created'])('repositories of an installation (%s): 200, and they are known', async (action) => {
    const name = action === 'added' ? 'repositories_added' : 'repositories';
    const body = { action, [name]: [{ full_name: 'acme/one' }, { full_name: 'acme/two' }] };
    expect(await send(action === 'added' ? 'installation_repositories' : 'installation', JSON.stringify(body))).toBe(
      200,
    );
    expect(source.places.repositories().map((one) => one.name)).toEqual(['acme/one', 'acme/two']);
  });

  test('an event that nobody here has heard of is read: 200', async () => {
    const body = JSON.stringify({ rocket: { name: sample('of tomorrow', 40), parts: [{ note: 'a part' }] } });
    expect(await send('rocket', body)).toBe(200);
    expect(await send('constructor', '{"a":"b"}')).toBe(200);
    expect(sink.has(sample('of tomorrow', 40))).toBe(true);
    expect(sink.taken[0]?.origin.locator).toBe('GitHub (rocket webhook)');
  });

  test('malformed: 400, counted, and never quoted', async () => {
    const key = sample('in malformed text', 40);
    for (const body of ['{', `{"action": ${key}`, '[]', 'null', '', '{"repository":{"full_name":"../.."}}', '"x"']) {
      expect(await send('issues', body)).toBe(400);
    }
    expect(facts.rejected('malformed')).toBe(7);
    expect(JSON.stringify(facts.all)).not.toContain(key);
  });

  test('form-encoded: 415, and the operator is told what to change', async () => {
    const body = `payload=${encodeURIComponent(commentPayload('x'))}`;
    const headers = { ...deliveryHeaders('issues', body), 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(url, { method: 'POST', body, headers });
    expect(answer.status).toBe(415);
    expect(await answer.text()).toContain('application/json');
    expect(facts.rejected('unsupported_type')).toBe(1);
  });

  test('more than 25 MB: 413, whether it is announced or not', async () => {
    const body = Buffer.alloc(25 * MIB + 1, ' ');
    const headers = deliveryHeaders('issues', body);
    expect(await post(url, body, headers)).toBe(413);
    const chunked = new ReadableStream<Uint8Array>({
      start(to) {
        for (let at = 0; at < body.length; at += MIB) to.enqueue(Uint8Array.from(body.subarray(at, at + MIB)));
        to.close();
      },
    });
    const answer = await fetch(url, { method: 'POST', body: chunked, headers, duplex: 'half' } as RequestInit).catch(
      () => ({ status: 413 }),
    );
    expect(answer.status).toBe(413);
    expect(facts.rejected('too_large')).toBe(2);
  });

  test('25 MB exactly is read, in a thread of its own, and its key found', async () => {
    const key = sample('at the end of 25 MB', 40);
    const frame = commentPayload('').length;
    const body = commentPayload(`${'x '.repeat((25 * MIB - frame - 50) / 2)}${key}`);
    expect(body.length).toBeGreaterThan(25 * MIB - 100);
    expect(await send('issue_comment', body)).not.toBe(413);
    await eventually('the key', () => sink.has(key));
  });

  test('a sender that goes away in the middle is counted, and nothing of it is read', async () => {
    const body = commentPayload('half');
    const head = Object.entries(deliveryHeaders('issue_comment', body)).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      `POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n${head.join('')}\r\n`,
    );
    socket.write(body.slice(0, 20), () => socket.destroy());
    await eventually('it is counted', () => facts.rejected('malformed') === 1);
    expect(sink.called.length).toBe(0);
  });
});

describe('durable before 2xx', () => {
  test('a refusal of the topic is 503, and the redelivery with the same number is read', async () => {
    const body = commentPayload('a text');
    sink.refuse(true);
    expect(await send('issue_comment', body, { guid: 'one' })).toBe(503);
    expect(await send('issue_comment', body, { guid: 'one' })).toBe(503);
    expect(facts.rejected('not_durable')).toBe(2);
    sink.refuse(false);
    expect(await send('issue_comment', body, { guid: 'one' })).toBe(200);
    expect(sink.has('a text')).toBe(true);
    expect(facts.rejected('duplicate')).toBe(0);
  });

  test('a topic that hangs is 503 in time, and the redelivery is read', async () => {
    await end();
    await start({ answerMs: 1_500 });
    const body = commentPayload('a text');
    sink.shut();
    const begun = performance.now();
    expect(await send('issue_comment', body, { guid: '1' })).toBe(503);
    expect(performance.now() - begun).toBeLessThan(9_500);
    sink.open();
    expect(await send('issue_comment', body, { guid: '1' })).toBe(200);
    expect(facts.rejected('duplicate')).toBe(0);
  });

  test('a store that cannot write is 503', async () => {
    const write = store.write;
    Object.assign(store, { write: () => Promise.reject(new Fault('store.full', 'planted')) });
    expect(await send('issue_comment', commentPayload('a text'))).toBe(503);
    Object.assign(store, { write });
  });

  test('a delivery that is known is 200, counted, and not read again', async () => {
    const body = commentPayload('a text');
    for (const status of [200, 200, 200]) expect(await send('issue_comment', body, { guid: '7' })).toBe(status);
    expect(facts.rejected('duplicate')).toBe(2);
    expect(facts.of('source.accepted').length).toBe(1);
  });

  test('the same number with another body is another delivery: some senders count from 1', async () => {
    expect(await send('issue_comment', commentPayload('one'), { guid: '1' })).toBe(200);
    expect(await send('issue_comment', commentPayload('two'), { guid: '1' })).toBe(200);
    expect(sink.has('two')).toBe(true);
  });

  test('commits of a push wait, durable, and are unscanned as long as nobody can fetch them', async () => {
    const id = 'a'.repeat(40);
    const push = {
      ref: 'refs/heads/main',
      before: 'b'.repeat(40),
      after: id,
      commits: [{ id, message: 'a message', url: 'https://example.test' }],
      head_commit: { id, message: 'a message', url: 'https://example.test' },
      repository: { full_name: 'acme/app' },
    };
    expect(await send('push', JSON.stringify(push))).toBe(200);
    expect(sink.has('a message')).toBe(true);
    expect(source.unscanned()).toBe(1);
    expect(facts.of('source.unscanned')).toEqual([
      { type: 'source.unscanned', source: 'github-webhook', locator: `acme/app@${id}`, reason: 'no-client' },
    ]);
  });
});

describe("GitHub's own payloads", () => {
  test('all of them, signed under the previous secret, are answered', async () => {
    let count = 0;
    for (const { name, examples } of payloads) {
      for (const example of examples) {
        const status = await send(name, JSON.stringify(example), { secret: OLD_SECRET });
        expect([name, status]).toEqual([name, 200]);
        count += 1;
      }
    }
    expect(count).toBe(329);
    expect(facts.of('source.accepted').length).toBe(329);
  });

  /** What names a thing to GitHub, so that a delivery in which it is wrong is none of GitHub's. */
  const names = /(^|\.)(full_name|id|sha|before|after|head_sha)$/;

  /** A copy in which a key of its own stands in every text, and the places of them. */
  const spliced = (json: unknown, seed: string, path: readonly string[] = []): [unknown, string[]] => {
    if (typeof json === 'string') {
      const at = path.join('.');
      return names.test(at) ? [json, []] : [`${json} ${sample(`${seed} ${at}`, 24)} end`, [at]];
    }
    if (typeof json !== 'object' || json === null) return [json, []];
    const parts = Object.entries(json).map(([name, one]) => [name, spliced(one, seed, [...path, name])] as const);
    const places = parts.flatMap(([, [, at]]) => at);
    const copy = parts.map(([name, [value]]) => [name, value] as const);
    return [Array.isArray(json) ? copy.map(([, value]) => value) : Object.fromEntries(copy), places];
  };

  test('a key in any text of any of them is found, edited and deleted text too', async () => {
    let count = 0;
    for (const { name, examples } of payloads.filter((one) => one.name !== 'ping')) {
      for (const [index, example] of examples.entries()) {
        const seed = `${name} ${index}`;
        const [payload, places] = spliced(example, seed);
        sink = createSink();
        expect([seed, await send(name, JSON.stringify(payload))]).toEqual([seed, 200]);
        const all = sink.texts().join('\n');
        const lost = places.filter((at) => !all.includes(sample(`${seed} ${at}`, 24)));
        expect([seed, lost]).toEqual([seed, []]);
        count += places.length;
      }
    }
    expect(count).toBeGreaterThan(40_000);
  });

  test('old text of an edit, and the text of a deleted comment, say what they are', async () => {
    const edited = payloads.find(({ name }) => name === 'issue_comment')?.examples.find((one) => one['changes']) ?? {};
    const body = JSON.stringify({ ...edited, changes: { title: { from: 'old title' }, body: { from: 'old body' } } });
    await send('issue_comment', body);
    const old = sink.taken.find(({ bytes }) => Buffer.from(bytes).toString() === 'old body');
    expect(old?.origin.locator).toMatch(/^Codertocat\/Hello-World#\d+ \(comment before an edit\)$/);
    expect(old?.origin.link).toMatch(/^https:\/\/github\.com\/Codertocat\/Hello-World\/issues\/\d+#issuecomment-\d+$/);
    expect(old?.origin.actor).toBe('Codertocat');
  });
});

describe('hostile bodies', () => {
  const stall = async (work: () => Promise<void>): Promise<number> => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await work();
    delay.disable();
    return delay.max / 1e6;
  };

  test.each([
    ['5 million nested [', () => `{"repository":${'['.repeat(5_000_000)}`],
    ['200 thousand nested [', () => `{"repository":${'['.repeat(200_000)}`],
    ['nested objects', () => '{"a":'.repeat(1_000_000)],
    ['3 million texts', () => `{"repository":1,"a":[${'"a",'.repeat(3_000_000)}"b"]}`],
  ])('%s: 400, counted, and others are answered meanwhile', async (_, make) => {
    const body = make();
    const headers = deliveryHeaders('issues', body);
    const worst = await stall(async () => {
      expect(await post(url, body, headers)).toBe(400);
    });
    expect(facts.rejected('malformed')).toBe(1);
    expect(await send('issue_comment', commentPayload('after'))).toBe(200);
    expect(worst).toBeLessThan(1_000);
  });

  test('a push of 2048 commits with long messages does not hold the loop either', async () => {
    const commits = Array.from({ length: 2048 }, (_, i) => ({
      id: i.toString(16).padStart(40, '0'),
      message: 'words '.repeat(1_500),
      url: null,
    }));
    const push = {
      ref: 'refs/heads/x',
      before: 'b'.repeat(40),
      after: 'c'.repeat(40),
      commits,
      repository: { full_name: 'a/b' },
    };
    const body = JSON.stringify(push);
    expect(await send('push', body)).toBe(200);
    expect(source.unscanned()).toBe(2049);
    const reasons = new Set(facts.of('source.unscanned').map(({ reason }) => reason));
    expect([...reasons]).toEqual(['no-client']);
  });
});
