import { hash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bitsPerCharacter } from '../src/core/bits.ts';
import type { Detector } from '../src/core/detector.ts';
import { sample } from '../src/core/sample.ts';
import { createDoubts, type DoubtPolicy } from '../src/scan/doubts.ts';

const plain: Detector = {
  id: 'plain',
  issuer: 'nobody',
  docs: 'https://example.com',
  keywords: ['zz_'],
  pattern: /(?<secret>zz_\w+)/,
  examples: () => ({ ours: [], not: [] }),
  answers: [],
};

const doubt = (secret: string, detector: Partial<Detector> = {}, policy: Partial<DoubtPolicy> = {}) =>
  createDoubts({ inlineIgnore: 'none', ...policy })({
    detector: { ...plain, ...detector },
    secret,
    line: `key = ${secret}`,
    at: 6,
    via: [],
  });

const digits = '0123456789';
const small = 'abcdefghijklmnopqrstuvwxyz';
const capitals = small.toUpperCase();
const alphabets: Readonly<Record<string, string>> = {
  decimal: digits,
  hex: `${digits}abcdef`,
  'capital hex': `${digits}ABCDEF`,
  base32: `${capitals}234567`,
  crockford: '0123456789ABCDEFGHJKMNPQRSTVWXYZ',
  base36: digits + small,
  letters: small,
  base58: '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  base62: digits + small + capitals,
  base64: `${digits}${small}${capitals}+/`,
  base64url: `${digits}${small}${capitals}-_`,
};
const prefixes = ['', 'sk_live_', 'github_pat_', 'xoxb-', 'AKIA'];

/** Pseudo-random, fast, and the same every time (xorshift). */
const createDraw = (seed: number) => {
  let state = seed;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return (alphabet: string, length: number): string => {
    let text = '';
    for (let i = 0; i < length; i += 1) text += alphabet[(next() >>> 8) % alphabet.length];
    return text;
  };
};

describe('a key that was drawn at random is no doubt', () => {
  test.each(Object.entries(alphabets))('%s: 10,000 of them', (_, alphabet) => {
    const draw = createDraw(alphabet.length * 7919);
    const judge = createDoubts({ inlineIgnore: 'none' });
    const lengths = [20, 24, 32, 40, 64, 120].map((length) => (alphabet.length === 10 ? Math.max(length, 24) : length));
    for (let i = 0; i < 10_000; i += 1) {
      const secret = (prefixes[i % prefixes.length] ?? '') + draw(alphabet, lengths[i % lengths.length] ?? 20);
      const reason = judge({ detector: plain, secret, line: secret, at: 0, via: [] });
      if (reason) throw new Error(`${reason}: ${secret}`);
    }
  });

  test.each([
    ['zero bytes in base64', `${'A'.repeat(22)}${sample('twitter', 90)}`],
    ['zero bytes at the end', `${sample('azure', 60)}${'A'.repeat(14)}==`],
    ['a UUID', '6f1c9e2a-0b7d-4c35-9e8a-d17f4ab2c063'],
    ['a JSON web token', `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${sample('body', 60)}.${sample('signature', 43)}`],
    ['a password in an address', `postgres://app:${sample('password', 20)}@db.internal:5432/app`],
  ])('%s', (_, secret) => expect(doubt(secret)).toBeUndefined());
});

describe('a placeholder is none', () => {
  test.each([
    'zz_xxxxxxxxxxxxxxxxxxxx',
    'zz_XXXXXXXXXXXXXXXXXXXX',
    'zz_1234567890abcdef1234567890abcdef',
    'zz_abcdefghijklmnopqrstuvwxyz',
    'zz_ABCDEFGHIJKLMNOP1234',
    'zz_0000000000000000000000000000',
    'zz_0123456789abcdef0123456789ABCDEF',
    'zz_9876543210fedcba',
    'zz_abcdef123456abcdef123456',
    'zz_deadbeefdeadbeefdeadbeef',
    'zz_Ab1Ab1Ab1Ab1Ab1Ab1Ab1',
    'zz_aaaaaaaaaaaaaaaaaaaa',
    'zz_AAAAAAAAAAAAAAAAAAAA',
    '00000000-0000-0000-0000-000000000000',
    'zz_your-api-key-here',
    'zz_YOUR_API_KEY',
    'zz_yourSecretKey12',
    'zz_EXAMPLEKEY8h2Lq0',
    'zz_my_secret_key_0815',
    'zz_replace_me_please',
    'zz_changeme12345',
    'zz_this-is-not-a-real-key',
    'zz_insert-token-here',
    'zz_fake_Qd7h2k9s',
    '<redacted>',
    '<your key>',
    '[REDACTED]',
    'zz_****************',
    'zz_8h2L...',
    'zz_8h2L\xe2\x80\xa6',
    `zz_\${API_KEY}`,
    'zz_{{ api_key }}',
    'zz_%s',
    '%(token)s',
    '$DB_PASSWORD',
    '%API_KEY%',
    '__API_KEY__',
    'changeit',
    'password',
    'postgres://user:password@localhost/db',
    `postgres://user:\${PASSWORD}@localhost/db`,
    'postgres://user:hunter2@db.example.com/db',
  ])('%s', (secret) => expect(doubt(secret)).toBe('placeholder'));

  test('what stands in the rest of an address tells nothing of its password', () => {
    const password = sample('password', 20);
    expect(doubt(`postgres://your:${password}@sample-key-here.internal/example`)).toBeUndefined();
  });
});

describe('what is made of words is written', () => {
  test.each([
    'zz_stream_wait_memory',
    'zz_getElementByClassName',
    'task_management_system_v2',
    'correct-horse-battery-staple',
    'validateCustomerPaymentMethod',
    'SUBSCRIPTION_NOTIFICATION_CHANNEL',
    'helper-validator-identifier',
  ])('%s', (secret) => expect(doubt(secret)).toBe('written'));

  test('unless the detector has its own proof', () => {
    expect(doubt('zz_stream_wait_memory', { accept: () => true })).toBeUndefined();
    expect(doubt('zz_stream_wait_memory', { accept: () => false })).toBe('not-proved');
  });

  test('what is short may be a password', () => expect(doubt('hunter-two')).toBeUndefined());
});

describe('keys for everybody', () => {
  const key = `zz_${sample('published', 24)}`;

  test('are known by their hash', () => {
    expect(doubt(key)).toBeUndefined();
    expect(doubt(key, {}, { testKeys: new Set([hash('sha256', key)]) })).toBe('test-key');
  });

  test.each([
    ['AWS', ['AKIA', 'IOSFODNN7', 'EXAMPLE']],
    ['Stripe', ['sk_test', '_4eC39HqLyjW', 'DarjtT1zdp7dc']],
    ['GitHub', ['ghp_16C7e42F292c', '6912E7710c838', '347Ae178B4a']],
  ])('of %s', (_, parts) => expect(doubt(parts.join(''))).toBe('test-key'));
});

describe('what the detector knows', () => {
  const key = `zz_${sample('ours', 24)}`;

  test('goes first', () => {
    expect(doubt(key, { placeholder: /^zz_/ })).toBe('placeholder');
    expect(doubt(key, { foreign: [/^zz_/] })).toBe('foreign');
    expect(doubt('zz_your_key_here', { foreign: [/^zz_/] })).toBe('foreign');
    expect(doubt(key, { accept: () => false })).toBe('not-proved');
  });
});

describe('a comment', () => {
  const secret = `zz_${sample('commented', 24)}`;
  const judge = (policy: DoubtPolicy['inlineIgnore'], after: string, before = '') =>
    createDoubts({ inlineIgnore: policy })({
      detector: plain,
      secret,
      line: `key = "${secret}" ${after}`,
      at: 7,
      before,
      via: [],
    });

  const foreign = [
    '# gitleaks:allow',
    '#gitleaks:allow',
    '// betterleaks:allow',
    '<!-- trufflehog:ignore -->',
    '# pragma: allowlist secret',
    '# pragma: whitelist secret',
    '# ggignore',
    '/* kingfisher:ignore */',
    '// secretlint-disable-line',
    '# HashiCorpIgnore',
    '# checkov:skip=CKV_SECRET_6: not one',
  ];

  test.each(foreign)('%s shields where other tools’ comments count', (comment) => {
    expect(judge('all', comment)).toBe('ignored');
    expect(judge('ours', comment)).toBeUndefined();
    expect(judge('none', comment)).toBeUndefined();
  });

  test('of ours shields where ours count', () => {
    expect(judge('all', '# keyfuse:ignore')).toBe('ignored');
    expect(judge('ours', '# keyfuse:ignore (test fixture)')).toBe('ignored');
    expect(judge('none', '# keyfuse:ignore')).toBeUndefined();
  });

  test.each([
    'keyfuse:ignore-next-line',
    'secretlint-disable-next-line @secretlint/rule',
    'pragma: allowlist nextline secret',
    'kingfisher:ignore',
  ])('%s shields the line below', (comment) => {
    expect(judge('all', '', `// ${comment}`)).toBe('ignored');
    expect(judge('none', '', `// ${comment}`)).toBeUndefined();
  });

  test.each([
    '# nosec',
    '// NOSONAR',
    '# gitleaks:allowed',
    '# notkeyfuse:ignore',
    'x-keyfuse:ignore',
    '# gitleaks: allow',
  ])('%s says nothing', (comment) => expect(judge('all', comment)).toBeUndefined());

  test.each(['# keyfuse:ignore', '# gitleaks:allow'])('on the line before, %s says nothing', (comment) =>
    expect(judge('all', '', comment)).toBeUndefined(),
  );

  test('hides no other reason', () => {
    const line = 'zz_xxxxxxxxxxxxxxxxxxxx # keyfuse:ignore';
    const judged = createDoubts({ inlineIgnore: 'all' })({
      detector: plain,
      secret: 'zz_xxxxxxxxxxxxxxxxxxxx',
      line,
      at: 0,
      via: [],
    });
    expect(judged).toBe('placeholder');
  });
});

describe('entropy', () => {
  test.each([
    ['', 0],
    ['aaaa', 0],
    ['abab', 1],
    ['abcd', 2],
    ['0123456789abcdef', 4],
  ])('of %j is %d', (text, bits) => expect(bitsPerCharacter(text)).toBeCloseTo(bits, 9));

  test('is what Shannon says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 900 }), (text) => {
        const counts = [...text].reduce((map, one) => map.set(one, (map.get(one) ?? 0) + 1), new Map<string, number>());
        const shares = [...counts.values()].map((count) => count / text.length);
        const wanted = shares.reduce((sum, share) => sum - share * Math.log2(share), 0);
        expect(bitsPerCharacter(text)).toBeCloseTo(wanted, 9);
      }),
    );
  });
});

test('no text breaks the judgement, and none takes long', () => {
  const judge = createDoubts({ inlineIgnore: 'all' });
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('a', ' ', '-', '{', '<').map((one) => one.repeat(100_000)),
  );
  fc.assert(
    fc.property(texts, texts, (secret, line) => {
      const from = performance.now();
      judge({ detector: plain, secret, line, at: 0, before: line, via: [] });
      expect(performance.now() - from).toBeLessThan(3_000);
    }),
  );
});
