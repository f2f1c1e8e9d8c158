import type { Text } from '../text.ts';
import { byteAt, hexAt, hexDigit, isBlank, LINE_FEED, NO_VALUE, setOf, wordBytes } from './bytes.ts';
import { textBytes } from './texts.ts';

/** A number of a list: its value, -1 at the end of the list; whether a line ended before it. */
export interface Listed {
  readonly value: number;
  readonly start: number;
  readonly end: number;
  readonly line: boolean;
}

export interface Numbers {
  readonly name: 'hex' | 'decimal';
  readonly first: Listed;
  next(last: Listed): Listed;
}

const ZERO = 0x30;
const NINE = 0x39;
const LETTER_X = 0x78;
/** Bytes between two numbers at most: a line end with its indentation, `) & Chr(`. */
const LONGEST_GAP = 32;
/** What stands beside the numbers of a dump, and the digits of its offsets. */
const LONGEST_GUTTER = 48;
const OFFSET = { least: 6, most: 16 };
const gap = setOf(' \t\r\n,:;-_\\#$');

const isDecimal = (byte: number): boolean => byte >= ZERO && byte <= NINE;
export const isHex = (byte: number): boolean => byte >= 0 && hexDigit(byte) !== NO_VALUE;
const end = (at: number): Listed => ({ value: -1, start: at, end: at, line: false });

const hexLength = (text: Text, at: number, most: number): number => {
  let length = 0;
  while (length <= most && isHex(byteAt(text, at + length))) length += 1;
  return length;
};

/** After the `0x` or `x` before a number. */
const afterX = (text: Text, at: number): number => {
  const first = byteAt(text, at) === ZERO ? at + 1 : at;
  return (byteAt(text, first) | 0x20) === LETTER_X ? first + 1 : at;
};

/**
 * After the line's end, past the offset of a dump; what it shows of the same bytes as text goes before. The text's end,
 * where it ends inside of that.
 */
const afterGutter = (text: Text, at: number): number => {
  let to = at;
  while (to < at + LONGEST_GUTTER && to < text.end && byteAt(text, to) !== LINE_FEED) to += 1;
  if (to === text.end) return to;
  if (byteAt(text, to) !== LINE_FEED) return -1;
  const digits = hexLength(text, to + 1, OFFSET.most);
  if (to + 1 + digits >= text.end) return text.end;
  if (digits < OFFSET.least || digits > OFFSET.most) return -1;
  to += 1 + digits;
  if (byteAt(text, to) === 0x3a) to += 1;
  const content = to;
  while (isBlank(byteAt(text, to))) to += 1;
  return to > content || to === text.end ? to : -1;
};

/** Two digits a byte; where four stand together, as in dumps, the second two are a byte too. */
const nextHex = (text: Text, last: Listed): Listed => {
  const { end: from } = last;
  if (isHex(byteAt(text, from))) {
    const value = hexAt(text, from, 2);
    return { value, start: from, end: from + 2, line: false };
  }
  let at = from;
  while (at < from + LONGEST_GAP && gap[byteAt(text, at) & 0xff] === 1 && at < text.end) at += 1;
  return hexFrom(text, from, afterX(text, at)) ?? hexFrom(text, from, afterGutter(text, from)) ?? end(at);
};

/** The number at `start`, if one is there, beyond the last one's end. */
const hexFrom = (text: Text, from: number, start: number): Listed | undefined => {
  if (start <= from) return undefined;
  // It may go on.
  if (text.cutEnd && start + hexLength(text, start, 4) >= text.end) return end(text.end);
  if (!isPair(text, start)) return undefined;
  return { value: hexAt(text, start, 2), start, end: start + 2, line: hasFeed(text, from, start) };
};

/** Two or four digits, and no word that only begins so. */
const isPair = (text: Text, at: number): boolean => {
  const length = hexLength(text, at, 4);
  return (length === 2 || length === 4) && (at + length >= text.end || wordBytes[byteAt(text, at + length)] === 0);
};

const nextDecimal = (text: Text, { end: from }: Listed): Listed => {
  let at = from;
  while (at < from + LONGEST_GAP && at < text.end && !isDecimal(byteAt(text, at))) at += 1;
  return at === from ? end(at) : { ...decimalAt(text, at), line: hasFeed(text, from, at) };
};

const decimalAt = (text: Text, at: number): Listed => {
  let to = at;
  let value = 0;
  for (; to < at + 3 && isDecimal(byteAt(text, to)); to += 1) value = value * 10 + byteAt(text, to) - ZERO;
  return to === at || isDecimal(byteAt(text, to)) || value > 0x7f
    ? end(to)
    : { value, start: at, end: to, line: false };
};

const hasFeed = ({ bytes }: Text, from: number, to: number): boolean => {
  for (let at = from; at < to; at += 1) if (bytes[at] === LINE_FEED) return true;
  return false;
};

/** A list of text whose first number begins at `at`. Decimal ones are told by their three digits: small letters are above 96. */
export const createNumbers = (text: Text, at: number): Numbers | undefined => {
  if (!isHex(byteAt(text, at)) && (byteAt(text, at) | 0x20) !== LETTER_X) return undefined;
  const start = afterX(text, at);
  const value = isPair(text, start) ? hexAt(text, start, 2) : NO_VALUE;
  if (textBytes[value] === 1 && (start > at || !isDecimalList(text, start))) {
    const first = { value, start, end: start + 2, line: false };
    return { name: 'hex', first, next: (last) => nextHex(text, last) };
  }
  const first = decimalAt(text, at);
  return textBytes[first.value] !== 1 ? undefined : { name: 'decimal', first, next: (last) => nextDecimal(text, last) };
};

/** Numbers that are looked at to tell the two apart. */
const MOST_TOLD = 16;

const isDecimalList = (text: Text, at: number): boolean => {
  let number = decimalAt(text, at);
  for (let count = 0; number.value >= 0 && count < MOST_TOLD; count += 1) {
    if (number.value > 99) return true;
    number = nextDecimal(text, number);
  }
  return false;
};
