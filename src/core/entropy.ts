import { bitsPerCharacter } from './bits.ts';

const kindOf = (code: number): number => (code <= 0x39 ? 0 : code <= 0x5a ? 1 : 2);

/** How often the text passes between digits, capitals and small letters. */
const changes = (text: string): number => {
  let count = 0;
  for (let i = 1; i < text.length; i += 1) {
    if (kindOf(text.charCodeAt(i)) !== kindOf(text.charCodeAt(i - 1))) count += 1;
  }
  return count;
};

/** A word and a number, as programs have them in names: `x509`, `SHA256`, `Utf8`, `aes128gcm`, `UTF8STRING`. */
const NUMBERED = /^(?:[a-z]{1,8}|[A-Z]{1,8}|[A-Z][a-z]{1,7})[0-9]{1,5}(?:[a-z]{0,4}|[A-Z]{0,8})$/;

const isWord = (piece: string): boolean =>
  /^[A-Z]?[a-z]+(?:[A-Z][a-z]+)*$/.test(piece) ||
  (piece.length < 13 && NUMBERED.test(piece)) ||
  changes(piece) < Math.max(piece.length < 8 ? 1 : 2, piece.length / 12);

/**
 * `ASIdOrRange_find_all`, `IPAddressFamily_free`: no piece has digits but as names have them, and one is a plain word. A
 * random text of some length has digits, and hardly ever such a word between two marks.
 */
const isName = (pieces: readonly string[]): boolean =>
  pieces.every((piece) => /^[A-Za-z]*$/.test(piece) || isWord(piece)) &&
  pieces.some((piece) => /^(?=.*[aeiouy])[a-z]{3,}$/.test(piece));

/**
 * Does a text look drawn at random, not written? Names in programs (`sk_stream_wait_memory`, `sk_X509_NAME_new_null`)
 * are as rich in characters as keys are, but they are words: at least half of the text must stand in pieces that are
 * none.
 */
export const looksRandom = (text: string, minEntropy: number): boolean => {
  if (bitsPerCharacter(text) < minEntropy) return false;
  const pieces = text.split(/[^A-Za-z0-9]+/);
  if (isName(pieces)) return false;
  const random = pieces.reduce((sum, piece) => (isWord(piece) ? sum : sum + piece.length), 0);
  return random * 2 >= text.length;
};

/** Four consonants in a row: few words have them, few random texts of twenty letters have none. */
const UNSPOKEN = /(?!([a-z])\1)[bcdfghjklmnpqrstvwxz]{4}/i;

/** Does a text have letters that are no word, whatever else it has? */
export const isUnspoken = (text: string): boolean => UNSPOKEN.test(text);

/**
 * As `looksRandom`, for a text that already begins as only keys do: two digits among rich letters, or letters that nobody
 * can speak, are enough, so that of the keys of an issuer none in a thousand is lost.
 */
export const mayBeRandom = (text: string, minEntropy: number): boolean =>
  bitsPerCharacter(text) >= minEntropy &&
  (/[0-9].*[0-9]/.test(text) || isUnspoken(text) || looksRandom(text, minEntropy));
