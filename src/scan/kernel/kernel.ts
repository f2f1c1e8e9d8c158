/** What in a text may hide a key in an encoding; the kernel looks for these beside the anchors. */
export const triggers = [
  /** A run of base64 characters (either alphabet) of 20 or more in which some five quads on end decode to text. */
  'base64',
  /** A run of 28 or more hexadecimal digits, every second one of 14 on end being 2–7: hex of ASCII text. */
  'hex',
  /** `%` and two hexadecimal digits that stand for `%`, a letter, a digit or one of `_ - . ~ + / = : @`. */
  'percent',
  /** A backslash before `u`, `U`, `x`, `N` or an octal digit other than a lone `0`; before `/` between base64 characters. */
  'backslash',
  /** `&#`, or `&` and the name of a character that keys hold (`&lowbar;`, `&UnderBar;`, `&hyphen;`, `&period;`, …). */
  'entity',
  /** `=` and two capital hexadecimal digits that stand for a letter, a digit, `_`, `-` or `=`; `=` at the end of a line. */
  'quoted',
  /** Every second byte is zero, eight times on end, and the bytes between are not: UTF-16. */
  'zero',
  /** `ESC [` */
  'ansi',
  /** An invisible character in UTF-8: zero-width, soft hyphen, word joiner, byte order mark. */
  'invisible',
  /** A quote, blanks at most, a joining sign (`+`, `.`, `&`, `..`, `<>`, `||`), blanks at most, a quote; or two quotes on end. */
  'joint',
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
   * Offset in the window: of an anchor's first byte, or of a trigger's (base64 and hex: some byte of the run). Of one
   * anchor, and of one trigger, in ascending order; among each other in any.
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
  /** Anchors and triggers that begin in `from`–`to` of a window; `to` is where its bytes end. A check that would need bytes from `to` on is taken to be fulfilled; an anchor must end before `to`. */
  look(window: number, from: number, to: number): Hits;
}
