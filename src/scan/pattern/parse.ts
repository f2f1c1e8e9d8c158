import { every, negated } from './byte-set.ts';
import { readClass } from './char-class.ts';
import { type Cursor, createCursor } from './cursor.ts';
import type { Dialect, Flags } from './dialect.ts';
import { jsDialect } from './dialect-js.ts';
import { re2Dialect } from './dialect-re2.ts';
import { withFlags } from './flags.ts';
import { choiceOf, type DialectName, empty, type Node, type Pattern, type Place, sequenceOf, setNode } from './node.ts';

/** How the source is to be read. */
export interface Reading {
  readonly dialect: DialectName;
  readonly flags?: string;
}

interface Reader {
  readonly cursor: Cursor;
  readonly dialect: Dialect;
  readonly groups: (string | undefined)[];
  /** How many groups are open. */
  depth: number;
}

/** Groups in each other; what is made of a pattern later goes as deep. */
const MOST_DEPTH = 100;

/** Flags of the group that is being read: `(?i)` changes them up to its end. */
interface Scope {
  flags: Flags;
}

const dialects: Readonly<Record<DialectName, Dialect>> = { js: jsDialect, re2: re2Dialect };
const noFlags: Flags = { ignoreCase: false, dotAll: false, multiline: false, ungreedy: false };

/** Reads a pattern as one over bytes (Latin-1). Throws an `UnusablePattern` that tells what is wrong with it. */
export const parsePattern = (source: string, { dialect: name, flags = '' }: Reading): Pattern => {
  const dialect = dialects[name];
  const cursor = createCursor(source);
  const reader: Reader = { cursor, dialect, groups: [], depth: 0 };
  const root = readChoice(reader, { flags: withFlags(noFlags, { dialect, cursor, on: flags.replace(/[dgy]/g, '') }) });
  if (!cursor.done()) cursor.refuse('a ) has no ( before it');
  return { source, dialect: name, root, groups: reader.groups };
};

const readChoice = (reader: Reader, scope: Scope): Node => {
  const options = [readSequence(reader, scope)];
  while (reader.cursor.skip('|')) options.push(readSequence(reader, scope));
  return choiceOf(options);
};

const readSequence = (reader: Reader, scope: Scope): Node => {
  const { cursor } = reader;
  const parts: Node[] = [];
  while (!cursor.done() && cursor.peek() !== '|' && cursor.peek() !== ')') {
    const from = cursor.at();
    const atom = readAtom(reader, scope);
    if (atom) parts.push(readRepeat(reader, scope, { part: atom, from }));
  }
  return sequenceOf(parts);
};

/** RE2's own limit: https://github.com/google/re2/wiki/Syntax */
const MOST_COUNTED = 1000;

const quantifier = /([*+?])|\{(\d+)(?:(,)(\d*))?\}/y;
const shorthands: Readonly<Record<string, readonly [least: number, most: number]>> = {
  '*': [0, Number.POSITIVE_INFINITY],
  '+': [1, Number.POSITIVE_INFINITY],
  '?': [0, 1],
};

const readCount = (cursor: Cursor): readonly [least: number, most: number] | undefined => {
  if (!'*+?{'.includes(cursor.peek() || ' ')) return undefined;
  const found = cursor.match(quantifier);
  if (!found) return undefined;
  const [, short, least, comma, most] = found;
  if (short) return shorthands[short];
  if (!comma) return [Number(least), Number(least)];
  return [Number(least), most ? Number(most) : Number.POSITIVE_INFINITY];
};

const readRepeat = ({ cursor, dialect }: Reader, scope: Scope, atom: { part: Node; from: number }): Node => {
  const at = cursor.at();
  const count = readCount(cursor);
  if (!count) return atom.part;
  const [least, most] = count;
  const isBare = atom.part.kind === 'place' && cursor.source.charAt(atom.from) !== '(';
  if (isBare && dialect.name === 'js') cursor.refuse('there is nothing to repeat', at);
  if (least > most) cursor.refuse('a count goes from more to less', at);
  const counted = Number.isFinite(most) ? most : least;
  if (dialect.name === 're2' && counted > MOST_COUNTED) cursor.refuse(`a count is above ${MOST_COUNTED}`, at);
  const lazy = cursor.skip('?') !== scope.flags.ungreedy;
  const again = cursor.at();
  if (readCount(cursor)) cursor.refuse('a count follows a count', again);
  return { kind: 'repeat', part: atom.part, least, most, lazy };
};

const readAtom = (reader: Reader, scope: Scope): Node | undefined => {
  const { cursor, dialect } = reader;
  const at = cursor.at();
  if (readCount(cursor)) cursor.refuse('there is nothing to repeat', at);
  const code = cursor.take('something');
  switch (String.fromCodePoint(code)) {
    case '(':
      return readGroup(reader, scope, at);
    case '[':
      return readClass(cursor, dialect, scope.flags);
    case '\\':
      return dialect.escape(cursor, scope.flags);
    case '.':
      return setNode(scope.flags.dotAll ? every : negated(dialect.lineEnds));
    case '^':
      return place('start', dialect, scope.flags);
    case '$':
      return place('end', dialect, scope.flags);
    default:
      return dialect.literal(cursor, code, scope.flags);
  }
};

/** Under the flag m, the beginning or end of a line too. */
const place = (which: Place & ('start' | 'end'), dialect: Dialect, flags: Flags): Node => {
  const whole: Node = { kind: 'place', place: which };
  if (!flags.multiline) return whole;
  const line: Node = { kind: 'look', part: setNode(dialect.lineEnds), behind: which === 'start', negative: false };
  return choiceOf([whole, line]);
};

const readGroup = (reader: Reader, scope: Scope, from: number): Node | undefined => {
  const { cursor, dialect, groups } = reader;
  const opening = cursor.skip('?')
    ? dialect.opening(cursor, scope.flags)
    : { kind: 'capture' as const, name: undefined };
  if (opening.kind === 'flags') {
    scope.flags = opening.flags;
    return undefined;
  }
  if (opening.kind === 'capture') {
    if (opening.name !== undefined && groups.includes(opening.name)) cursor.refuse('two groups have one name', from);
    groups.push(opening.name);
  }
  const number = groups.length;
  reader.depth += 1;
  if (reader.depth > MOST_DEPTH) cursor.refuse('too many groups stand in each other', from);
  const part = readChoice(reader, { flags: opening.kind === 'plain' ? opening.flags : scope.flags });
  if (!cursor.skip(')')) cursor.refuse('a ( is never closed', from);
  reader.depth -= 1;
  if (opening.kind === 'capture') return { kind: 'group', part, number, name: opening.name };
  if (opening.kind === 'look') return { kind: 'look', part, behind: opening.behind, negative: opening.negative };
  // A group keeps its parts together: what follows repeats all of them.
  return part.kind === 'sequence' && part.parts.length === 0 ? empty : part;
};
