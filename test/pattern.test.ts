import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
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
