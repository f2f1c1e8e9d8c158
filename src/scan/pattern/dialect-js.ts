import type { ByteSet } from './anchor.ts';
import { isByteSet, negated, spans } from './byte-set.ts';
import type { Cursor } from './cursor.ts';
import type { ClassContent, Dialect, Flags, Opening } from './dialect.ts';
import { commonEscape, hexEscape, type Meaning, shorthandSets, unknownEscape } from './escapes.ts';
import { withFlags } from './flags.ts';
import { bothCases, single } from './letters.ts';
import { type Node, setNode } from './node.ts';

/** Blanks and ends of lines of ECMAScript, as far as Latin-1 has them: the no-break space is one. */
const sets = shorthandSets(spans('\t\r', '  ', '\xa0\xa0'));

/** Both cases of the letters in a set: ECMAScript folds all of Latin-1 but ß, ÿ, µ, × and ÷ (its Canonicalize). */
const folded = (set: ByteSet): ByteSet => {
  const both = new Uint8Array(set);
  for (let upper = 0x41; upper <= 0xde; upper += 1) {
    if (upper === 0x5b) upper = 0xc0;
    if (upper === 0xd7 || (!set[upper] && !set[upper + 32])) continue;
    both[upper] = 1;
    both[upper + 32] = 1;
  }
  return both;
};

const escapeOf = (cursor: Cursor): Meaning => {
  const letter = String.fromCodePoint(cursor.take('the rest of an escape'));
  if (letter === 'x') return hexEscape(cursor, /[0-9A-Fa-f]{2}/y);
  if (letter === 'u') return hexEscape(cursor, /[0-9A-Fa-f]{4}/y);
  if (letter === '0' && !/[0-9]/.test(cursor.peek())) return 0;
  if (letter === 'c') return (cursor.match(/[A-Za-z]/y)?.[0].charCodeAt(0) ?? unknownEscape(cursor, letter)) % 32;
  return commonEscape(letter, sets) ?? unknownEscape(cursor, letter);
};

const literal = (cursor: Cursor, code: number, { ignoreCase }: Flags): Node => {
  if (code > 0xff) cursor.refuse('a character that Latin-1 does not have can stand in no byte', cursor.at() - 1);
  if (!ignoreCase) return setNode(single(code));
  return setNode(code < 0x80 ? bothCases(code) : folded(single(code)));
};

/** The language of V8 without the flags u and v. */
export const jsDialect: Dialect = {
  name: 'js',
  flagLetters: 'ims',
  lineEnds: spans('\n\n', '\r\r'),
  bracketFirst: false,

  escape(cursor, flags) {
    const meaning = escapeOf(cursor);
    if (typeof meaning === 'number') return literal(cursor, meaning, flags);
    return 'kind' in meaning ? meaning : setNode(meaning);
  },

  classEscape(cursor) {
    const meaning = escapeOf(cursor);
    if (typeof meaning === 'number' || isByteSet(meaning)) return meaning;
    return cursor.source.charAt(cursor.at() - 1) === 'b' ? 0x08 : unknownEscape(cursor, 'B');
  },

  namedClass: () => undefined,

  opening(cursor, flags): Opening {
    if (cursor.skip('=')) return { kind: 'look', behind: false, negative: false };
    if (cursor.skip('!')) return { kind: 'look', behind: false, negative: true };
    if (cursor.skip('<=')) return { kind: 'look', behind: true, negative: false };
    if (cursor.skip('<!')) return { kind: 'look', behind: true, negative: true };
    const named = cursor.match(/<([A-Za-z_$][\w$]*)>/y);
    if (named) return { kind: 'capture', name: named[1] };
    const modifiers = cursor.match(/([a-z]*)(?:-([a-z]*))?:/y);
    if (!modifiers) return cursor.refuse('a group of an unknown kind');
    const [, on = '', off = ''] = modifiers;
    return { kind: 'plain', flags: withFlags(flags, { dialect: this, cursor, on, off }) };
  },

  literal,

  classNode(_, { set, wide, negative, flags }: ClassContent): Node {
    const bytes = new Uint8Array(set);
    for (const [low, high] of wide) if (low <= 0xff) bytes.fill(1, low, Math.min(high, 0xff) + 1);
    const both = flags.ignoreCase ? folded(bytes) : bytes;
    return setNode(negative ? negated(both) : both);
  },
};
