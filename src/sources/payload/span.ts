/** A part of a body, in bytes. */
export interface Span {
  readonly from: number;
  readonly to: number;
}
