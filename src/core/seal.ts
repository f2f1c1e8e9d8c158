/** Keeps a text unreadable wherever it is stored. `context` must be the same for both: a text that was moved does not open. */
export interface Seal {
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Faults: `seal.unknown-key`, `seal.broken`. */
  open(sealed: Uint8Array, context: string): Uint8Array;
}
