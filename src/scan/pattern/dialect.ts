import type { ByteSet } from './anchor.ts';
import type { Cursor } from './cursor.ts';
import type { DialectName, Node } from './node.ts';

/** Flags in force where something is read. */
export interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
  /** RE2's U: quantifiers are lazy, and greedy with `?`. */
  readonly ungreedy: boolean;
}

/** What stands after `(?`. */
export type Opening =
  | { readonly kind: 'plain'; readonly flags: Flags }
  | { readonly kind: 'capture'; readonly name: string | undefined }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean }
  /** `(?i)`: for the rest of the group it stands in. */
  | { readonly kind: 'flags'; readonly flags: Flags };

/** A member of a class `[…]`: one character by its code, or a set. */
export type Member = number | ByteSet;

/** In what the languages of patterns differ. The backslash, the `(?` or the `[:` before what a function reads is taken. */
export interface Dialect {
  readonly name: DialectName;
  readonly flagLetters: string;
  /** Bytes that end a line, for `.` and for `^` and `$` under the flag m. */
  readonly lineEnds: ByteSet;
  /** `]` right after `[` or `[^` is a member, not the end. */
  readonly bracketFirst: boolean;
  escape(cursor: Cursor, flags: Flags): Node;
  classEscape(cursor: Cursor): Member;
  /** `[:alpha:]`; undefined when the dialect has no such thing here. */
  namedClass(cursor: Cursor): ByteSet | undefined;
  opening(cursor: Cursor, flags: Flags): Opening;
  /** Byte or bytes of one character. */
  literal(cursor: Cursor, code: number, flags: Flags): Node;
  /** What a class matches: bytes, and characters of more than one byte. */
  classNode(cursor: Cursor, content: ClassContent): Node;
}

/** A class as it was read. */
export interface ClassContent {
  /** Its ASCII characters, and the bytes of the sets that stand in it. */
  readonly set: ByteSet;
  /** Spans of characters that ASCII does not have. */
  readonly wide: readonly (readonly [low: number, high: number])[];
  readonly negative: boolean;
  readonly flags: Flags;
}
