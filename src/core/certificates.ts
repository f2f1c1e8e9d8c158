/** What a TLS listener shows, and whom it believes; PEM. */
export interface Certificate {
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
  /** Who signs the certificates of clients; without it none is asked for. */
  readonly clientCa?: Uint8Array | undefined;
}

/** A certificate that is renewed while we run. */
export interface Certificates {
  now(): Certificate;
  /** Hears of each renewal from now on, until what it gives is called. */
  follow(use: (renewed: Certificate) => void): () => void;
}
