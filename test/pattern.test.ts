import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { headOf } from '../src/scan/pattern/head.ts';
import { childrenOf, type DialectName, type Node, type Pattern } from '../src/scan/pattern/node.ts';
import { parsePattern } from '../src/scan/pattern/parse.ts';
import { withoutPreamble } from '../src/scan/pattern/preamble.ts';
import { toJs } from '../src/scan/pattern/to-js.ts';
import { UnusablePattern } from '../src/scan/pattern/unusable.ts';
import { crossesLines, secretGroupOf, widthOf } from '../src/scan/pattern/width.ts';
import { anySource, createRandom, matchOf } from './support/patterns.ts';

const js = (source: string, flags = '') => parsePattern(source, { dialect: 'js', flags });
const re2 = (source: string) => parsePattern(source, { dialect: 're2' });
const compiled = (source: string, dialect: DialectName, flags = '') =>
  new RegExp(toJs(parsePattern(source, { dialect, flags })), 'd');

/** Texts that a pattern nearly matches: a match of its own with something around it and in it. */
const textsNear = (pattern: Pattern, seed: number, characters: string): readonly string[] => {
  const random = createRandom(seed);
  const pick = () => characters.charAt(random(characters.length));
  const few = () => Array.from({ length: random(3) }, pick).join('');
  return Array.from({ length: 12 }, () => {
    const match = matchOf(pattern.root, random).slice(0, 60);
    const at = random(match.length + 1);
    const broken = random(3) === 0 ? match.slice(0, at) + pick() + match.slice(at + random(2)) : match;
    return few() + broken + few();
  });
};

/** Of a repetition of what may be empty, V8 and RE2 take different lengths: V8 never takes nothing once more. */
const takesNothingAgain = (node: Node): boolean =>
  (node.kind === 'repeat' && widthOf(node.part).least === 0) || childrenOf(node).some(takesNothingAgain);

const found = (expression: RegExp, text: string) => {
  const match = expression.exec(text);
  return match && { index: match.index, groups: Array.from(match, (group) => group) };
};

describe('a pattern means what its language means by it', () => {
  test('V8', () => {
    fc.assert(
      fc.property(anySource('js'), fc.constantFrom('', 'i', 's', 'm', 'im'), fc.nat(), (source, flags, seed) => {
        const wanted = new RegExp(source, flags);
        const own = compiled(source, 'js', flags);
        for (const text of textsNear(js(source, flags), seed, 'aAbBkKsS_-07.\n\r \xe9\xc9\xff\xb5\xdf\xa0\v'))
          expect([source, text, found(own, text)]).toEqual([source, text, found(wanted, text)]);
      }),
      { numRuns: 400 },
    );
  });

  test('RE2, whose own port to JavaScript is asked', () => {
    fc.assert(
      fc.property(anySource('re2'), fc.nat(), (source, seed) => {
        const pattern = re2(source);
        const wanted = RE2JS.compile(source);
        const own = compiled(source, 're2');
        for (const text of textsNear(pattern, seed, 'aAbBkKsS_-07.\n\r \v~')) {
          if (/[^\0-\x7f]/.test(text)) continue;
          const matcher = wanted.matcher(text);
          const [start, end] = matcher.find() ? [matcher.start(), matcher.end()] : [-1, -1];
          const result = own.exec(text);
          const ownStart = result?.index ?? -1;
          expect([source, text, ownStart]).toEqual([source, text, start]);
          if (takesNothingAgain(pattern.root)) continue;
          expect([source, text, ownStart + (result?.[0].length ?? 0)]).toEqual([source, text, end]);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('what the languages have of their own', () => {
  test.each([
    ['js', '[\\b\\-\\]]+', '', '\b-]', '\b-]'],
    ['js', '[\\w-.]+', '', 'a-.', 'a-.'],
    ['js', 'a{,3}', '', 'a{,3}', 'a{,3}'],
    ['js', '[]|[^]', '', '\n', '\n'],
    ['js', '(?-i:k)K', 'i', 'Kkk', 'kk'],
    ['js', '(?i:k|([a-f]))x', '', 'FX Fx', 'Fx'],
    ['js', '(?i:[a-f]??)x', '', 'Fx', 'Fx'],
    ['js', '\\cJ\\0', '', 'x\n\0', '\n\0'],
    ['re2', 'a(?i)b|c', '', 'C', 'C'],
    ['re2', '(?:a(?i)b)c', '', 'aBC aBc', 'aBc'],
    ['re2', '(?P<one>a)(?<two>b)', '', 'ab', 'ab'],
    ['re2', '(?U)a+', '', 'aa', 'a'],
    ['re2', '\\101\\x{42}\\a', '', 'AB\x07', 'AB\x07'],
    ['re2', '[[:^digit:][:digit:]]', '', '7', '7'],
    ['re2', '\\pL+\\p{Nd}\\P{L}', '', 'xy7-', 'xy7-'],
    ['re2', '\\Qa+b', '', 'aab a+b', 'a+b'],
    ['re2', '[“”]é', '', Buffer.from('”é').toString('latin1'), Buffer.from('”é').toString('latin1')],
    ['re2', '(?i)É', '', Buffer.from('é').toString('latin1'), Buffer.from('é').toString('latin1')],
    ['re2', '(?m)^b$', '', 'a\nb\nc', 'b'],
    ['re2', 'a$', '', 'a\n', undefined],
  ] as const)('%s %s %s', (...[dialect, source, flags, text, match]) =>
    expect(compiled(source, dialect, flags).exec(text)?.[0]).toBe(match),
  );

  test('at a cut there is neither beginning nor end', () => {
    const pattern = re2('(?:^|-)a(?:$|;)');
    const inside = new RegExp(toJs(pattern, { cutStart: true, cutEnd: true }));
    expect(new RegExp(toJs(pattern)).test('a')).toBe(true);
    expect([inside.test('a'), inside.test('-a'), inside.test('a;'), inside.test('-a;')]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});

describe('what cannot be used is named with its reason and its place', () => {
  test.each([
    ['js', '(a)\\1', 'a back-reference cannot be tried in linear time (at character 4)'],
    ['js', '(?<a>x)\\k<a>', 'a back-reference cannot be tried in linear time (at character 8)'],
    ['js', 'ab(c', 'a ( is never closed (at character 3)'],
    ['js', 'ab)c', 'a ) has no ( before it (at character 3)'],
    ['js', '[abc', 'a [ is never closed (at character 1)'],
    ['js', '+a', 'there is nothing to repeat (at character 1)'],
    ['js', 'a{3,1}', 'a count goes from more to less (at character 2)'],
    ['js', 'a\\', 'the pattern ends where the rest of an escape must follow (at character 3)'],
    ['js', '“', 'a character that Latin-1 does not have can stand in no byte (at character 1)'],
    ['re2', 'a**', 'a count follows a count (at character 3)'],
    ['re2', 'a(?=b)', 'RE2 has no looking ahead or behind (at character 4)'],
    ['re2', '(?x)a', 'there is no flag x here (at character 5)'],
    ['re2', '[[:key:]]', 'there is no class [:key:] (at character 9)'],
    ['re2', '\\p{Klingon}', 'the class \\p{Klingon} is not known here (at character 12)'],
    ['re2', '\\y', '\\y means nothing here (at character 1)'],
  ] as const)('%s %s', (dialect, source, message) => {
    expect(() => parsePattern(source, { dialect })).toThrow(new UnusablePattern(message));
  });
});

describe('what is told of a pattern', () => {
  test('widths', () => {
    expect(widthOf(js('a{2,3}(?:b|cd)(?=eee)\\b').root)).toEqual({ least: 3, most: 5 });
    expect(widthOf(js('(?:ab)*c{0}').root)).toEqual({ least: 0, most: Number.POSITIVE_INFINITY });
  });

  test.each([
    ['a\\sb', true],
    ['[^a]', true],
    ['a.b', false],
    ['a(?=\\n)', false],
    ['(?s:.)', true],
  ])('%s crosses lines: %s', (source, crosses) => expect(crossesLines(js(source))).toBe(crosses));

  test.each([
    ['(?<secret>abc[0-9]{4})', 'abc'],
    ['(?<![a-z])(?:a(b))c+', 'ab'],
    ['\\bab?c', 'a'],
    ['ab|ac', ''],
    ['[ab]c', ''],
  ])('every match of %s begins with %j', (source, head) => expect(headOf(js(source).root)).toBe(head));

  test('what every match begins with is the begin of any', () => {
    fc.assert(
      fc.property(anySource('js'), fc.nat(), (source, seed) => {
        const { root } = js(source);
        expect(matchOf(root, createRandom(seed)).startsWith(headOf(root))).toBe(true);
      }),
    );
  });

  test('the group of the secret', () => {
    expect(secretGroupOf(js('(a)(?:b)(?<secret>c)'))).toBe(2);
    expect(secretGroupOf(js('(a)b'))).toBe(0);
  });

  test('a lazy beginning goes, groups and greedy ones stay', () => {
    const short = (source: string) => toJs(withoutPreamble(re2(source)));
    expect(short('(?i)[\\w.-]{0,50}?(?:acme)x')).toBe('[Aa][Cc][Mm][Ee][Xx]');
    expect(short('[a-c]*?(?i:[a-c]{0,3}?k)x')).toBe('[Kk]x');
    expect(short('(a)??k')).toBe('(a)??k');
    expect(short('a?k')).toBe('a?k');
  });
});
