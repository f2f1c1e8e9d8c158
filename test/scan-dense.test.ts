import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { detectorSettings, detectors } from '../detectors/index.ts';
import type { Anchor } from '../src/scan/pattern/anchor.ts';
import { parsePattern } from '../src/scan/pattern/parse.ts';
import { createRuns, runOf } from '../src/scan/runs.ts';
import type { Span } from '../src/scan/sheet.ts';
import { textOf } from './support/decoding.ts';
import { createProbe } from './support/scanning.ts';

const all = detectors(detectorSettings.parse({}));

describe('a name in every line', () => {
  const lines = [
    '      "type": "aws_instance", "name": "web", "provider": "hashicorp/aws",\n',
    '\tgithub.com/aws/aws-sdk-go-v2/service/s3 v1.2.3\n',
    'def test_arguments(): test_basic(); test_client()\n',
  ];
  const sought = ['aws-secret-access-key', 'mollie-api-key'];
  const probe = createProbe(all);

  test.each(lines)('%j hides no key, and is no flood', (line) => {
    for (const detector of all.filter(({ id }) => sought.includes(id))) {
      const { context = '', ours } = detector.examples();
      for (const size of [20_000, 400_000]) {
        for (const share of [0.5, 1]) {
          const before = line.repeat((size * share) / line.length);
          const found = probe.find(`${before}${context}${ours[0]}\n${line.repeat((size * (1 - share)) / line.length)}`);
          expect(found.map(({ secret }) => secret)).toEqual([ours[0]]);
        }
      }
    }
    expect(probe.facts.filter(({ type }) => type === 'source.unscanned')).toEqual([]);
  });
});

describe('the beginnings of keys in every line', () => {
  const lines = [
    '\tsk->sk_err = 0; sk_mem_reclaim(sk); sk->sk_state_change(sk);\n',
    'sk_X509_NAME_new_null(); sk_SSL_CIPHER_num(sk); sk_GENERAL_NAME_pop_free(x);\n',
    'const sk_live_example = process.env.STRIPE_SK; sk_test_helper(sk_live_x);\n',
    '.sk-fading-circle .sk-circle { } .sk-cube-grid .sk-cube1 {} .sk-wave .sk-rect1{}\n',
    'base: postgres://user@host/db redis://localhost:63 mongodb://localhost amqp://guest@h\n',
    'glpat_x, ghp_a, sk-abc, xoxb-1, AKIA, key-123, pk_live, sk_test_, rk_live_\n',
  ];
  const probe = createProbe(all);

  test.each(lines)('%j hide no key, and are no flood', (line) => {
    const sought = ['workos-environment-key', 'stripe-secret-key', 'database-url', 'github-personal-access-token'];
    const before = line.repeat(400_000 / line.length);
    for (const detector of all.filter(({ id }) => sought.includes(id))) {
      const { context = '', ours } = detector.examples();
      const found = probe.find(`${before}${context}${ours[0]}\n${line}`);
      expect(found.map(({ secret }) => secret)).toContain(ours[0]);
    }
    expect(probe.facts.filter(({ type }) => type === 'source.unscanned')).toEqual([]);
  });
});

describe('names, and what only looks like the key, in every line of a small file', () => {
  const hash = (n: number) => createHash('sha256').update(`${n}`).digest('hex');
  const zeros = Array.from({ length: 200 }, (_, n) => `${hash(n)}${'0'.repeat(48)}`).join('');
  const rows: readonly (readonly [string, string, (n: number) => string])[] = [
    ['scaleway-secret-key', 'scaleway_secret_key = ', (n) => `resource "scaleway_instance_ip" "ip${n}" {}\n`],
    ['heroku-api-key', 'HEROKU_API_KEY=', (n) => `* [\`heroku apps:add${n}\`](#heroku-appsadd)\n`],
    ['datadog-api-key', 'datadog_api_key: ', (n) => `${hash(n)}  datadog-agent_7.${n}.0-1_amd64.deb\n`],
    [
      'dropbox-older-access-token',
      'dropbox_token = ',
      (n) =>
        Buffer.from(zeros, 'hex')
          .toString('base64')
          .repeat(n ? 0 : 1),
    ],
  ];
  const probe = createProbe(all);

  test.each(rows)('%s', (id, name, line) => {
    const key =
      all
        .find((detector) => detector.id === id)
        ?.examples()
        .ours[0]?.replace(/^.*[=:]\s*/, '') ?? '';
    for (const count of [30, 240, 1500]) {
      const text = `${Array.from({ length: count }, (_, n) => line(n)).join('')}\n${name}${key}\n`;
      expect([count, probe.find(text).filter(({ detector }) => detector === id)]).toEqual([
        count,
        [expect.objectContaining({ secret: key })],
      ]);
    }
    expect(probe.facts.filter(({ type }) => type === 'source.unscanned')).toEqual([]);
  });
});

describe('something encoded in every line', () => {
  const lines = [
    '{"u":"https:\\/\\/a.com\\/wp\\/2020\\/01\\/a.png","w":1},',
    '"url":"/q?a=x%2Fy&b=1%3D2","v":"a%2Bb",',
    `${Buffer.from('{"sub":"1234567890","name":"John"}').toString('base64')}\n`,
    '| max\\_retries | min\\_delay | a\\_b |\n',
    '<td>it&#39;s</td><td>a&#x2F;b</td>\n',
    'abc=3Ddef=\nghi=5Fjkl=\n',
    "a('b' + 'c'); d('e' + 'f');\n",
  ];

  test.each(lines)('%j hides no key, and is no flood', (line) => {
    const probe = createProbe(all);
    const [key = ''] = all.find(({ id }) => id === 'workos-environment-key')?.examples().ours ?? [];
    const planted = Buffer.from(`TOKEN=${key}`).toString('base64');
    for (const size of [20_000, 400_000]) {
      const found = probe.find(`${line.repeat(size / line.length)} ${planted}\n`);
      expect(found.map(({ secret }) => secret)).toEqual([key]);
    }
    expect(probe.facts.filter(({ type }) => type === 'source.unscanned')).toEqual([]);
  });
});

describe('the run that a match needs', () => {
  const runIn = ({ source, flags }: RegExp) => runOf(parsePattern(source, { dialect: 'js', flags }).root);

  test.each([
    [/k=(?<secret>[a-f0-9]{32})(?![a-f0-9])/, 32],
    [/k=(?<secret>[A-Za-z0-9+/]{86}==)/, 86],
    [/k=(?<secret>[a-z]{20,60})/i, 20],
    [/(?<secret>(?:live_|test_)[A-Za-z0-9]{30})/, 30],
    [/(?:k|l)=(?<secret>ab[a-f0-9]{32}|x)[A-Z]{24}/, 24],
    [/k=(?<secret>[a-f0-9]{8}-[a-f0-9]{12})/, 12],
  ] as const)('of %s is known', (pattern, count) => {
    expect(runIn(pattern)?.count).toBe(count);
  });

  test.each([
    /k=(?<secret>[a-f0-9]{32}|x)/,
    /k=(?<secret>(?:[a-f0-9]{32})?x)/,
    /k=(?<secret>[a-f0-9]{7})/,
    /k=(?<secret>[a-f0-9]{32})|token/,
    /k=(?<secret>x)(?![a-f0-9]{32})/,
  ])('of %s is not told', (pattern) => {
    expect(runIn(pattern)).toBeUndefined();
  });

  const rule = { pattern: () => parsePattern('k=[ab]{20}', { dialect: 'js', flags: '' }) };
  const spanOf = (content: string): Span => ({
    text: textOf(content),
    place: (start, end) => ({ start, end }),
    within: (start, end) => ({ unit: 0, start, end }),
    again: () => false,
  });
  const anchor = (before: number, after: number): Anchor => ({
    ...{ rule: 0, edge: false, checks: [], sets: [new Uint8Array(256)] },
    ...{ before: { least: 0, most: before }, after: { least: 0, most: after } },
  });

  test('is seen wherever it stands near an anchor', () => {
    const piece = fc.constantFrom('a'.repeat(19), 'ab'.repeat(10), 'b', '-', 'k', 'ba-');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.integer({ max: 30, min: 0 }),
        fc.integer({ max: 60, min: 20 }),
        (pieces, before, after) => {
          const content = pieces.join('');
          const span = spanOf(content);
          const runs = createRuns([rule]);
          for (let at = 0; at < content.length; at += 1) {
            const near = content.slice(Math.max(0, at - before), at + 1 + after);
            const open = at + 1 + after >= content.length;
            const expected = open || /[ab]{20}/.test(near);
            expect([at, runs.near(anchor(before, after), at + span.text.start, span)]).toEqual([at, expected]);
          }
        },
      ),
    );
  });

  test('is looked for once, however often its name stands there', () => {
    let looks = 0;
    const span = spanOf('a'.repeat(19).concat('-').repeat(500));
    const bytes = new Proxy(span.text.bytes, {
      get(target, name) {
        looks += 1;
        return Reflect.get(target, name, target);
      },
    });
    const runs = createRuns([rule]);
    const watched = { ...span, text: { ...span.text, bytes } };
    for (let at = span.text.start; at < span.text.end; at += 20) runs.near(anchor(0, 200), at, watched);
    expect(looks).toBeLessThan(10_000 * 3);
  });
});
