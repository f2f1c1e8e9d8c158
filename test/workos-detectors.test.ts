import { describe, expect, test } from '@jest/globals';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { workosCustomerKey, workosCustomerKeySettings } from '../detectors/workos-customer-key.ts';
import { workosEnvironmentKey } from '../detectors/workos-environment-key.ts';
import type { Answer, Issuer } from '../src/core/issuer.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { createProbe } from './support/scanning.ts';

/** An issuer that gives one answer and counts what it is asked. */
const createAnswering = (answer: Answer) => {
  const asked: string[] = [];
  const issuer: Issuer = {
    environment: 'staging',
    async ask(operation) {
      asked.push(operation);
      return answer;
    },
  };
  return { issuer, asked };
};

const customerKey = (settings: unknown = {}) => workosCustomerKey(workosCustomerKeySettings.parse(settings));
const validate = (answer: Answer) => customerKey().validate?.(new Secret('any'), createAnswering(answer).issuer);

const apiKey = {
  object: 'api_key',
  id: 'api_key_01ABC',
  owner: { type: 'organization', id: 'org_01ABC' },
};

describe('each call is one request of the official SDK, whatever comes back', () => {
  const requestsOf = async (operation: 'validate' | 'revoke' | 'expire', respond: () => Promise<Response>) => {
    const requests: unknown[] = [];
    const issuer: Issuer = {
      environment: 'staging',
      async ask(name, call) {
        const baseUrl = new URL('http://127.0.0.1:4100');
        const fetch: typeof globalThis.fetch = async (url, init) => {
          requests.push([name, init?.method, String(url), init?.body ?? null]);
          return respond();
        };
        await call({ baseUrl, fetch }).catch(() => undefined);
        return { silence: 'server-error' };
      },
    };
    const handle = { id: 'api_key_01ABC', environment: 'staging' };
    const detector = customerKey();
    if (operation === 'validate') await detector.validate?.(new Secret('the secret'), issuer);
    else await detector[operation]?.(handle, issuer);
    return requests;
  };
  const requests = {
    validate: ['validate', 'POST', 'http://127.0.0.1:4100/api_keys/validations', '{"value":"the secret"}'],
    revoke: ['delete', 'DELETE', 'http://127.0.0.1:4100/api_keys/api_key_01ABC', null],
    expire: ['expire', 'POST', 'http://127.0.0.1:4100/api_keys/api_key_01ABC/expire', '{}'],
  };

  test.each(['validate', 'revoke', 'expire'] as const)('%s', async (operation) => {
    for (const status of [200, 404, 429, 500, 503]) {
      expect(await requestsOf(operation, async () => Response.json({}, { status }))).toEqual([requests[operation]]);
    }
    const broken = requestsOf(operation, () => Promise.reject(new TypeError('fetch failed')));
    expect(await broken).toEqual([requests[operation]]);
  });
});

describe('what a live answer tells', () => {
  test('all of it is kept as evidence', async () => {
    const api_key = {
      ...apiKey,
      owner: { type: 'user', id: 'user_01ABC', organization_id: 'org_01ABC' },
      name: 'CI\u202e\n',
      obfuscated_value: 'sk_...PRYS',
      last_used_at: '2026-11-01T00:00:00.000Z',
      permissions: ['posts:read', 'posts:write'],
      created_at: '2026-01-01T00:00:00.000Z',
    };
    expect(await validate({ status: 200, json: { api_key } })).toEqual({
      validity: 'live',
      handle: { id: 'api_key_01ABC', environment: 'staging' },
      evidence: {
        name: 'CI??',
        owner: { type: 'user', id: 'user_01ABC', organization: 'org_01ABC' },
        permissions: ['posts:read', 'posts:write'],
        lastUsedAt: '2026-11-01T00:00:00.000Z',
        createdAt: '2026-01-01T00:00:00.000Z',
        masked: 'sk_...PRYS',
      },
    });
  });

  test('what only serves as evidence may be of another shape', async () => {
    const odd = { ...apiKey, name: 7, last_used_at: 12, permissions: 'all', created_at: null, obfuscated_value: {} };
    expect(await validate({ status: 200, json: { api_key: odd } })).toEqual({
      validity: 'live',
      handle: { id: 'api_key_01ABC', environment: 'staging' },
      evidence: { owner: { type: 'organization', id: 'org_01ABC' } },
    });
    expect(await validate({ status: 200, json: { api_key: { ...apiKey, last_used_at: null } } })).toMatchObject({
      evidence: { lastUsedAt: null },
    });
  });

  test('silence keeps its reason and its delay', async () => {
    expect(await validate({ silence: 'throttled', retryAfterMs: 7000 })).toEqual({
      validity: 'unknown',
      reason: 'throttled',
      retryAfterMs: 7000,
    });
    expect(await validate({ silence: 'timeout' })).toEqual({ validity: 'unknown', reason: 'timeout' });
    expect(await validate({ status: 403, json: {} })).toEqual({ validity: 'unknown', reason: 'forbidden' });
    expect(await validate({ status: 422, json: {} })).toEqual({ validity: 'unknown', reason: 'unrecognised' });
  });
});

test.each(['../organizations/org_1', 'a/b', 'a%2fb', '.', '', 'k'.repeat(129), 'a b', 'a\n'])(
  'the id %j never reaches a path',
  async (id) => {
    const { issuer, asked } = createAnswering({ status: 204, json: undefined });
    const handle = { id, environment: 'staging' };
    const unknown = { result: 'unknown', reason: 'unrecognised' };
    expect(await customerKey().revoke?.(handle, issuer)).toEqual(unknown);
    expect(await customerKey().expire?.(handle, issuer)).toEqual(unknown);
    expect(asked).toEqual([]);
  },
);

test('an environment key is critical, and nobody is ever asked about it', () => {
  const detector = workosEnvironmentKey();
  expect(detector.critical).toBe(true);
  expect([detector.validate, detector.revoke, detector.expire]).toEqual([undefined, undefined, undefined]);
});

describe('settings of customer keys', () => {
  const find = (settings: unknown, text: string) =>
    createProbe([workosEnvironmentKey(), customerKey(settings)])
      .find(text)
      .map(({ detector, secret }) => `${detector} ${secret}`);

  test('have defaults and descriptions', () => {
    expect(detectorSettings.parse({})['workos-customer-key']).toEqual({
      prefixes: ['sk_', 'wos_api_key_'],
      minLength: 16,
      maxLength: 200,
      alphabet: 'words',
      minEntropy: 2.5,
    });
    for (const field of Object.values(workosCustomerKeySettings.shape)) expect(field.description).toBeTruthy();
  });

  test.each([
    { prefixes: [] },
    { prefixes: ['sk'] },
    { prefixes: ['sk.*_'] },
    { minLength: 3 },
    { minLength: 50, maxLength: 40 },
    { maxLength: 5000 },
    { alphabet: '[a-z]' },
    { minEntropy: -1 },
    { prefix: 'sk_' },
  ])('%j is refused', (settings) => {
    expect(workosCustomerKeySettings.safeParse(settings).success).toBe(false);
  });

  test('sk_live_ keys are sent only when that prefix is listed; what is surely another vendor’s never', () => {
    const ours = `sk_live_${sample('ours', 32)}`;
    const test_ = `sk_test_${sample('ours', 32)}`;
    const stripe = `sk_live_51${sample('stripe', 97)}`;
    const paystack = `sk_live_${sample('paystack', 40, '0123456789abcdef')}`;
    const [environmentKey] = workosEnvironmentKey().examples.ours;
    const text = [ours, test_, stripe, paystack, environmentKey].join('\n');
    expect(find({}, text)).toEqual([`workos-environment-key ${environmentKey}`]);
    expect(find({ prefixes: ['sk_', 'sk_live_'] }, text)).toEqual([
      `workos-customer-key ${ours}`,
      `workos-environment-key ${environmentKey}`,
    ]);
  });

  test('an alphabet decides where a key ends', () => {
    const body = sample('body', 20);
    const text = (after: string) => `k=sk_${body}${after} `;
    expect(find({}, text('-->'))).toEqual([`workos-customer-key sk_${body}`]);
    expect(find({ alphabet: 'base64url' }, text('-_'))).toEqual([`workos-customer-key sk_${body}-_`]);
    expect(find({ alphabet: 'base64' }, text('/+a'))).toEqual([`workos-customer-key sk_${body}/+a`]);
    expect(find({ alphabet: 'alphanumeric' }, text('_old'))).toEqual([`workos-customer-key sk_${body}`]);
    expect(find({ alphabet: 'hex', minLength: 32 }, text(''))).toEqual([]);
  });

  test('lengths are of the body', () => {
    const of = (length: number) => `sk_${sample('length', length)}`;
    const lengths = [19, 20, 24, 25].map((length) => find({ minLength: 20, maxLength: 24 }, of(length)).length);
    expect(lengths).toEqual([0, 1, 1, 0]);
  });

  test('entropy 0 turns the checks on words off', () => {
    const words = 'sk_stream_wait_memory_pressure';
    expect([find({}, words), find({ minEntropy: 0 }, words)]).toEqual([[], [`workos-customer-key ${words}`]]);
  });

  test('hardly a random key is taken for words', () => {
    const alphabets = ['0123456789abcdef', 'abcdefghijklmnopqrstuvwxyz0123456789', undefined];
    for (const alphabet of alphabets) {
      for (const length of [16, 24, 32, 48]) {
        const keys = Array.from({ length: 500 }, (_, i) => `sk_${sample(`random ${i}`, length, alphabet)}`);
        const [detector] = detectors(detectorSettings.parse({})).slice(1);
        const lost = keys.filter((key) => !detector?.accept?.(key)).length;
        expect([alphabet, length, lost]).toEqual([alphabet, length, Math.min(lost, length < 24 ? 12 : 1)]);
      }
    }
  });
});
