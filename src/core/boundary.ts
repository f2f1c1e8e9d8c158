const isWord = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a);

/** An escape whose last character only looks like one of a word: of programs, URLs, mail, `cat -v` and rsyslog. */
const ESCAPE = String.raw`\\[nrtbfv0]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|=3D|\^[A-Z]|#(?:0[0-3][0-7]|177)`;
/** A control sequence (ECMA-48, 5.4); its escape as it is, or as what shows control characters writes it. */
const SEQUENCE = String.raw`(?:\x1b|\\[eE]|\\x1[bB]|\\033|\\u001[bB]|\^\[|#033)\[[0-?]{0,36}[ -/]{0,2}[@-~]`;
const ESCAPED = new RegExp(`(?:${ESCAPE}|${SEQUENCE})$`);

/** Most characters that `beginsAt` looks back. */
export const EDGE_REACH = 48;

/**
 * May a key begin at `at` of a text of one byte a character? After anything that is no part of a word, and after an
 * escape (`\n`, `%3D`, `\u003d`, `\x3d`, quoted-printable `=3D`, `^I`, `#011`) or a terminal's control sequence.
 */
export const beginsAt = (text: string, at: number): boolean => {
  if (at === 0 || !isWord(text.charCodeAt(at - 1))) return true;
  return ESCAPED.test(text.slice(Math.max(0, at - EDGE_REACH), at));
};
