import type { Text } from '../text.ts';
import { BACKSLASH, BLANK, byteAt, innerBytes, setOf, wordBytes } from './bytes.ts';
import { afterEntry } from './entries.ts';
import { afterGroupBlank } from './groups.ts';
import { afterJoint, beforeJoint, quoteAt } from './joints.ts';
import { afterLine } from './line-breaks.ts';
import { afterPrefix, isPhysical, lineEnd, lineStart } from './lines.ts';
import { afterTag } from './tags.ts';

/** Bytes that a break may begin with. */
const breaking = setOf('\n\r\\"\'`<^ ');
/** What makes a line go on in the next: shells, C, Make; PowerShell; the prompt of Windows. */
const continuing = setOf('\\`^');
/** After a quote: what no joined string follows. */
const parting = setOf(',;:)]}>=');
const LESS = 0x3c;
const GREATER = 0x3e;
/** Bytes of the longest break that is looked for to the left, beside a line's prefix. */
const LEFT_REACH = 64;

/**
 * A run of key characters ends at `at`: where it goes on if something broke it up there; -1 when nothing did; the end of
 * the text when that cannot be seen yet.
 */
export const breakAfter = (text: Text, at: number): number => {
  const one = byteAt(text, at) & 0xff;
  if (breaking[one] === 0) return -1;
  if (one === BLANK) return afterGroupBlank(text, at);
  if (one === LESS) {
    const next = inside(text, afterTag(text, at));
    return next >= 0 && next < text.end && wordBytes[byteAt(text, next)] === 0 ? -1 : next;
  }
  if (continuing[one] === 1) {
    const continued = afterContinuation(text, at);
    if (continued >= 0) return inside(text, afterPrefix(text, continued));
  }
  if (lineEnd(text, at) > 0) return afterLine(text, at);
  const quote = quoteAt(text, at);
  if (quote === 0) return -1;
  const entry = afterEntry(text, at);
  if (entry >= 0) return inside(text, entry);
  return parting[byteAt(text, at + quote) & 0xff] === 1 ? -1 : inside(text, afterJoint(text, at));
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

/** Only what can be a key's goes on. */
const inside = (text: Text, at: number): number => {
  if (at < 0 || at > text.end) return -1;
  if (at === text.end) return text.cutEnd ? at : -1;
  return innerBytes[byteAt(text, at)] === 1 ? at : -1;
};

/** A run of key characters begins at `at`: where the part before the break ended; -1 when nothing broke it up. */
export const breakBefore = (text: Text, at: number): number => {
  const { bytes, start } = text;
  const least = Math.max(start, at - LEFT_REACH);
  const one = bytes[at - 1] ?? 0;
  if (one === GREATER) {
    const open = bytes.lastIndexOf(LESS, at - 1);
    return open >= least && breakAfter(text, open) === at ? open : -1;
  }
  if (quoteAt(text, at - 1) > 0) return fits(text, beforeJoint(text, at), at);
  const line = lineStart(text, at, LEFT_REACH);
  if (line <= start) return -1;
  for (const length of [1, 2, 3, 4, 5]) {
    const end = line - length;
    if (end > start && innerBytes[bytes[end - 1] ?? 0] === 1 && breakAfter(text, end) === at) return end;
  }
  return -1;
};

const fits = (text: Text, end: number, at: number): number =>
  end > text.start && breakAfter(text, end) === at ? end : -1;
