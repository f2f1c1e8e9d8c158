/**
 * Source of a pattern's left edge: a key may stand after anything that is no part of a word, and after the end of an
 * escape whose last character only looks like one (`\n`, `%3D`, `\u003d`, `\x3d`, quoted-printable `=3D`, and the
 * letter that ends an ANSI colour). It consumes that character, for a look-behind of this kind is not provably linear.
 */
export const LEFT_EDGE = String.raw`(?:^|[^A-Za-z0-9_]|\\[nrtbfv0]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|=3D|\x1b\[[0-9;]{0,16}m)`;

/** Most characters that `LEFT_EDGE` consumes. */
export const LEFT_EDGE_REACH = 19;
