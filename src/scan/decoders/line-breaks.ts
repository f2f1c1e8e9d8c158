import type { Text } from '../text.ts';
import { BLANK, byteAt, innerBytes, isBlank, keyBytes, LINE_FEED, setOf, standsAt } from './bytes.ts';
import { partAt } from './entries.ts';
import { afterFrame } from './frames.ts';
import { isWord } from './language.ts';
import { afterPrefix, lineEnd, lineStart, sameBeginning } from './lines.ts';

/** Columns from which on a line is taken to have been too long. */
const LONG = 60;
/** Of the shortest lines that all have one length because they were broken there. */
const EVEN = 16;
/** A run that is longer is no rest of a key. */
const LONGEST_RUN = 1024;
const LONGEST_LINE = 160;
/** The rest of a key may well be two letters. */
const SHORTEST_WORD = 3;
const EQUALS = 0x3d;
const COLON = 0x3a;
const FULL_STOP = 0x2e;

/** What may follow the last part of a key. A blank is weaker: a word of a sentence ends there too. */
const closing = setOf('\n\r"\'`<,;)]}\\&|');

/** Two lines, as far as they tell whether the second goes on with the first. */
interface Lines {
  /** Where the first begins, with its prefix; where its text begins; where it ends. */
  readonly line: number;
  readonly text: number;
  readonly end: number;
  /** The same of the second; its run of key characters ends at `last`. */
  readonly next: number;
  readonly content: number;
  readonly last: number;
}

/**
 * A run of key characters ends at `at` and its line at `end`: where it goes on in the next line; -1, or the end, as in
 * `breakAfter`. Eager: the line end alone says that it does, if nothing says that it does not.
 */
export const afterLine = (text: Text, at: number, { end, eager }: LineEnd): number => {
  const next = end + lineEnd(text, end);
  if (next >= text.end) return text.cutEnd ? text.end : -1;
  const part = partAt(text, next);
  if (part) return isPart(text, at) ? inKey(text, part.content) : -1;
  const plain = afterPrefix(text, next);
  if (isAssignment(text, plain, runEnd(text, plain))) return -1;
  const line = beginning(text, at);
  const frame = afterFrame(text, line, next);
  const content = frame === 0 ? plain : afterPrefix(text, next + frame);
  const last = runEnd(text, content);
  if (last === content) return content >= text.end && text.cutEnd ? text.end : -1;
  if (frame > 0 && isAssignment(text, content, last)) return -1;
  const lines = { line, text: afterPrefix(text, line + frame), end: at, next, content, last };
  return goesOn(text, lines, eager) ? content : -1;
};

/** Where a line ends, and how readily it is taken to go on. */
export interface LineEnd {
  readonly end: number;
  readonly eager: boolean;
}

/** Where the line of `at` begins. */
const beginning = (text: Text, at: number): number => {
  const near = lineStart(text, at, LONGEST_LINE);
  return near >= 0 ? near : Math.max(text.start, text.bytes.lastIndexOf(LINE_FEED, at - LONGEST_LINE) + 1);
};

const inKey = (text: Text, at: number): number => {
  if (at >= text.end) return text.cutEnd ? text.end : -1;
  return innerBytes[byteAt(text, at)] === 1 ? at : -1;
};

/** Is the line that ends at `at` one part of a longer one, as far as can be seen? */
const isPart = (text: Text, at: number): boolean => {
  const begin = Math.max(text.start, text.bytes.lastIndexOf(LINE_FEED, at - 1) + 1);
  const part = partAt(text, begin);
  return part ? part.goesOn : text.cutStart && begin === text.start;
};

const runEnd = (text: Text, at: number): number => {
  const most = Math.min(text.end, at + LONGEST_RUN);
  let to = at;
  if (to < most && innerBytes[text.bytes[to] ?? 0] === 0) return at;
  while (to < most && keyBytes[text.bytes[to] ?? 0] === 1) to += 1;
  return to;
};

/** `NAME=value`, `name:` and the like begin something of their own. */
const isAssignment = (text: Text, from: number, to: number): boolean => {
  if (byteAt(text, to - 1) === COLON) return true;
  for (let at = from; at + 1 < to; at += 1) {
    if (text.bytes[at] === EQUALS && text.bytes[at + 1] !== EQUALS) return true;
  }
  return false;
};

const goesOn = (text: Text, lines: Lines, eager: boolean): boolean => {
  const { line, end, content, last } = lines;
  const run = runStart(text, Math.max(line, end - LONGEST_RUN), end);
  if (sameBeginning(text, run, content) || isToken(text, lines)) return false;
  const closed =
    last >= text.end ||
    closing[byteAt(text, last)] === 1 ||
    (isBlank(byteAt(text, last)) && lineEnd(text, last + 1) > 0);
  if (closed && (isFolded(text, lines, run) || isEven(text, lines, run))) return true;
  if (isWord(text, content, last)) return false;
  if (eager || end - line >= LONG) return closed || (byteAt(text, last) === BLANK && !hasColon(text, content, last));
  return closed && isDeeper(text, lines);
};

/** The second begins as a JSON Web Token does, or another object in base64url; a part of one comes after a full stop. */
const isToken = (text: Text, { end, content }: Lines): boolean =>
  standsAt(text, content, 'eyJ') && text.bytes[end - 1] !== FULL_STOP;

/** Times do, and a key hardly. */
const hasColon = ({ bytes }: Text, from: number, to: number): boolean => {
  for (let at = from; at < to; at += 1) if (bytes[at] === COLON) return true;
  return false;
};

const runStart = ({ bytes }: Text, least: number, at: number): number => {
  let from = at;
  while (from > least && keyBytes[bytes[from - 1] ?? 0] === 1) from -= 1;
  return from;
};

/** The second line is indented deeper, by blanks alone. */
const isDeeper = (text: Text, { line, text: first, next, content }: Lines): boolean => {
  for (let at = next; at < content; at += 1) if (!isBlank(text.bytes[at] ?? 0)) return false;
  return content - next > first - line;
};

/** Lines of a block of YAML that are looked at to find its sign. */
const MOST_LINES = 16;

/** Both lines hold nothing else, equally indented, as do those before, up to one that ends with the sign of a block of YAML. */
const isFolded = (text: Text, { line, text: first, end, next, content }: Lines, run: number): boolean => {
  const indent = first - line;
  if (run !== first || content - next !== indent) return false;
  const feed = next - end;
  let begin = line;
  for (let lines = 0; lines < MOST_LINES && begin > text.start + feed; lines += 1) {
    const last = begin - feed;
    if (isBlockSign(text, last)) return true;
    begin = lineStart(text, last, LONGEST_LINE);
    if (begin < 0 || runStart(text, begin, last) !== begin + indent) return false;
  }
  return false;
};

/** `>`, `|`, `>-`, `|+` before the line end at `at`. */
const isBlockSign = ({ bytes, start }: Text, at: number): boolean => {
  const chomping = bytes[at - 1] === 0x2d || bytes[at - 1] === 0x2b;
  const sign = at - (chomping ? 2 : 1);
  return sign >= start && (bytes[sign] === 0x3e || bytes[sign] === 0x7c);
};

/** Both lines hold nothing else, and this one is as long as the next or the one before. */
const isEven = (text: Text, { line, text: first, end, next, content, last }: Lines, run: number): boolean => {
  const width = end - line;
  if (run !== first || width < EVEN || content - next !== first - line) return false;
  if (last - next === width) return true;
  if (last - next > width || line <= text.start) return false;
  if (last - next >= SHORTEST_WORD && isWord(text, content, last)) return false;
  const before = lineStart(text, line - 1, width + 2);
  return (
    before >= 0 && line - before === next - line && runStart(text, before, line - (next - end)) <= before + first - line
  );
};
