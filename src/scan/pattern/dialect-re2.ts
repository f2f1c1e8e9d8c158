import type { ByteSet } from './anchor.ts';
import { every, high, isByteSet, negated, spans, union } from './byte-set.ts';
import type { Cursor } from './cursor.ts';
import type { ClassContent, Dialect, Flags, Opening } from './dialect.ts';
import { commonEscape, hexEscape, type Meaning, shorthandSets, unknownEscape } from './escapes.ts';
import { withFlags } from './flags.ts';
import { bothCases, single } from './letters.ts';
import { choiceOf, type Node, sequenceOf, setNode } from './node.ts';
import { posixClass, unicodeClass } from './re2-classes.ts';

const sets = shorthandSets(spans('\t\n', '\f\r', '  '));

const folded = (set: ByteSet): ByteSet => {
  const both = new Uint8Array(set);
  for (let upper = 0x41; upper <= 0x5a; upper += 1) {
    if (!set[upper] && !set[upper + 32]) continue;
    both[upper] = 1;
    both[upper + 32] = 1;
  }
  return both;
};

/** A character of RE2 is one of UTF-8. */
const utf8 = (code: number): Node =>
  sequenceOf([...Buffer.from(String.fromCodePoint(code))].map((byte) => setNode(single(byte))));

const casesOf = (code: number): readonly number[] => {
  const text = String.fromCodePoint(code);
  const all = [code, ...[text.toLowerCase(), text.toUpperCase()].filter(({ length }) => length === text.length)];
  return [...new Set(all.map((one) => (typeof one === 'number' ? one : (one.codePointAt(0) ?? code))))];
};

const escapeOf = (cursor: Cursor): Meaning => {
  const octal = cursor.match(/0[0-7]{0,2}|[1-7][0-7]{1,2}/y);
  if (octal) return Number.parseInt(octal[0], 8);
  const letter = String.fromCodePoint(cursor.take('the rest of an escape'));
  if (letter === 'x') return hexEscape(cursor, /\{([0-9A-Fa-f]{1,6})\}|[0-9A-Fa-f]{2}/y);
  if (letter === 'a') return 0x07;
  if (letter === 'p' || letter === 'P') return unicodeClass(cursor, letter === 'P');
  return commonEscape(letter, sets) ?? unknownEscape(cursor, letter);
};

const literal = (_: Cursor, code: number, { ignoreCase }: Flags): Node => {
  if (code <= 0x7f) return setNode(ignoreCase ? bothCases(code) : single(code));
  return choiceOf((ignoreCase ? casesOf(code) : [code]).map(utf8));
};

/** `\A`, `\z`, `\C` and `\Q…\E`, which only stand outside of classes. */
const special = (cursor: Cursor, flags: Flags): Node | undefined => {
  if (cursor.skip('A')) return { kind: 'place', place: 'start' };
  if (cursor.skip('z')) return { kind: 'place', place: 'end' };
  if (cursor.skip('C')) return setNode(every);
  const quoted = cursor.match(/Q(.*?)(?:\\E|$)/sy);
  if (!quoted) return undefined;
  return sequenceOf(Array.from(quoted[1] ?? '', (character) => literal(cursor, character.codePointAt(0) ?? 0, flags)));
};

/** The language of RE2 and Go. */
export const re2Dialect: Dialect = {
  name: 're2',
  flagLetters: 'imsU',
  lineEnds: spans('\n\n'),
  bracketFirst: true,

  escape(cursor, flags) {
    const node = special(cursor, flags);
    if (node) return node;
    const meaning = escapeOf(cursor);
    if (typeof meaning === 'number') return literal(cursor, meaning, flags);
    return 'kind' in meaning ? meaning : setNode(meaning);
  },

  classEscape(cursor) {
    const meaning = escapeOf(cursor);
    if (typeof meaning === 'number' || isByteSet(meaning)) return meaning;
    return unknownEscape(cursor, cursor.source.charAt(cursor.at() - 1));
  },

  namedClass(cursor) {
    const found = cursor.match(/\[:(\^?)([A-Za-z]+):\]/y);
    return found && posixClass(cursor, found[2] ?? '', found[1] === '^');
  },

  opening(cursor, flags): Opening {
    if (cursor.match(/<?[=!]/y)) return cursor.refuse('RE2 has no looking ahead or behind', cursor.at() - 1);
    const named = cursor.match(/P?<(\w+)>/y);
    if (named) return { kind: 'capture', name: named[1] };
    const modifiers = cursor.match(/([A-Za-z]*)(?:-([A-Za-z]+))?([:)])/y);
    if (!modifiers) return cursor.refuse('a group of an unknown kind');
    const [, on = '', off = '', end] = modifiers;
    return { kind: end === ':' ? 'plain' : 'flags', flags: withFlags(flags, { dialect: this, cursor, on, off }) };
  },

  literal,

  /** Of a span of characters beyond ASCII we only say that each is a byte beyond ASCII. */
  classNode(_, { set, wide, negative, flags }: ClassContent): Node {
    const ascii = flags.ignoreCase ? folded(set) : set;
    // Other characters than these are still beyond ASCII.
    if (negative) return setNode(wide.length ? union([negated(ascii), high]) : negated(ascii));
    const alone = wide
      .filter(([low, last]) => low === last)
      .flatMap(([low]) => (flags.ignoreCase ? casesOf(low) : low));
    const bytes = alone.length < wide.length ? union([ascii, high]) : ascii;
    const characters = alone.map(utf8);
    return choiceOf(bytes.includes(1) || !alone.length ? [setNode(bytes), ...characters] : characters);
  },
};
