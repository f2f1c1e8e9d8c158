import type { Secret } from './secret.ts';

/**
 * What all known keys say of a candidate. `match`: it ends as one of them, so it may be that; `no-match`: it is none;
 * `stale`: it is none that is known, but too little is.
 */
export interface Sight {
  readonly said: 'match' | 'no-match' | 'stale';
  /** What happened to keys is known up to so long ago; absent: they were never all read. */
  readonly inventorySeconds?: number;
}

/** Tells what may be a key of ours, before anybody is asked. */
export interface Prefilter {
  /** Whose keys it knows. */
  readonly issuer: string;
  /** What is none is asked about `last`, or in `strict` mode never. */
  readonly mode: 'last' | 'strict';
  look(secret: Secret): Sight;
  /** Is too little known to say that something is none? */
  isStale(): boolean;
}
