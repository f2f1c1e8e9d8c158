import type { Text } from '../text.ts';
import { BLANK, byteAt, letterBytes } from './bytes.ts';
import { isWord } from './language.ts';

/** Characters of one of the groups that a key is read out in. */
const SHORTEST = 4;
const LONGEST = 10;

/** How many letters and digits stand from `at` on, `step` by `step`: at most one more than a group has. */
const count = (text: Text, at: number, step: 1 | -1): number => {
  let length = 0;
  for (let to = at; length <= LONGEST && to >= text.start && to < text.end; to += step) {
    if (letterBytes[text.bytes[to] ?? 0] === 0) break;
    length += 1;
  }
  return length;
};

/** A blank at `at` between groups of equal length, of which there are three: the offset after it; else -1. */
export const afterGroupBlank = (text: Text, at: number): number => {
  const before = count(text, at - 1, -1);
  if (before < SHORTEST || before > LONGEST) return -1;
  const next = count(text, at + 1, 1);
  if (next === 0 || next > before) return -1;
  if (isWord(text, at - before, at) && isWord(text, at + 1, at + 1 + next)) return -1;
  const third = byteAt(text, at + 1 + next) === BLANK ? count(text, at + 2 + next, 1) : 0;
  if (next === before && third === before) return at + 1;
  const first = byteAt(text, at - before - 1) === BLANK ? count(text, at - before - 2, -1) : 0;
  return first === before ? at + 1 : -1;
};
