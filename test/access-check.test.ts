import { createHash, createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type AccessSettings, createAccess, isGenuine } from '../examples/access-check/access-check.ts';
import { sample } from '../src/core/sample.ts';
import { type EmulatedWorkos, startEmulatedWorkos } from '../src/demo/workos.ts';

const CREDENTIAL = `sk_test_${sample('emulator credential', 24)}`;
const SECRET = Buffer.from(sample('notice secret', 32)).toString('base64');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let workos: EmulatedWorkos;
let now = 0;
beforeEach(async () => {
  now = Date.parse('2026-11-23T12:00:00Z');
  workos = await startEmulatedWorkos({ credential: CREDENTIAL });
});
afterEach(() => workos.close());

const open = (more: Partial<AccessSettings> = {}) =>
  createAccess({
    ...{ issuer: new URL(workos.url), credential: CREDENTIAL, noticeSecret: SECRET, now: () => now, ...more },
  });
const issue = (name: string) => workos.issueKey({ name, permissions: ['posts:read'], seed: name });
const asked = () => workos.stats().calls.validate;

describe('what is remembered', () => {
  test('a hundred requests with one key ask once, and again a minute later', async () => {
    const { value } = issue('a');
    const { check } = open();
    const all = await Promise.all(Array.from({ length: 100 }, () => check(value, 'posts:read')));
    expect([new Set(all), asked()]).toEqual([new Set([200]), 1]);
    now += 59_000;
    expect([await check(value, 'posts:read'), await check(value, 'posts:write'), asked()]).toEqual([200, 403, 1]);
    now += 2_000;
    expect([await check(value, 'posts:read'), asked()]).toEqual([200, 2]);
  });

  test('a wrong key is asked about once in two seconds', async () => {
    const { check } = open();
    const key = `sk_${sample('nobody', 43)}`;
    for (let n = 0; n < 5; n += 1) expect(await check(key, 'posts:read')).toBe(401);
    expect(asked()).toBe(1);
    now += 2_001;
    expect([await check(key, 'posts:read'), asked()]).toEqual([401, 2]);
  });

  test('a flood of invented keys drives no good one out', async () => {
    const { value } = issue('a');
    const { check } = open();
    expect(await check(value, 'posts:read')).toBe(200);
    await workos.close(); // so that each is silence at once
    for (let n = 0; n < 10_500; n += 1) await check(`sk_${n}`, 'posts:read');
    expect(await check(value, 'posts:read')).toBe(200);
  }, 60_000);
});

describe('an issuer that is silent', () => {
  test.each([
    { kind: 'reset' },
    { kind: 'html200' },
    { kind: 'missingField' },
    { kind: 'wrongShape' },
    { kind: 'redirect' },
    { kind: 'status', status: 401 },
    { kind: 'status', status: 500 },
  ] as const)('%j keeps who was good for five minutes, and lets nobody new in', async (fault) => {
    const [known, fresh] = [issue('known'), issue('fresh')];
    const { check } = open();
    expect(await check(known.value, 'posts:read')).toBe(200);
    workos.inject(fault);
    expect(await check(fresh.value, 'posts:read')).toBe(503);
    now += 60_000 + 299_000;
    expect([await check(known.value, 'posts:read'), await check(known.value, 'posts:write')]).toEqual([200, 403]);
    now += 2_000;
    expect(await check(known.value, 'posts:read')).toBe(503);
    workos.clearFaults();
    now += 2_001;
    expect(await check(fresh.value, 'posts:read')).toBe(200);
  });

  test('brings back no key of which it had said no', async () => {
    const { id, value } = issue('a');
    const { check } = open();
    expect(await check(value, 'posts:read')).toBe(200);
    workos.removeKey(id);
    now += 61_000;
    expect(await check(value, 'posts:read')).toBe(401);
    workos.inject({ kind: 'reset' });
    now += 3_000;
    expect(await check(value, 'posts:read')).toBe(503);
  });
});

describe('a key that is cut', () => {
  test.each(['digest', 'id'] as const)('is refused at once, known by its %s', async (by) => {
    const { id, value } = issue('a');
    const { check, forget } = open();
    expect(await check(value, 'posts:read')).toBe(200);
    forget(undefined, by === 'id' ? id : sha256(value));
    expect(await check(value, 'posts:read')).toBe(401);
  });

  test('is brought back by no answer that was on its way', async () => {
    const { id, value } = issue('a');
    const { check, forget } = open();
    workos.setLatency(200);
    const underWay = check(value, 'posts:read');
    forget(undefined, id);
    expect([await underWay, await check(value, 'posts:read')]).toEqual([401, 401]);
  });
});

describe('a notice', () => {
  const at = 1_790_000_000;
  const body = Buffer.from('{"type":"api_key.revoked"}');
  const sign = (text: string, secret = SECRET) =>
    `v1,${createHmac('sha256', Buffer.from(secret, 'base64')).update(text).digest('base64')}`;
  const right = {
    ...{ 'webhook-id': 'inc_1', 'webhook-timestamp': String(at) },
    'webhook-signature': sign(`inc_1.${at}.${body}`),
  };
  const genuine = (headers: object, seconds = 0) =>
    isGenuine({ headers: { ...right, ...headers }, body }, `whsec_${SECRET}`, (at + seconds) * 1000);

  test('that is signed and new is genuine, also among signatures of other keys', () => {
    expect(genuine({})).toBe(true);
    expect(genuine({}, 299)).toBe(true);
    expect(genuine({ 'webhook-signature': `v1,AAAA ${right['webhook-signature']}` })).toBe(true);
  });

  test.each([
    ['is old', {}, 301],
    ['is of tomorrow', {}, -301],
    ['has no time', { 'webhook-timestamp': '' }, 0],
    ['has a time that is no number', { 'webhook-timestamp': 'Infinity' }, 0],
    ['has another time', { 'webhook-timestamp': String(at + 1) }, 0],
    ['has another id', { 'webhook-id': 'inc_2' }, 0],
    ['has no signature', { 'webhook-signature': undefined }, 0],
    ['has an empty signature', { 'webhook-signature': 'v1,' }, 0],
    ['is signed with another key', { 'webhook-signature': sign(`inc_1.${at}.${body}`, 'AAAA') }, 0],
    ['is of another body', { 'webhook-signature': sign(`inc_1.${at}.{}`) }, 0],
  ] as const)('that %s is not', (_, headers, seconds) => {
    expect(genuine(headers, seconds)).toBe(false);
  });
});
