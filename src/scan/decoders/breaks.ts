import type { Text } from '../text.ts';
import { BACKSLASH, BLANK, byteAt, innerBytes, isBlank, keyBytes, setOf, wordBytes } from './bytes.ts';
import { afterEntry } from './entries.ts';
import { afterGroupBlank } from './groups.ts';
import { afterJoint, beforeJoint, quoteAt } from './joints.ts';
import { isWord } from './language.ts';
import { afterLine } from './line-breaks.ts';
import { afterPrefix, isPhysical, lineEnd, lineStart, sameBeginning } from './lines.ts';
import { afterTag } from './tags.ts';

/** Bytes that a break may begin with. */
const breaking = setOf('\n\r\\"\'`<^ |');
/** What makes a line go on in the next: shells, C, Make; PowerShell; the prompt of Windows. */
const continuing = setOf('\\`^');
/** After a quote: what no joined string follows. */
const parting = setOf(',;:)]}>=');
const BAR = 0x7c;
const COMMA = 0x2c;
const LESS = 0x3c;
const GREATER = 0x3e;
/** Bytes of the longest break that is looked for to the left, beside a line's prefix. */
const LEFT_REACH = 64;
/** Blanks that fill a cell of a table. */
const MOST_FILL = 32;
const LONGEST_WORD = 32;

/**
 * A run of key characters ends at `at`: where it goes on if something broke it up there; -1 when nothing did; the end of
 * the text when that cannot be seen yet. Eager: what only might have broken it up did, as every line end and every comma
 * between strings might.
 */
export const breakAfter = (text: Text, at: number, eager = false): number => {
  const one = byteAt(text, at) & 0xff;
  if (breaking[one] === 0) return -1;
  if (one === BLANK || one === BAR) {
    const group = one === BLANK ? afterGroupBlank(text, at) : -1;
    return group >= 0 || !eager ? group : afterCell(text, at);
  }
  if (one === LESS) {
    const next = inside(text, afterTag(text, at));
    return next >= 0 && next < text.end && wordBytes[byteAt(text, next)] === 0 ? -1 : next;
  }
  if (continuing[one] === 1) {
    const continued = afterContinuation(text, at);
    if (continued >= 0) return inside(text, afterPrefix(text, continued));
  }
  if (lineEnd(text, at) > 0) return afterLine(text, at, { end: at, eager });
  const quote = quoteAt(text, at);
  if (quote === 0) return -1;
  const entry = afterEntry(text, at);
  if (entry >= 0) return inside(text, entry);
  const after = byteAt(text, at + quote) & 0xff;
  const listed = eager && after === COMMA;
  if (parting[after] === 1 && !listed) return -1;
  const next = inside(text, afterJoint(text, at, eager));
  return listed && next >= 0 && isListed(text, at, next) ? -1 : next;
};

/** After a line end that a sign takes away, also where both are written in JSON (`\\\\\\n`); -1 when there is none. */
const afterContinuation = (text: Text, at: number): number => {
  if (isPhysical(text, at + 1)) {
    const length = lineEnd(text, at + 1);
    return length === 0 ? -1 : at + 1 + length;
  }
  const length = byteAt(text, at + 1) === BACKSLASH ? lineEnd(text, at + 2) : 0;
  return length === 0 ? -1 : at + 2 + length;
};

/** After the rest of a row of a table, its line end, and what the next row begins with. */
const afterCell = (text: Text, at: number): number => {
  const bar = afterBlanks(text, at);
  if (byteAt(text, bar) !== BAR) return -1;
  const end = afterBlanks(text, bar + 1);
  return lineEnd(text, end) === 0 ? -1 : afterLine(text, at, { end, eager: true });
};
const afterBlanks = (text: Text, at: number): number => {
  let to = at;
  while (to < at + MOST_FILL && isBlank(byteAt(text, to))) to += 1;
  return to;
};

/** Is the string at `at` no rest of a key, but the next of a list of words or beginnings? */
const isListed = (text: Text, end: number, at: number): boolean => {
  let to = at;
  while (to < at + LONGEST_WORD && to < text.end && keyBytes[text.bytes[to] ?? 0] === 1) to += 1;
  return isWord(text, at, to) || sameBeginning(text, wordStart(text, end), at);
};

const wordStart = ({ bytes, start }: Text, end: number): number => {
  const least = Math.max(start, end - LONGEST_WORD);
  let from = end;
  while (from > least && keyBytes[bytes[from - 1] ?? 0] === 1) from -= 1;
  return from;
};

/** Only what can be a key's goes on. */
const inside = (text: Text, at: number): number => {
  if (at < 0 || at > text.end) return -1;
  if (at === text.end) return text.cutEnd ? at : -1;
  return innerBytes[byteAt(text, at)] === 1 ? at : -1;
};

/** A run of key characters begins at `at`: where the part before the break ended; -1 when nothing broke it up. */
export const breakBefore = (text: Text, at: number, eager = false): number => {
  const { bytes, start } = text;
  const least = Math.max(start, at - LEFT_REACH);
  const one = bytes[at - 1] ?? 0;
  if (one === GREATER) {
    const open = bytes.lastIndexOf(LESS, at - 1);
    return open >= least && breakAfter(text, open, eager) === at ? open : -1;
  }
  if (quoteAt(text, at - 1) > 0) {
    const end = beforeJoint(text, at, eager);
    return end > start && breakAfter(text, end, eager) === at ? end : -1;
  }
  const line = lineStart(text, at, LEFT_REACH);
  if (line <= start) return -1;
  for (const end of [1, 2, 3, 4, 5].map((length) => line - length).concat(eager ? cellBefore(text, line) : [])) {
    if (end <= start || innerBytes[bytes[end - 1] ?? 0] === 0 || breakAfter(text, end, eager) !== at) continue;
    // A word before a key would hide its beginning.
    return eager && isWord(text, wordStart(text, end), end) ? -1 : end;
  }
  return -1;
};

/** Where the cell's text ended in the row of a table before `line`. */
const cellBefore = ({ bytes, start }: Text, line: number): number => {
  const least = Math.max(start, line - 2 * MOST_FILL);
  let end = line;
  while (end > least && (bytes[end - 1] ?? 0) <= BLANK) end -= 1;
  if (bytes[end - 1] !== BAR) return -1;
  end -= 1;
  while (end > least && isBlank(bytes[end - 1] ?? 0)) end -= 1;
  return end;
};
