import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAutomaton } from '../src/scan/pattern/automaton.ts';
import { childrenOf, type Node } from '../src/scan/pattern/node.ts';
import { parsePattern } from '../src/scan/pattern/parse.ts';
import { toJs } from '../src/scan/pattern/to-js.ts';
import { anySource, createRandom, matchOf } from './support/patterns.ts';

const read = (source: string) => parsePattern(source, { dialect: 'js' });
const run = (source: string, text: string, from = 0) => {
  const automaton = createAutomaton(read(source));
  return { end: automaton.run(Buffer.from(text, 'latin1'), from, text.length), open: automaton.open };
};
const looks = (node: Node): boolean => node.kind === 'look' || node.kind === 'place' || childrenOf(node).some(looks);

describe('the automaton', () => {
  test.each([
    ['ab', 'abc', { end: 2, open: false }],
    ['ab', 'a', { end: -1, open: true }],
    ['a{2,4}', 'aaaaaa', { end: 4, open: false }],
    ['a{2,4}', 'aaa', { end: 3, open: true }],
    ['(?:a|ab)(?:c|bcd)', 'abcd', { end: 4, open: false }],
    ['a*?', 'aaab', { end: 3, open: false }],
    ['\\bkey(?=x)', 'key', { end: 3, open: false }],
    ['\\bke+', 'key', { end: 2, open: false }],
    ['\\bke+', 'ke', { end: 2, open: true }],
    ['a|', 'b', { end: 0, open: false }],
  ])('%s on %s', (source, text, result) => expect(run(source, text)).toEqual(result));

  test('never says no where V8 says yes, and says the same where nothing looks around', () => {
    fc.assert(
      fc.property(anySource('js'), fc.nat(), (source, seed) => {
        const pattern = read(source);
        const random = createRandom(seed);
        const match = matchOf(pattern.root, random).slice(0, 60);
        const text = `a${random(2) ? match : match.slice(1)}${'bk-'.charAt(random(3))}`;
        const found = new RegExp(`(?:${toJs(pattern)})`, 'y');
        found.lastIndex = 1;
        const length = found.exec(text)?.[0].length ?? -1;
        const { end } = run(source, text, 1);
        if (length >= 0) expect([source, text, end]).not.toEqual([source, text, -1]);
        if (length < 0 && !looks(pattern.root)) expect([source, text, end]).toEqual([source, text, -1]);
        expect(end).toBeGreaterThanOrEqual(length < 0 ? -1 : 1 + length);
      }),
      { numRuns: 250 },
    );
  });

  test('forgets its states when they are too many, and goes on', () => {
    // Which of the last thirteen were an a is a state of its own.
    const source = '[ab]*a[ab]{12}';
    const automaton = createAutomaton(read(source));
    const expression = new RegExp(source, 'y');
    const random = createRandom(7);
    for (let n = 0; n < 3000; n += 1) {
      const text = Array.from({ length: 60 }, () => 'ab'.charAt(random(2))).join('');
      expression.lastIndex = 0;
      const end = expression.exec(text)?.[0].length ?? -1;
      expect([text, automaton.run(Buffer.from(text), 0, text.length)]).toEqual([text, end]);
    }
  });

  test('takes time by the byte, and states by the pattern', () => {
    const started = process.cpuUsage();
    expect(run('(?:a+)+b', 'a'.repeat(100_000)).end).toBe(-1);
    expect(run('(?:(?:[a-z]{0,900}x){0,900}y){3,900}z', 'abcx'.repeat(2000)).end).toBe(-1);
    expect(process.cpuUsage(started).user).toBeLessThan(8e6);
  });
});
