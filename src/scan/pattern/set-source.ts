import type { ByteSet } from './anchor.ts';
import { negated, spansOf } from './byte-set.ts';

const byteSource = (byte: number): string => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9_]/.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
};

const spanSource = ([from, to]: readonly [number, number]): string => {
  if (from === to) return byteSource(from);
  return `${byteSource(from)}${to === from + 1 ? '' : '-'}${byteSource(to)}`;
};

/** A set of bytes as a RegExp writes it: a character or a class. */
export const setSource = (set: ByteSet): string => {
  const found = spansOf(set);
  const [only] = found;
  if (only && found.length === 1 && only[0] === only[1]) return byteSource(only[0]);
  const rest = spansOf(negated(set));
  // The shorter of the two ways; `[]` matches nothing, `[^]` everything.
  return rest.length < found.length ? `[^${rest.map(spanSource).join('')}]` : `[${found.map(spanSource).join('')}]`;
};
