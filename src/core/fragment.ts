import type { Origin } from './origin.ts';

/** One piece of bytes with its origin. A long stream is many fragments of one flow, in order. */
export interface Fragment {
  readonly bytes: Uint8Array;
  readonly origin: Origin;
  /**
   * Names the stream that this fragment continues; a key cut by the border between two fragments of one flow is found.
   * A fragment without a flow stands alone.
   */
  readonly flow?: string;
  /** The last fragment of its flow: nothing is held back, and the flow's state is dropped. */
  readonly last?: boolean;
  /**
   * Shown before its time: what the end of its flow holds back is given with what is here, and the flow goes on as if it had
   * not come. Of the two only what stands here, when it comes, is given again.
   */
  readonly peek?: boolean;
  /** Of the first one of a flow that was read before: what was given then is not given again. */
  readonly settled?: Horizon | undefined;
  /** Told when it was scanned, before its candidates are durable. `waits`: something is held back that may be a key. */
  readonly settles?: ((now: Horizon & { readonly waits: boolean }) => void) | undefined;
  /**
   * Asked only for what was found, so that nothing is parsed of a text that holds nothing: the origin of this one place.
   * Undefined: it stands elsewhere too and is told there. Without it, `origin` is all there is to say.
   */
  readonly locate?: ((place: Place) => Origin | undefined) | undefined;
}

/**
 * Where in its flow (bytes from its start) that begins of which it is not known yet whether it goes on: all that begins before
 * is settled. Within a word, and over blanks or the ends of lines.
 */
export interface Horizon {
  readonly words: number;
  readonly lines: number;
}

/** Where in its flow (a fragment without one is its own) something stands, in bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Resolves when every candidate of the fragment is durable on the topic: back-pressure and acknowledgement in one. */
export type Emit = (fragment: Fragment) => Promise<void>;
