const isWord = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a);

/** The end of an escape whose last character only looks like one of a word. */
const ENDS = String.raw`(?:\\[nrtbfv0]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|=3D|\x1b\[[0-9;]{0,16}m)$`;
const ESCAPED = new RegExp(ENDS);

/** Most characters that `beginsAt` looks back. */
export const EDGE_REACH = 20;

/**
 * May a key begin at `at` of a text of one byte a character? After anything that is no part of a word, and after an
 * escape (`\n`, `%3D`, `\u003d`, `\x3d`, quoted-printable `=3D`) or an ANSI colour.
 */
export const beginsAt = (text: string, at: number): boolean => {
  if (at === 0 || !isWord(text.charCodeAt(at - 1))) return true;
  return ESCAPED.test(text.slice(Math.max(0, at - EDGE_REACH), at));
};
