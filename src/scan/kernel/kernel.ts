/**
 * What in a text may hide a key in an encoding; the kernel looks for these beside the anchors. *Inner* is what stands on
 * both sides of a break inside a key: a letter, a digit or one of `_ - . + / ~`.
 */
export const triggers = [
  /** Five quads of base64 (either alphabet) on end that decode to text: printable ASCII, tabs, line ends, and zeros, but none to three of them. */
  'base64',
  /** 28 hexadecimal digits, every second one of them 2–7: hex of ASCII text. */
  'hex',
  /**
   * `%`, or `%u00`, and two hexadecimal digits that stand for `%`, a letter, a digit or one of `_ - . ~ + / = : @`; inner
   * and the beginning of what shows nothing: `%E2%8`, `%C2%AD`, `%EF%BB`, `%u200`, `%u202`, `%u206`; `%00` between
   * inner (UTF-16).
   */
  'percent',
  /**
   * A backslash before `u{`, `U{`, `U0`, or `u00` and a digit from 1 to 7 or an `a`; inner, a backslash and `u200`, `u202`,
   * `u206`, `ufeff`, `u034`, `u061`, or `u0000` and inner (UTF-16); before `x` and an octal digit or `{`; before `N{`;
   * before an octal digit and a hexadecimal one; before one of `/ _ -` with inner on both sides of the two.
   */
  'backslash',
  /** `&#` and a digit or `x`, `&amp;#`, or `&` and the name of a character that keys hold or that shows nothing. */
  'entity',
  /**
   * Inner, `=`, two capital hexadecimal digits that stand for a letter, a digit, `_`, `-` or `=`, then `=`, or inner if
   * the second is no decimal digit (`width=320`); inner, `=` and a line end, then inner or `=`.
   */
  'quoted',
  /** Eight zeros, every second byte, and what is between them is printable ASCII: UTF-16. */
  'zero',
  /** Inner, then `ESC [`. */
  'ansi',
  /** A character that shows nothing, in UTF-8, between inner: zero-width, soft hyphen, word joiner, byte order mark. */
  'invisible',
  /**
   * Inner, a quote (`"` or `'`, a backslash before it or not), at most 64 bytes of blanks, line ends, their escapes and
   * signs (`+ . & | < > ^ * ~ \ _ - # /`, `.concat(`), at most two letters, a quote, inner: strings that are joined. On
   * the first quote follows a blank, a line end, a quote or one of `& * + .`. Two quotes glued to it count for nothing.
   */
  'joint',
  /** Four pairs of hexadecimal digits that stand for ASCII text, a blank, or a colon, after each: a dump. */
  'codes',
] as const;
export type Trigger = (typeof triggers)[number];

/** From here on `what` of a hit names a trigger: `what - TRIGGER` is its place in `triggers`. */
export const TRIGGER = 0xff00;

/** Bytes before and after each window that belong to it and that the kernel may read. */
export const GUARD = 512;

/** Places to look at closer. The arrays are the kernel's, and overwritten by its next call. */
export interface Hits {
  readonly count: number;
  /**
   * Offset in the window: of an anchor's first byte, or of a trigger's (base64, hex and codes: some byte of the run; joint: of
   * the quote, or of its backslash). Of one anchor, and of one trigger, in ascending order; among each other in any.
   */
  readonly at: Uint32Array;
  /** Index of the anchor, or TRIGGER and more. */
  readonly what: Uint32Array;
  /** How far it looked: less than `to` when there were more hits than fit. Call again from here. */
  readonly done: number;
}

/**
 * Looks at bytes for anchors and triggers. The SIMD kernel and its plain twin give the same hits for the same bytes:
 * all anchors whose sets and checks fit; the first of each trigger in each aligned 64 bytes of the window.
 */
export interface Kernel {
  readonly simd: boolean;
  /**
   * One per depth of decoding, on the kernel's memory, each with GUARD bytes of its own before and after it. Whoever
   * fills a window puts zeros after the last byte, GUARD of them.
   */
  readonly windows: readonly Buffer[];
  /**
   * Anchors and triggers that begin in `from`–`to` of a window; `to` is where its bytes end. An anchor must end before
   * `to`, and the first two bytes of a trigger must stand before it. To a check, bytes from `to` on are of any set.
   */
  look(window: number, from: number, to: number): Hits;
}
