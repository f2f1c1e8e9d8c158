/** Text to look at: a piece of a flow as it came, or what a decoder made of a stretch of it. One byte, one character. */
export interface View {
  readonly bytes: Buffer;
  /** Decodings applied, outermost first. */
  readonly via: readonly string[];
  /** The text goes on before its first byte, or after its last: what touches that edge cannot be judged here. */
  readonly cutStart: boolean;
  readonly cutEnd: boolean;
  /** Where in the flow the bytes from `start` to before `end` stand, their encoded form included. */
  place(start: number, end: number): Place;
}

/** Bytes of a flow, from `start` to before `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Gives the views that are encoded in one view, in one way. */
export type Decoder = (view: View, sizes: Sizes, give: (inner: View) => void) => void;

/** Characters of the shortest key that any setting allows: less is not worth decoding. */
export const SHORTEST_KEY = 14;

/** Bounds on what is decoded at once, in bytes. */
export interface Sizes {
  /** Longest key with its edges, in any encoding: what two neighbouring pieces share. */
  readonly overlap: number;
  /** Longest piece that is decoded at once; at least four overlaps. */
  readonly piece: number;
}
