/** Where the kernel's masks look for an anchor. */
export interface Seat {
  /** Of the window's first byte, from the anchor's first; negative where the anchor is shorter than the window. */
  readonly offset: number;
  readonly bucket: number;
}

/** The seats of a set of anchors. More buckets and positions find fewer false places and take longer. */
export interface Seating {
  /** Bytes of the window that the masks look at: the last three, or all four. */
  readonly positions: 3 | 4;
  /** Eight buckets each. */
  readonly passes: 1 | 2;
  /** One per anchor. */
  readonly seats: readonly Seat[];
}
