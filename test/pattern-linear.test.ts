import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isLinear, workOf } from '../src/scan/pattern/linear.ts';
import { parsePattern } from '../src/scan/pattern/parse.ts';
import { stepsOf } from './support/backtracking.ts';
import { anySource, createRandom, matchOf } from './support/patterns.ts';

const read = (source: string) => parsePattern(source, { dialect: 'js' });

describe('the proof that V8 is linear', () => {
  test.each([
    'gh[pousr]_[A-Za-z0-9]{36}(?![A-Za-z0-9])',
    'sk-(?:proj-|svcacct-)?[\\w-]{20,74}T3BlbkFJ[\\w-]{20,74}(?![\\w-])',
    'eyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.[\\w-]{20,}(?![\\w-])',
    '[a-z]+(?:\\.[a-z]+)*@[a-z]+',
    'a{3}(?:bc|de){2,9}f',
    '(?:\\d{10,13}-){1,3}[A-Za-z0-9]{24,34}',
    'key[\\s\\S]*end',
  ])('is there for %s', (source) => expect(isLinear(read(source))).toBe(true));

  test.each([
    '(?:a+)+b',
    '(?:a|a)*b',
    '(?:a|ab)*c',
    'a*a*b',
    '[a-z]+[a-z0-9]+=',
    '(?:a?){30}b',
    '(?:a|[ab]){0,30}c',
    'x.*y.*z',
    '(?:a(?=.*b))+c',
    '(?:[a-c]{1,3}){2,12}d',
  ])('is not there for %s', (source) => expect(isLinear(read(source))).toBe(false));

  test('counts no less than an engine does that tries every way', () => {
    let proved = 0;
    fc.assert(
      fc.property(anySource('js'), fc.nat(), (source, seed) => {
        const pattern = read(source);
        const { steps, loops } = workOf(pattern);
        if (loops > 1 || steps > 20_000) return;
        proved += 1;
        const random = createRandom(seed);
        const texts = [...'akS7-'].map((letter) => letter.repeat(40));
        for (let n = 0; n < 10; n += 1) texts.push(matchOf(pattern.root, random).slice(0, 80));
        for (const text of texts) {
          const limit = 4 * steps * (loops ? text.length + 1 : 1) + 50;
          expect([source, text, stepsOf(pattern.root, text, limit + 1) <= limit]).toEqual([source, text, true]);
        }
      }),
      { numRuns: 300 },
    );
    expect(proved).toBeGreaterThan(50);
  });
});
