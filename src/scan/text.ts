/** Bytes of a flow, from `start` to before `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * Text to look at: a piece of a flow as it came, or what a decoder made of a piece. One byte, one character (Latin-1).
 * It is a part of `bytes`: only `start` to before `end` may be read.
 */
export interface Text {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** The flow goes on before the first byte, or after the last: what touches that edge cannot be judged here. */
  readonly cutStart: boolean;
  readonly cutEnd: boolean;
  /** Decodings applied, outermost first. */
  readonly via: readonly string[];
  /** Does the flow's offset 0 stand at an even place of `bytes`? (UTF-16 of either byte order.) */
  readonly even: boolean;
}

/** What a decoder read in a text. */
export interface Reading {
  /** Of the decoding: the next of `via`. */
  readonly name: string;
  /** What was decoded was packed, and was unpacked at once (`gzip`, `zlib`, `zstd`): the next of `via` after `name`. */
  readonly packed?: string;
  /** Decoded; the scanner copies it before the next call. Begins with the character before, by which an edge is judged. */
  readonly bytes: Uint8Array;
  /** Where in the text's `bytes` the encoded form of the decoded `from` to before `to` stands. */
  place(from: number, to: number): Place;
  readonly cutStart: boolean;
  readonly cutEnd: boolean;
  /** It goes over the end of a line: the flow must be kept for it. */
  readonly lines?: boolean;
  /** What lies within one line of it is given by a reading of that line, too. */
  readonly again?: boolean;
  /** The text ends with the end of a line, and what comes after it may belong to this reading. */
  readonly open?: boolean;
}

/** Bounds on what is decoded at once, in bytes. */
export interface Sizes {
  /** Longest key with its edges, in any encoding: what two neighbouring pieces share. */
  readonly overlap: number;
  /** Longest piece that is decoded at once; at least four overlaps. */
  readonly piece: number;
  /** For what is unpacked. Default: without a bound. */
  readonly room?: Room;
}

/** Room for what is unpacked, in bytes. */
export interface Room {
  /** So much may be unpacked at once; that there is none is told. */
  most(): number;
  take(bytes: number): void;
  /** There was more than so much: a part is left, and that is told. */
  exceed(bytes: number): void;
}

/**
 * Reads what is encoded around a trigger, and gives it. Returns the offset up to which triggers of its kind are done
 * with (at least `at + 1`). Linear in the bytes between the two, however often it is called.
 */
export type Decode = (text: Text, at: number, give: (reading: Reading) => void) => number;
export type CreateDecode = (sizes: Sizes) => Decode;

/** Characters of the shortest key that any setting allows: less is not worth decoding. */
export const SHORTEST_KEY = 14;
