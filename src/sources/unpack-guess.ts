import { isUtf8 } from 'node:buffer';
import { HEAD, kindOf } from './unpack-kind.ts';

/** `ask`: the first bytes of the file should be looked at. */
export type Guess = 'packed' | 'ask' | 'text';

/**
 * Guesses from what a patch adds to a file whether the file is an archive. A patch may begin in the middle of one, and a
 * piece of a patch anywhere.
 */
export const createArchiveGuess = () => {
  let path = '';
  let hunks = 0;
  let line = 0;
  let begun = false;
  let settled = false;
  return {
    file(name: string): void {
      path = name;
      [hunks, line] = [0, 0];
      [begun, settled] = [false, false];
    },
    /** The first line of what is added next. */
    hunk(first: number): void {
      hunks += 1;
      line = first;
    },
    /** Says `ask` once a file at most. */
    added(bytes: Buffer): Guess {
      const isFirst = !begun;
      begun = true;
      if (isFirst && (kindOf(bytes) !== undefined || path.endsWith('.tar'))) return 'packed';
      // These are the first bytes of the file, and of no archive.
      if (isFirst && hunks === 1 && line === 1 && bytes.length >= HEAD) settled = true;
      if (settled || !isBinary(bytes)) return 'text';
      settled = true;
      return 'ask';
    },
  };
};

/** What is packed is no text: it would have to be without zeros, and every byte of it in its place by chance. */
const isBinary = (bytes: Buffer): boolean => bytes.includes(0) || !isUtf8(bytes);
