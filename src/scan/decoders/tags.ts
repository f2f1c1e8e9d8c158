import type { Text } from '../text.ts';
import { byteAt, wordBytes } from './bytes.ts';

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const LONGEST_NAME = 8;
/** Attributes included. */
const LONGEST_TAG = 160;
const MOST_TAGS = 8;

/** Tags of HTML that stand inside of a line of text. */
const inline: ReadonlySet<string> = new Set(
  [
    'wbr',
    'br',
    'b',
    'i',
    'u',
    's',
    'a',
    'em',
    'tt',
    'sub',
    'sup',
    'big',
    'small',
    'span',
    'mark',
    'font',
    'code',
  ].concat(['strong', 'kbd', 'samp', 'nobr', 'ins', 'del', 'bdi', 'bdo', 'var', 'shy']),
);

/** After the tags that begin at `at`; -1 when there is another one, or none. */
export const afterTag = (text: Text, at: number): number => {
  let to = at;
  for (let tags = 0; byteAt(text, to) === LESS; tags += 1) {
    const close = tags < MOST_TAGS ? endOfTag(text, to) : -1;
    if (close < 0) return -1;
    to = close;
  }
  return to === at ? -1 : to;
};

const endOfTag = (text: Text, at: number): number => {
  const from = byteAt(text, at + 1) === SLASH ? at + 2 : at + 1;
  let to = from;
  while (to < from + LONGEST_NAME && wordBytes[byteAt(text, to) & 0xff] === 1 && to < text.end) to += 1;
  if (to === from || !inline.has(text.bytes.toString('latin1', from, to).toLowerCase())) return -1;
  while (to < at + LONGEST_TAG && to < text.end && byteAt(text, to) !== GREATER) to += 1;
  return byteAt(text, to) === GREATER ? to + 1 : -1;
};
