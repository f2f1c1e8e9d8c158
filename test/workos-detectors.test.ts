import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
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
      expires_at: '2027-01-01T00:00:00.000Z',
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
        expiresAt: '2027-01-01T00:00:00.000Z',
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
  for (const detector of workosEnvironmentKey()) {
    expect(detector.critical).toBe(true);
    expect([detector.validate, detector.revoke, detector.expire]).toEqual([undefined, undefined, undefined]);
  }
});

describe('an environment key is named so', () => {
  const id = 'workos-environment-key';
  const probe = createProbe(detectors(detectorSettings.parse({})));
  const crockford = [...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'];
  const alphanumeric = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];
  const text = (letters: readonly string[], length: number) =>
    fc.array(fc.constantFrom(...letters), { minLength: length, maxLength: length }).map((all) => all.join(''));
  const keys = fc
    .tuple(fc.constantFrom('test', 'live'), text(crockford, 24), text(alphanumeric, 25))
    .map(([mode, ulid, rest]) => `sk_${mode}_${Buffer.from(`key_01${ulid},${rest}`).toString('base64').slice(0, 75)}`);

  test('whatever stands around it', () => {
    const left = ['', ' ', '=', '\\n', '%3D', '\u001b[31m', 'key%', '\u00e9', 'sk_live_=', '/+', '-', '*', '(', ':'];
    const right = [
      '',
      ' ',
      '=',
      '==',
      '"',
      '/rotate',
      '+1',
      '_old',
      '-->',
      '.',
      '%26',
      '\\n',
      '\u001b[0m',
      '\u00e9',
      '@h',
      ',',
    ];
    fc.assert(
      fc.property(keys, fc.constantFrom(...left), fc.constantFrom(...right), (key, before, after) => {
        const found = probe.find(before + key + after);
        expect(found.map(({ detector, secret }) => [detector, secret])).toEqual([[id, key]]);
      }),
      { numRuns: 1000 },
    );
  });

  test('and nothing that is cut or goes on', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 20 }), text(alphanumeric, 20), (key, count, more) => {
        const wrong = [key.slice(0, -count), key + more.slice(0, count)];
        const [detector] = workosEnvironmentKey();
        const accepted = wrong.filter((one) => detector.accept?.(one) && detector.pattern.test(one));
        // Its own content may be cut after as many letters as keys had in 2023.
        expect(accepted.filter((one) => one.length !== 68)).toEqual([]);
      }),
    );
  });
});

test('no random key is taken for a placeholder', () => {
  const { placeholder } = customerKey();
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
  const alphabets = [letters, letters.slice(0, 62), letters.slice(0, 52), letters.slice(26, 62), '0123456789abcdef'];
  const lost = alphabets.map((alphabet, kind) => {
    let count = 0;
    const text = sample(`random ${kind}`, 20_000 + 200, alphabet);
    for (let i = 0; i < 20_000; i += 1) if (placeholder?.test(`sk_${text.slice(i, i + 16 + (i % 60))}`)) count += 1;
    return count;
  });
  for (const count of lost) expect(count).toBeLessThanOrEqual(10);
});

describe('settings of customer keys', () => {
  const find = (settings: unknown, text: string) =>
    createProbe([...workosEnvironmentKey(), customerKey(settings)])
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
    const [environmentKey] = workosEnvironmentKey()[0].examples().ours;
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
        const detector = detectors(detectorSettings.parse({})).find(({ id }) => id === 'workos-customer-key');
        const lost = keys.filter((key) => !detector?.accept?.(key)).length;
        expect([alphabet, length, lost]).toEqual([alphabet, length, Math.min(lost, length < 24 ? 12 : 1)]);
      }
    }
  });

  test.each([
    ['ElevenLabs', sample('ElevenLabs broken', 48, '0123456789abcdef')],
    ['Svix', `${sample('Svix broken', 32)}.eu`],
    ['Checkout.com', sample('Checkout.com broken', 27, 'abcdefghijklmnopqrstuvwxyz234567')],
  ])('the half of a key of %s at the end of a line is not sent', (_, body) => {
    for (const mark of ['\n', '\n> ', ' |\n|   | ', '\n<14>1 - h app - - - ', '\\u200b']) {
      const text = `t=sk_${body.slice(0, 18)}${mark}${body.slice(18)}\n`;
      expect([mark, find({}, text)]).toEqual([mark, []]);
    }
  });

  test('what stands in the next line does not hide a key', () => {
    const key = `sk_${sample('own', 40)}`;
    for (const next of ['HOST=api.acme.eu', 'acme.eu', 'API=https://acme1.eu', 'Z=1']) {
      expect(find({}, `KEY=${key}\n${next}\n`)).toEqual([`workos-customer-key ${key}`]);
    }
  });
});
