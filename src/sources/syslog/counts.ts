import { isMarked, mayBeMarked } from './packed-message.ts';

/** The next bytes will tell. */
export const UNSEEN = -1;
const LESS = 0x3c;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const MOST_DIGITS = 10;

export const isBlank = (byte = SPACE): boolean => byte <= SPACE;
export const isPriority = (byte: number | undefined): boolean => byte === LESS;
export const isLineEnd = (byte: number | undefined): boolean => byte === NEWLINE || byte === 0 || byte === 0x0d;
const isDigit = (byte: number): boolean => byte >= ZERO && byte <= 0x39;

/** How many digits of a count stand here, before a blank and its message; 0: it is none; or `UNSEEN`. */
export const countAt = (bytes: Buffer, at: number): number => {
  if (bytes[at] === ZERO) return noughtAt(bytes, at);
  let end = at;
  while (end < bytes.length && end - at <= MOST_DIGITS && isDigit(bytes[end] ?? 0)) end += 1;
  const digits = end - at;
  if (digits === 0 || digits > MOST_DIGITS) return 0;
  if (end < bytes.length && bytes[end] !== SPACE) return 0;
  return end + 1 >= bytes.length || mayBeMarked(bytes, end + 1) ? UNSEEN : digits;
};

/** A count of nought has no message; rsyslog sends it for an empty one, and counts on. */
const noughtAt = (bytes: Buffer, at: number): number => {
  if (at + 1 < bytes.length && bytes[at + 1] !== SPACE) return 0;
  if (at + 2 >= bytes.length) return UNSEEN;
  return isDigit(bytes[at + 2] ?? 0) ? 1 : 0;
};

/** What kind of message begins here: one with a priority, one that is packed, or any. */
export const kindAt = (bytes: Buffer, at: number): 'priority' | 'packed' | 'any' => {
  if (isPriority(bytes[at])) return 'priority';
  return isMarked(bytes, at) ? 'packed' : 'any';
};

export const valueAt = (bytes: Buffer, at: number, digits: number): number => {
  let value = 0;
  for (let i = at; i < at + digits; i += 1) value = value * 10 + ((bytes[i] ?? ZERO) - ZERO);
  return value;
};

/** Finds where the line at a place ends: behind its newline or NUL, or beyond the bytes. Each is looked for once. */
export const createEnds = (bytes: Buffer): ((at: number) => number) => {
  const next = (byte: number): ((at: number) => number) => {
    let known = -1;
    return (at) => {
      if (known >= at) return known;
      const found = bytes.indexOf(byte, at);
      known = found < 0 ? bytes.length : found;
      return known;
    };
  };
  const [newline, nul] = [next(NEWLINE), next(0)];
  return (at) => Math.min(newline(at), nul(at)) + 1;
};
