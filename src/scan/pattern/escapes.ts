import type { ByteSet } from './anchor.ts';
import { digits, negated, word } from './byte-set.ts';
import type { Cursor } from './cursor.ts';
import type { Node, Place } from './node.ts';

/** What a backslash and its letter mean: a character, a set or a place. */
export type Meaning = number | ByteSet | (Node & { kind: 'place' });

const controls: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, v: 0x0b };
const places: Readonly<Record<string, Place>> = { b: 'word', B: 'not-word' };

/** The sets of both dialects; they only differ in what is a blank. */
export const shorthandSets = (blanks: ByteSet): Readonly<Record<string, ByteSet>> => ({
  d: digits,
  D: negated(digits),
  w: word,
  W: negated(word),
  s: blanks,
  S: negated(blanks),
});

/** What is the same in both dialects, if it is; signs stand for themselves. The letter is taken. */
export const commonEscape = (letter: string, sets: Readonly<Record<string, ByteSet>>): Meaning | undefined => {
  const control = controls[letter] ?? sets[letter];
  if (control !== undefined) return control;
  const place = places[letter];
  if (place) return { kind: 'place', place };
  return /[A-Za-z0-9]/.test(letter) ? undefined : letter.codePointAt(0);
};

/** Takes a number of hexadecimal digits. */
export const hexEscape = (cursor: Cursor, shape: RegExp): number => {
  const found = cursor.match(shape);
  return found ? Number.parseInt(found[1] ?? found[0], 16) : cursor.refuse('hexadecimal digits must follow');
};

export const unknownEscape = (cursor: Cursor, letter: string): never => {
  const at = cursor.at() - letter.length - 1;
  if (/[1-9k]/.test(letter)) cursor.refuse('a back-reference cannot be tried in linear time', at);
  return cursor.refuse(`\\${letter} means nothing here`, at);
};
