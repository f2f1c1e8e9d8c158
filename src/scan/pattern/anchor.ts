/** 256 entries, one per byte: 1 where it belongs to the set, 0 where not. */
export type ByteSet = Readonly<Uint8Array>;

/** Bytes at least and at most. `most` may be Infinity. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** A run of `count` bytes of one set that every match has beside its anchor. */
export interface Check {
  readonly set: ByteSet;
  readonly count: number;
  /**
   * `after`: the run begins so many bytes after the end of the anchor. `before`: the run ends so many bytes before the
   * anchor's first byte. Never above 120; `count` never above 250.
   */
  readonly side: 'before' | 'after';
  readonly distance: { readonly least: number; readonly most: number };
}

/** A short sequence of byte sets that stands in every match of one rule, unless another anchor of that rule does. */
export interface Anchor {
  /** Index of the rule among those that were compiled together. */
  readonly rule: number;
  /** 2 to 20 consecutive sets; a byte of each must stand there. Two or more of them are single letters. */
  readonly sets: readonly ByteSet[];
  /** Bytes of a match before the anchor, and after its end. */
  readonly before: Range;
  readonly after: Range;
  /** The match begins with the anchor, and a key must begin where no word goes on: see `src/core/boundary.ts`. */
  readonly edge: boolean;
  /** Further conditions that every match fulfils: they only save work. At most one before and two after. */
  readonly checks: readonly Check[];
}
