import type { Text } from '../text.ts';

/** 256 entries: 1 for the bytes of a set. */
export type Bytes = Readonly<Uint8Array>;

/** The set of these characters. */
export const setOf = (characters: string): Bytes => {
  const set = new Uint8Array(256);
  for (let i = 0; i < characters.length; i += 1) set[characters.charCodeAt(i)] = 1;
  return set;
};

const CONTROLS = Array.from({ length: 0x21 }, (_, code) => String.fromCharCode(code)).join('');
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** What keys are made of. */
export const keyBytes: Bytes = setOf(`${LETTERS}_-./+=:~@%`);
/** What may stand on both sides of a break inside a key; `=` and `:` rather stand before one. */
export const innerBytes: Bytes = setOf(`${LETTERS}_-/+.~`);
export const letterBytes: Bytes = setOf(LETTERS);
export const wordBytes: Bytes = setOf(`${LETTERS}_`);
/** What ends the word that is decoded: no key holds a blank, a quote or a bracket of a tag or a block. */
export const endBytes: Bytes = setOf(`${CONTROLS}"'\`<>{}`);

/** Value of a byte that is no digit. */
export const NO_VALUE = 0xff;

const createDigits = (): Bytes => {
  const digits = new Uint8Array(256).fill(NO_VALUE);
  for (let value = 0; value < 16; value += 1) {
    const digit = value.toString(16);
    digits[digit.charCodeAt(0)] = value;
    digits[digit.toUpperCase().charCodeAt(0)] = value;
  }
  return digits;
};
export const hexDigits = createDigits();

/** Value of a hexadecimal digit; NO_VALUE for other bytes. */
export const hexDigit = (byte: number): number => hexDigits[byte] ?? NO_VALUE;

/** The byte there; -1 beyond the end of the text. */
export const byteAt = ({ bytes, end }: Text, at: number): number => (at < end ? (bytes[at] ?? -1) : -1);

/** The number that `count` hexadecimal digits write; -1 when one of them is none. */
export const hexAt = (text: Text, at: number, count: number): number => {
  if (at + count > text.end) return -1;
  let value = 0;
  for (let i = at; i < at + count; i += 1) {
    const digit = hexDigit(text.bytes[i] ?? 0);
    if (digit === NO_VALUE) return -1;
    value = value * 16 + digit;
  }
  return value;
};

/** Do these characters stand there? */
export const standsAt = (text: Text, at: number, characters: string): boolean => {
  if (at + characters.length > text.end) return false;
  for (let i = 0; i < characters.length; i += 1) if (text.bytes[at + i] !== characters.charCodeAt(i)) return false;
  return true;
};

/** The kernel reports the first trigger of each so many bytes: a decoder answers for the others up to the border. */
const BLOCK = 64;
export const blockEnd = (at: number): number => Math.ceil(at / BLOCK) * BLOCK;
export const blockStart = (at: number): number => at - (at % BLOCK);

export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const BLANK = 0x20;
const TAB = 0x09;
export const BACKSLASH = 0x5c;
export const isBlank = (byte: number): boolean => byte === BLANK || byte === TAB;
