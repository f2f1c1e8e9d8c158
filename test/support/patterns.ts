import fc from 'fast-check';
import type { Anchor, ByteSet, Check } from '../../src/scan/pattern/anchor.ts';
import { workOf } from '../../src/scan/pattern/linear.ts';
import type { DialectName, Node } from '../../src/scan/pattern/node.ts';
import { parsePattern } from '../../src/scan/pattern/parse.ts';

/** A number from 0 to before `below`. */
export type Random = (below: number) => number;

/** The same numbers for the same seed. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

/** Some byte of a set, mostly one that prints. */
const byteOf = (set: ByteSet, random: Random): string => {
  const printing = set.indexOf(1, 0x21 + random(0x5e));
  if (printing >= 0 && printing < 0x7f && random(8) > 0) return String.fromCharCode(printing);
  const any = set.indexOf(1, random(0x100));
  return String.fromCharCode(Math.max(0, any < 0 ? set.indexOf(1) : any));
};

/** A text that the node matches, as long as what only looks around is content with it. */
export const matchOf = (node: Node, random: Random): string => {
  switch (node.kind) {
    case 'set':
      return byteOf(node.set, random);
    case 'sequence':
      return node.parts.map((part) => matchOf(part, random)).join('');
    case 'choice':
      return matchOf(node.options[random(node.options.length)] ?? node, random);
    case 'group':
      return matchOf(node.part, random);
    case 'repeat': {
      const more = Math.min(node.most - node.least, random(3) === 0 ? 40 : 3);
      const times = node.least + random(more + 1);
      return Array.from({ length: times }, () => matchOf(node.part, random)).join('');
    }
    default:
      return '';
  }
};

const fits = (text: string, at: number, sets: readonly ByteSet[]): boolean =>
  at >= 0 && sets.every((set, k) => at + k < text.length && set[text.charCodeAt(at + k)] === 1);

const holdsRun = (text: string, from: number, { set, count }: Check): boolean => {
  if (from < 0 || from + count > text.length) return false;
  for (let at = from; at < from + count; at += 1) if (set[text.charCodeAt(at)] !== 1) return false;
  return true;
};

const checkFits = (text: string, [at, end]: readonly [number, number], check: Check): boolean => {
  const { side, count, distance } = check;
  for (let far = distance.least; far <= distance.most; far += 1)
    if (holdsRun(text, side === 'after' ? end + far : at - far - count, check)) return true;
  return false;
};

/** Where an anchor stands in a match, with all its checks, as far from both ends as it says; -1 when nowhere. */
export const anchorAt = (match: string, { sets, before, after, checks }: Anchor): number => {
  for (let at = before.least; at <= Math.min(before.most, match.length); at += 1) {
    const end = at + sets.length;
    const left = match.length - end;
    if (left < after.least || left > after.most || !fits(match, at, sets)) continue;
    if (checks.every((check) => checkFits(match, [at, end], check))) return at;
  }
  return -1;
};

const quantifiers = ['?', '*', '+', '{2}', '{1,3}', '{2,}', '{0,2}', '{5}', '??', '*?', '+?', '{1,2}?'];
const shared = [
  'a',
  'b',
  'k',
  'S',
  '_',
  '-',
  '0',
  '7',
  '\\.',
  '\\d',
  '\\w',
  '[abk]',
  '[a-f0-9]',
  '[^a]',
  '.',
  '\\x41',
  '[\\w-]',
];
const special: Readonly<Record<DialectName, readonly string[]>> = {
  js: [
    '\\/',
    '\\xe9',
    '[\\xe0-\\xff]',
    '\\u0061',
    '\\s',
    '[^\\s]',
    '\\b',
    '\\B',
    '^',
    '$',
    '(?=a)',
    '(?!b)',
    '(?<=a)',
    '(?<!k)',

    '[^]',
  ],
  re2: [
    '[[:alnum:]]',
    '[[:^alpha:]_]',
    '\\z',
    '\\A',
    '\\Qa.b\\E',
    '\\pN',
    '[]a]',
    '\\x{61}',
    '\\b',
    '^',
    '$',
    '\\s',
    '(?i)',
    '(?s)',
    '(?-i)',
  ],
};
const openings: Readonly<Record<DialectName, readonly string[]>> = {
  // No modifiers: V8 of Node 24 forgets them in later options and in lazy repetitions. `/(?i:[a-f]??)x/` does not take
  // all of Bx, and `/(?-i:a|([a-f]))x/i` takes it.
  js: ['(', '(?:'],
  re2: ['(', '(?:', '(?i:', '(?-i:', '(?s:', '(?U:'],
};

/** Would V8 be done with it before long? */
const isQuick = (source: string, dialect: DialectName): boolean => {
  const { steps, loops } = workOf(parsePattern(source, { dialect }));
  return loops <= 2 && steps <= 5000;
};

/** Sources of patterns of a dialect, all of them right, and none that V8 would try for hours. */
export const anySource = (dialect: DialectName): fc.Arbitrary<string> => {
  const { sequence } = fc.letrec<{ sequence: string; item: string; group: string }>((tie) => ({
    sequence: fc
      .array(fc.oneof({ maxDepth: 3, withCrossShrink: true }, tie('item'), tie('group')), {
        minLength: 1,
        maxLength: 5,
      })
      .map((parts) => parts.join('')),
    item: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...shared) },
      {
        weight: 3,
        arbitrary: fc.tuple(fc.constantFrom(...shared), fc.constantFrom(...quantifiers)).map((two) => two.join('')),
      },
      { weight: 2, arbitrary: fc.constantFrom(...special[dialect]) },
    ),
    group: fc
      .tuple(
        fc.constantFrom(...openings[dialect]),
        fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '', '?', '{2}', '{1,2}', '??'),
      )
      .map(([opening, options, quantifier]) => `${opening}${options.join('|')})${quantifier}`),
  }));
  return sequence.filter((source) => isQuick(source, dialect));
};
