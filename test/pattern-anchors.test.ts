import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anchorsOf } from '../src/scan/pattern/anchors.ts';
import { isLetter } from '../src/scan/pattern/letters.ts';
import type { DialectName, Pattern } from '../src/scan/pattern/node.ts';
import { parsePattern } from '../src/scan/pattern/parse.ts';
import { setSource } from '../src/scan/pattern/set-source.ts';
import { createStatistics } from '../src/scan/pattern/statistics.ts';
import { toJs } from '../src/scan/pattern/to-js.ts';
import { UnusablePattern } from '../src/scan/pattern/unusable.ts';
import { widthOf } from '../src/scan/pattern/width.ts';
import { anchorAt, anySource, createRandom, matchOf } from './support/patterns.ts';

const statistics = createStatistics();
const read = (source: string, dialect: DialectName = 'js') => parsePattern(source, { dialect });
const anchors = (source: string, dialect?: DialectName) => anchorsOf(read(source, dialect), { rule: 3, statistics });
/** The sets of the anchors, as a RegExp writes them. */
const written = (source: string, dialect?: DialectName) =>
  anchors(source, dialect)
    .map(({ sets }) => sets.map(setSource).join(''))
    .sort();

/** Patterns of the shapes that keys have, in both languages. */
const shapes: readonly (readonly [DialectName, string])[] = [
  ['js', '(?<secret>gh[pousr]_[A-Za-z0-9]{36})(?![A-Za-z0-9])'],
  ['js', '(?<secret>(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})(?![A-Z0-9])'],
  ['js', '(?<secret>sk-(?:proj-|svcacct-|admin-)?[\\w-]{20,74}T3BlbkFJ[\\w-]{20,74})(?![\\w-])'],
  ['js', '(?<secret>(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,99})(?![A-Za-z0-9])'],
  ['js', '(?<secret>SG\\.[\\w-]{22}\\.[\\w-]{43})(?![\\w-])'],
  ['js', '(?<secret>-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----[\\s\\S]{64,4000}?-----END)'],
  ['js', '(?<secret>eyJ[\\w-]{10,400}\\.eyJ[\\w-]{10,900}\\.[\\w-]{20,400})(?![\\w-])'],
  ['js', '(?<![\\w.])(?<secret>\\d{8,10}:AA[\\w-]{33})(?![\\w-])'],
  ['js', '(?:mongodb|postgres(?:ql)?):\\/\\/[^\\s:@/]{1,64}:(?<secret>[^\\s:@/]{8,64})@'],
  ['js', 'https:\\/\\/hooks\\.slack\\.com\\/(?<secret>services\\/T[A-Z0-9]{8,10}\\/B[A-Z0-9]{8,10}\\/[A-Za-z0-9]{24})'],
  ['js', '(?<secret>xox[baprs]-(?:\\d{10,13}-){1,3}[A-Za-z0-9]{24,34})'],
  ['js', '(?i:heroku)[^\\n]{0,20}?(?<secret>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'],
  [
    're2',
    `(?i)[\\w.-]{0,50}?(?:acme)(?:[ \\t\\w.-]{0,20})[\\s'"]{0,3}(?:=|>|:{1,3}=|\\|\\||:|=>)[\\x60'"\\s=]{0,5}([a-z0-9]{32})(?:[\\x60'"\\s;]|\\\\[nr]|$)`,
  ],
  ['re2', '\\b((?:one|two|three)_(?i)[a-z0-9]{5,30}\\.(?-i:acc)[_-][a-z0-9-]{10,32})\\b'],
  ['re2', '(?:^|[\\\\\'"\\x60\\s>=:(,)])([[:word:]~.]{3}\\dQ~[\\w~.-]{31,34})(?:$|[\\\\\'"\\x60\\s<),])'],
  ['re2', '\\b(ey[[:alnum:]]{17,}\\.ey[\\w/\\\\-]{17,}\\.(?:[\\w/\\\\-]{10,}={0,2})?)(?:[\\s;]|$)'],
  ['re2', '(?i)é[“”]{2}key(?:A{10}|b{3,}=)+'],
];

/** Every match has an anchor, with its checks, as far from both ends as it says. */
const holds = (pattern: Pattern, seed: number): void => {
  const chosen = anchorsOf(pattern, { rule: 0, statistics });
  const random = createRandom(seed);
  for (let n = 0; n < 12; n += 1) {
    const match = matchOf(pattern.root, random);
    if (chosen.every((anchor) => anchorAt(match, anchor) < 0))
      throw new Error(`no anchor of ${pattern.source} in ${JSON.stringify(match)}`);
  }
  for (const { sets, before, after, checks } of chosen) {
    expect(sets.length).toBeGreaterThanOrEqual(2);
    expect(sets.length).toBeLessThanOrEqual(20);
    expect(sets.filter(isLetter).length).toBeGreaterThanOrEqual(2);
    expect(before.least).toBeGreaterThanOrEqual(0);
    expect(after.least).toBeGreaterThanOrEqual(0);
    expect(before.least + sets.length + after.least).toBeGreaterThanOrEqual(widthOf(pattern.root).least);
    expect(checks.filter(({ side }) => side === 'before').length).toBeLessThanOrEqual(1);
    expect(checks.filter(({ side }) => side === 'after').length).toBeLessThanOrEqual(2);
    for (const { count, distance } of checks) {
      expect(count).toBeLessThanOrEqual(250);
      expect(distance.most).toBeLessThanOrEqual(120);
      expect(distance.least).toBeLessThanOrEqual(distance.most);
    }
  }
};

describe('every match has one of the anchors', () => {
  test.each(shapes)('%s %s', (dialect, source) => {
    const pattern = read(source, dialect);
    const whole = new RegExp(`^(?:${toJs(pattern)})$`);
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        holds(pattern, seed);
        // What looks around a key is content with nothing on either side; the RegExp takes the same texts.
        const match = matchOf(pattern.root, createRandom(seed));
        if (!/\\b|\^|\$/.test(source)) expect(match).toMatch(whole);
      }),
      { numRuns: 12 },
    );
  });

  test.each(['js', 're2'] as const)('of any %s pattern that has anchors', (dialect) => {
    let kept = 0;
    const ends = fc.tuple(anySource(dialect), anySource(dialect));
    fc.assert(
      fc.property(ends, fc.constantFrom('', 'abk', 'k_S0', '-b-'), fc.nat(), ([left, right], text, seed) => {
        const pattern = read(`(?:${left})${text}(?:${right})`, dialect);
        try {
          holds(pattern, seed);
          kept += 1;
        } catch (error) {
          if (!(error instanceof UnusablePattern)) throw error;
        }
      }),
      { numRuns: 150 },
    );
    expect(kept).toBeGreaterThan(40);
  });
});

describe('the anchors that are chosen', () => {
  test.each([
    [
      'sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}',
      ['[0-9A-Za-z][0-9A-Za-z][0-9A-Za-z]T3BlbkFJ[0-9A-Za-z][0-9A-Za-z][0-9A-Za-z][0-9A-Za-z]'],
    ],
    ['(?:AKIA|ASIA|ABIA)[A-Z2-7]{16}', ['A[BKS]IA[2-7A-Z][2-7A-Z][2-7A-Z][2-7A-Z]']],
    ['gh[po]_[0-9]{3}', ['gh[op]_[0-9][0-9][0-9]']],
    ['(?:sk_live|rk_prod)_[a-f]{2,9}', ['rk_prod_[a-f][a-f]', 'sk_live_[a-f][a-f]']],
    ['(?i)a[cd]me', ['[Aa][CDcd][Mm][Ee]']],
    ['(?:abc[0-9]{9}x)+', ['abc[0-9][0-9][0-9][0-9]']],
  ])('%s', (source, sets) => expect(written(source, source.startsWith('(?i)') ? 're2' : 'js')).toEqual(sets));

  test('are not what a flood of one byte is full of', () => {
    expect(written('A{12}[0-9]{9}xqzk')).toEqual(['[0-9][0-9][0-9]xqzk']);
  });

  test('are told with their neighbours', () => {
    const [anchor] = anchors('x[0-9]{2,3}qzk[a-f]{4,9}[0-9]{30}');
    expect(anchor).toMatchObject({
      rule: 3,
      before: { least: 1, most: 2 },
      after: { least: 30, most: 35 },
      edge: false,
    });
    expect(anchor?.checks.map(({ side, count, distance }) => [side, count, distance.least, distance.most])).toEqual([
      ['before', 1, 0, 1],
      ['after', 30, 0, 5],
    ]);
  });

  test.each([
    ['(?<secret>ghp_[a-z]{9})', true],
    ['\\b(?<secret>ghp_[a-z]{9})', true],
    ['(?<secret>[-a]hp_[a-z]{9})', false],
    ['(?<secret>[a-z]?ghp_[a-z]{9})', false],
    ['key=(?<secret>ghp_[a-z]{9})', false],
    ['(?:(?<secret>ghp_[a-z]{9})|qzkw_[a-z]{9})', false],
  ])('%s has an edge that is judged: %s', (source, edge) => {
    const chosen = anchorsOf(read(source), { rule: 0, statistics, edges: true });
    expect(chosen.every((anchor) => anchor.edge)).toBe(edge);
    expect(anchors(source).some((anchor) => anchor.edge)).toBe(false);
  });

  test.each(['[0-9a-f]{40}', '(?:ghp_|[a-z])[0-9]{9}', 'a[0-9]*b', '(?:ghp_)?[a-z]{9}'])('%s has none', (source) => {
    expect(() => anchors(source)).toThrow('no text of two letters or more must stand in every match');
  });

  test('take no long time, whatever the pattern', () => {
    const nested = Array.from({ length: 40 }).reduce<string>((inner) => `(?:${inner}|k){1,3}`, 'abcd');
    const keys = Array.from({ length: 300 }, (_, n) => `key${n}[a-z]+`).join('|');
    const started = process.cpuUsage();
    expect(() => anchors(nested)).toThrow(UnusablePattern);
    expect(anchors(`(?:${keys})`)).toHaveLength(300);
    expect(() => read(`${'('.repeat(200)}ab${')'.repeat(200)}`)).toThrow('too many groups stand in each other');
    expect(process.cpuUsage(started).user).toBeLessThan(3e6);
  });
});
