import { createRequire } from 'node:module';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { signatureOf } from '../src/demo/github/parcel.ts';
import { type EmulatedGithub, startEmulatedGithub } from '../src/demo/github.ts';
import {
  type ReceivedWebhook,
  type Receiver,
  GITHUB_SECRET as SECRET,
  startReceiver,
  GITHUB_TOKEN as TOKEN,
} from './support/github.ts';

const REPO = 'acme/app';
const ZERO = '0'.repeat(40);

let github: EmulatedGithub;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  github = await startEmulatedGithub({
    token: TOKEN,
    webhookSecret: SECRET,
    hookUrl: receiver.url,
    hookTimeoutMs: 500,
  });
  await github.createRepository(REPO);
});
afterEach(async () => {
  receiver.close();
  await github.close();
});

const one = (files: Record<string, string | Buffer | null>, message = 'a change') => ({ message, files });

describe('webhooks', () => {
  const last = (): ReceivedWebhook => {
    const delivery = receiver.received.at(-1);
    if (!delivery) throw new Error('nothing was received');
    return delivery;
  };

  test('the signature is that of the published vector', () => {
    expect(signatureOf("It's a Secret to Everybody", 'Hello, World!')).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    );
  });

  test('a delivery has all headers and is signed over its bytes', async () => {
    const { delivery, payload } = await github.push(REPO, { commits: [one({ 'ä.txt': 'ö' }, 'ünïcode')] });
    const { headers, body } = last();
    expect(headers).toMatchObject({
      'x-github-event': 'push',
      'x-github-delivery': delivery?.guid,
      'x-hub-signature-256': signatureOf(SECRET, body),
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
      'x-github-hook-id': expect.stringMatching(/^\d+$/),
    });
    expect(delivery).toMatchObject({
      guid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      event: 'push',
      status: 204,
      redelivery: false,
    });
    expect(JSON.parse(body.toString())).toEqual(payload);
  });

  test('a redelivery is the same in every byte and has the same guid', async () => {
    receiver.reply = 503;
    const { delivery } = await github.push(REPO, { commits: [one({ a: '1' })] });
    expect(delivery?.status).toBe(503);
    receiver.reply = 200;
    const again = await github.redeliver(delivery?.guid ?? '');
    expect(again).toMatchObject({ guid: delivery?.guid, status: 200, redelivery: true });
    expect(receiver.received[1]?.body).toEqual(receiver.received[0]?.body);
    expect(receiver.received[1]?.headers['x-hub-signature-256']).toBe(
      receiver.received[0]?.headers['x-hub-signature-256'],
    );
    expect(github.deliveries().map(({ status }) => status)).toEqual([503, 200]);
    await expect(github.redeliver('nobody')).rejects.toThrow('no delivery nobody');
  });

  test('a receiver that does not answer, or is not there, is a failed delivery', async () => {
    receiver.reply = 'never';
    const slow = await github.push(REPO, { commits: [one({ a: '1' })] });
    expect(slow.delivery).toMatchObject({ status: 0, answer: 'timed out' });
    github.setHookUrl('http://127.0.0.1:1/');
    const nobody = await github.push(REPO, { commits: [one({ a: '2' })] });
    expect(nobody.delivery?.status).toBe(0);
    expect(nobody.delivery?.answer).toContain('ECONNREFUSED');
    github.setHookUrl(undefined);
    expect((await github.push(REPO, { commits: [one({ a: '3' })] })).delivery).toBeUndefined();
  });

  test('raw deliveries may be signed wrongly, changed, unsigned or sent as a form', async () => {
    await github.deliver('ping', { zen: 'a' }, { secret: 'another' });
    expect(last().headers['x-hub-signature-256']).toBe(signatureOf('another', last().body));
    await github.deliver('ping', '{"zen":"a"}', { tamper: () => Buffer.from('{"zen":"b"}') });
    expect([last().body.toString(), last().headers['x-hub-signature-256']]).toEqual([
      '{"zen":"b"}',
      signatureOf(SECRET, '{"zen":"a"}'),
    ]);
    await github.deliver('ping', Buffer.from([0xff, 0x7b]), { secret: null });
    expect([last().body, last().headers['x-hub-signature-256']]).toEqual([Buffer.from([0xff, 0x7b]), undefined]);
    await github.deliver('ping', { zen: 'ä' }, { form: true, headers: { 'x-github-event': '' } });
    expect(last().headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(new URLSearchParams(last().body.toString()).get('payload')).toBe('{"zen":"ä"}');
    expect(last().headers['x-hub-signature-256']).toBe(signatureOf(SECRET, last().body));
  });

  test('a payload over 25 MB is never sent', async () => {
    expect(await github.deliver('push', { big: 'x'.repeat(25 * 1024 * 1024) })).toBeUndefined();
    expect(receiver.received).toEqual([]);
  });
});

describe('payloads are what GitHub publishes', () => {
  const require = createRequire(import.meta.url);
  const schema = require('@octokit/webhooks-schemas/schema.json') as { definitions: object };
  const examples = require('@octokit/webhooks-examples') as { name: string; examples: object[] }[];
  // Compiled as it is asked for, each definition once and plainly: a sixth of the time.
  const light = { strict: false, validateFormats: false, inlineRefs: false, code: { optimize: false } };
  const schemas = new Ajv(light).addSchema(schema, 'webhooks');
  const faultsOf = (event: string, payload: unknown): unknown[] => {
    const check = schemas.getSchema(`webhooks#/definitions/${encodeURIComponent(event)}`);
    if (!check) throw new Error(`no schema ${event}`);
    check(payload);
    return check.errors ?? [];
  };

  /** `a.b[].c: type` of everything in a value. */
  const shapeOf = (value: unknown, path = ''): string[] => {
    if (Array.isArray(value)) return value.flatMap((item) => shapeOf(item, `${path}[]`));
    if (typeof value !== 'object' || value === null) return [`${path}: ${value === null ? 'null' : typeof value}`];
    return Object.entries(value).flatMap(([key, inner]) => shapeOf(inner, `${path}.${key}`));
  };
  const publishedShapes = new Set(examples.flatMap((event) => event.examples.flatMap((example) => shapeOf(example))));

  let told: { readonly event: string; readonly schema: string; readonly payload: Record<string, unknown> }[];
  beforeAll(async () => {
    const other = await startEmulatedGithub({ token: TOKEN, webhookSecret: SECRET });
    await other.createRepository(REPO, { private: true });
    const add = (event: string, name: string, { payload }: { payload: object }) =>
      told.push({ event, schema: name, payload: JSON.parse(JSON.stringify(payload)) as Record<string, unknown> });
    told = [];
    const push = await other.push(REPO, { commits: [one({ a: '1', b: '2' }), one({ a: '3', b: null, c: '4' })] });
    add('push', 'push$event', push);
    add('push', 'push$event', await other.push(REPO, { branch: 'topic', commits: [one({ d: '1' })] }));
    add('push', 'push$event', await other.push(REPO, { branch: 'empty', commits: [] }));
    add('push', 'push$event', await other.push(REPO, { force: true, commits: [one({ e: '1' })] }));
    add('push', 'push$event', await other.deleteBranch(REPO, 'empty'));
    add('issues', 'issues$opened', await other.openIssue(REPO, { title: 't', body: 'first' }));
    add('issues', 'issues$edited', await other.editIssue(REPO, { number: 1, body: 'second', title: 'u' }));
    const comment = await other.comment(REPO, { issue: 1, body: 'said' });
    add('issue_comment', 'issue_comment$created', comment);
    add(
      'issue_comment',
      'issue_comment$edited',
      await other.editComment(REPO, { id: comment.id, body: 'said better' }),
    );
    add('issue_comment', 'issue_comment$deleted', await other.deleteComment(REPO, { id: comment.id }));
    const pull = await other.openPullRequest(REPO, { title: 't', body: 'b', head: 'topic' });
    add('pull_request', 'pull_request$opened', pull);
    add(
      'pull_request',
      'pull_request$edited',
      await other.editPullRequest(REPO, { number: pull.id, title: 'n', body: 'm' }),
    );
    add(
      'issue_comment',
      'issue_comment$created',
      await other.comment(REPO, { issue: pull.id, body: 'on a pull request' }),
    );
    add(
      'pull_request_review',
      'pull_request_review$submitted',
      await other.review(REPO, { number: pull.id, body: 'hm' }),
    );
    const onLine = { number: pull.id, path: 'd', body: 'why' };
    add('pull_request_review_comment', 'pull_request_review_comment$created', await other.reviewComment(REPO, onLine));
    add('commit_comment', 'commit_comment$created', await other.commitComment(REPO, { sha: push.after, body: 'oh' }));
    await other.close();
  });
  test('each fits the published schema of its event, which allows no field more', () => {
    expect(told).toHaveLength(16);
    expect(told.map(({ schema: name, payload }) => [name, faultsOf(name, payload)])).toEqual(
      told.map(({ schema: name }) => [name, []]),
    );
    expect(faultsOf('push$event', { ...told[0]?.payload, extra: 1 })).not.toEqual([]);
    expect(faultsOf('push$event', { ...told[0]?.payload, forced: undefined })).not.toEqual([]);
  });

  test('every field of a push or a comment is in a published example, with the same type', () => {
    // The published pushes only add files; what they removed and modified would look the same.
    const published = (line: string): boolean =>
      publishedShapes.has(line.replace(/\.(removed|modified)\[\]/, '.added[]'));
    const lines = told
      .filter(({ event }) => /^(push|issue_comment)$/.test(event))
      .flatMap(({ payload }) => shapeOf(payload));
    expect(lines.length).toBeGreaterThan(1000);
    // Two that only the schemas have, which are younger than the examples.
    expect([...new Set(lines)].filter((line) => !published(line)).sort()).toEqual([
      '.issue.pull_request.merged_at: null',
      '.issue.state_reason: null',
    ]);
    expect(published('.repository.language: number')).toBe(false);
  });

  test('edits tell the old text, pushes their commits', () => {
    const of = (name: string) => told.filter((one) => one.schema === name).map(({ payload }) => payload);
    expect(of('issues$edited')[0]).toMatchObject({
      changes: { body: { from: 'first' }, title: { from: 't' } },
      issue: { title: 'u', body: 'second' },
    });
    expect(of('issue_comment$edited')[0]).toMatchObject({
      changes: { body: { from: 'said' } },
      comment: { body: 'said better' },
    });
    expect(of('issue_comment$deleted')[0]).toMatchObject({ comment: { body: 'said better' } });
    expect(of('pull_request$edited')[0]).toMatchObject({ changes: { body: { from: 'b' }, title: { from: 't' } } });
    const [first, branch, empty, forced, deleted] = of('push$event');
    expect(first).toMatchObject({
      ref: 'refs/heads/main',
      before: ZERO,
      created: true,
      repository: { full_name: REPO, private: true, default_branch: 'main', html_url: `https://github.com/${REPO}` },
      commits: [
        { added: ['a', 'b'], removed: [], modified: [] },
        { added: ['c'], removed: ['b'], modified: ['a'] },
      ],
    });
    expect(branch).toMatchObject({
      ref: 'refs/heads/topic',
      created: true,
      commits: [{ added: ['d'], distinct: true }],
    });
    expect(empty).toMatchObject({ created: true, commits: [], head_commit: { distinct: false } });
    expect(forced).toMatchObject({ forced: true, created: false, commits: [{ added: ['e'] }] });
    expect(deleted).toMatchObject({ deleted: true, after: ZERO });
  });

  test('a push tells at most 2,048 commits', async () => {
    const { payload, after } = await github.push(REPO, {
      commits: Array.from({ length: 2050 }, (_, n) => one({ a: `${n}` })),
    });
    const commits = payload['commits'] as { id: string }[];
    expect([commits.length, commits.at(-1)?.id]).toEqual([2048, after]);
  });
});
