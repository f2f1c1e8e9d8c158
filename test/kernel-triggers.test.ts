import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TRIGGER, type Trigger, triggers } from '../src/scan/kernel/kernel.ts';
import { anchor, anchors, fill, hitsOf, seatings, textWith, twins } from './support/anchors.ts';

const kernels = twins({ anchors: [anchor('never')], triggers: true });
const found = (text: string, at: number): readonly (readonly string[])[] =>
  kernels.map((kernel) => {
    const to = fill(kernel, text, at);
    return hitsOf(kernel, [0, to]).map((hit) => triggers[Number(hit.split('@')[0]) - TRIGGER] ?? hit);
  });

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const utf16 = (text: string): string => Buffer.from(text, 'utf16le').toString('latin1');
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

const rows: readonly (readonly [text: string, trigger: Trigger | 'nothing'])[] = [
  [base64('fifteen letters'), 'base64'],
  [`x ${base64('user:some words\nmore')} x`, 'base64'],
  [base64('fourteen chars'), 'nothing'],
  [Buffer.from('ten letters', 'utf16le').toString('base64'), 'base64'],
  [base64('\0'.repeat(30)), 'nothing'],
  ['anIdentifierOfManyLettersInCamelCase', 'nothing'],
  ['/usr/share/doc/packages/something/else', 'nothing'],
  [base64('\xff'.repeat(30)), 'nothing'],
  ['a'.repeat(64), 'nothing'],
  [hex('fourteen chars'), 'hex'],
  [hex('fourteen chars').toUpperCase(), 'hex'],
  [hex('thirteen char'), 'nothing'],
  ['0123456789abcdef0123456789abcdef01234567', 'nothing'],
  ['a%5Fb', 'percent'],
  ['a%255Fb', 'percent'],
  ['a%u005fb', 'percent'],
  ['a%E2%80%8Bb', 'percent'],
  ['a%c2%adb', 'percent'],
  ['a%u200Bb', 'percent'],
  ['a%00b', 'percent'],
  ['%00 a%00&b=%00c', 'nothing'],
  ['caf%C3%A9 %E2%80%99', 'nothing'],
  ['100% of %s, %20 and %0A', 'nothing'],
  ['a\\u005fb', 'backslash'],
  ['a\\U0000005fb', 'backslash'],
  ['a\\u{5f}b', 'backslash'],
  ['a\\x5fb', 'backslash'],
  ['a\\137b', 'backslash'],
  ['a\\5f b', 'backslash'],
  ['a\\N{LOW LINE}b', 'backslash'],
  ['a\\u001b[1mb', 'backslash'],
  ['a\\u00adb', 'backslash'],
  ['a\\u034fb', 'backslash'],
  ['[\\u0300-\\u036f\\u0430\\u00e9]', 'nothing'],
  ['a\\u0000b', 'backslash'],
  ['"\\u0000b", "a\\u0000"', 'nothing'],
  ['a\\u200bb', 'backslash'],
  ['a\\uFEFFb', 'backslash'],
  ['don\\u2019t \\u200b', 'nothing'],
  ['a\\/b', 'backslash'],
  ['a\\_b', 'backslash'],
  ['C:\\users\\x.txt\\0 \\n\\t\\" \\/ \\d+', 'nothing'],
  ['a&#95;b', 'entity'],
  ['a&#x5f;b', 'entity'],
  ['a&amp;#95;b', 'entity'],
  ['a&lowbar;b', 'entity'],
  ['a&nbsp;b&lt;&gt;&amp;&quot; && x & y', 'nothing'],
  ['a=5Fb', 'quoted'],
  ['a=73=6B', 'quoted'],
  ['?width=320&a=73', 'nothing'],
  ['a=\nb', 'quoted'],
  ['a=\r\nb', 'quoted'],
  ['a=50&b == 30, x =\n y', 'nothing'],
  [utf16('eight of'), 'zero'],
  [`\0${utf16('eight of')}`, 'zero'],
  [utf16('six le'), 'nothing'],
  ['\0'.repeat(64), 'nothing'],
  ['a\x1b[01;31mb', 'ansi'],
  [' \x1b[0m \x1b]0;', 'nothing'],
  [utf8('a\u200bb'), 'invisible'],
  [utf8('a\u00adb'), 'invisible'],
  [utf8('a\u2060\ufeffb'), 'invisible'],
  [utf8('\ufeffa – ‘b’ café \u200b'), 'nothing'],
  ['"a"+"b"', 'joint'],
  ["'a' . 'b'", 'joint'],
  ['"a" &\n  "b"', 'joint'],
  ['"a" +\n+   "b"', 'joint'],
  ['\\"a\\" + \\"b\\"', 'joint'],
  ['\\"a\\" +\\n  \\"b\\"', 'joint'],
  ['"a".concat("b")', 'joint'],
  ['"a""b"', 'joint'],
  ['"a" "b"', 'joint'],
  [`'a'""'b'`, 'joint'],
  ['f"a" f"b"', 'joint'],
  ['73 6b 5f 6C ', 'codes'],
  ['6c:69:76:65:', 'codes'],
  ['73 6b 5f 6c', 'nothing'],
  ['73 6b:5f 6c ', 'nothing'],
  ['73 6b 5g 6c ', 'nothing'],
  ['10 11 12 13 14 15 16 17 18 19', 'nothing'],
  [`{"a": "b", "c": ""} x = 'a', 'b'; y = ' ' + "" + x; z = "a" + b`, 'nothing'],
];

describe('triggers', () => {
  test.each(rows)('in %j: %s', (text, trigger) => {
    for (const at of [0, 1, 31, 57, 60, 63, 64, 4080, 4090, 4095, 8180]) {
      for (const kinds of found(text, at)) expect([...new Set(kinds)]).toEqual(trigger === 'nothing' ? [] : [trigger]);
    }
  });

  test('the first of each in 64 bytes is told', () => {
    for (const kernel of kernels) {
      const to = fill(kernel, 'a%5F'.repeat(64), 128);
      const at = [129, 193, 257, 321];
      expect(hitsOf(kernel, [128, to])).toEqual(at.map((place) => `${TRIGGER + triggers.indexOf('percent')}@${place}`));
    }
  });

  test('a flood of anchors hides none of them, and has none told twice', () => {
    const [relaxed, simd, plain] = twins({
      anchors: Array.from({ length: 40 }, () => anchor('a%')),
      triggers: true,
    }).map((kernel) => hitsOf(kernel, [0, fill(kernel, 'a%5F'.repeat(4000))]));
    expect(plain).toHaveLength(40 * 4000 + 250);
    expect(relaxed).toEqual(plain);
    expect(simd).toEqual(plain);
  });

  /** Pieces of text in which something could be encoded, whole and nearly. */
  const hiding = fc.oneof(
    fc.string({
      unit: fc.constantFrom(...'ab%2F5f7EC8B&#;=\\"\'+. \nuxN0{[m/_-<|\r\t\x1b\0\xc2\xad\xe2\x80\x8b\xef\xbb\xbf'),
    }),
    fc.string({ unit: 'grapheme-ascii', minLength: 12 }).map(base64),
    fc.string({ unit: 'grapheme-ascii', minLength: 12 }).map(hex),
    fc.string({ unit: 'grapheme-ascii', minLength: 6 }).map(utf16),
    fc.constantFrom(...rows.map(([text]) => text)),
  );
  const cases = fc.array(anchors, { minLength: 1, maxLength: 30 }).chain((sought) =>
    fc.record({
      sought: fc.constant(sought),
      seating: seatings(sought),
      text: textWith(sought, hiding),
      shift: fc.integer({ min: 0, max: 5000 }),
      cut: fc.tuple(fc.nat(300), fc.nat(300)),
    }),
  );

  test('twins give the same hits of the same bytes, wherever they stand', () => {
    fc.assert(
      fc.property(cases, ({ sought, seating, text, shift, cut: [first, last] }) => {
        const [relaxed, simd, plain] = twins({ anchors: sought, seating, triggers: true }).map((kernel) => {
          const to = fill(kernel, text, shift);
          return hitsOf(kernel, [Math.min(shift + first, to), Math.max(shift, to - last)]);
        });
        expect(relaxed).toEqual(plain);
        expect(simd).toEqual(plain);
      }),
      { numRuns: 100 },
    );
  });
});
