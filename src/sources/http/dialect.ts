import type { IngressCall, Reply } from '../../core/ingress.ts';
import type { LogPlace } from '../../core/origin.ts';
import type { Payload } from '../payload/format.ts';
import type { Refusal, Why } from './refusal.ts';

/** How one body is read. Without a payload it is scanned as it comes, and nothing of it is parsed. */
export interface Reading {
  readonly payload?: Payload;
  /** What the call says of all that it carries; it counts more than what a record says. For one without a payload. */
  readonly place?: LogPlace;
  /** Of one without a payload: what is scanned in the place of what comes. */
  texts?(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** What packs a payload as part of its format. `length`: as the body says; `undo` gives undefined for one that is damaged, or too long. */
  readonly unpack?: {
    length(body: Buffer): number | undefined;
    undo(body: Buffer): Buffer | undefined;
  };
  /** Sees the bytes before they are scanned, in order, for what the answer must say of them; they are gone afterwards. */
  see?(bytes: Uint8Array): void;
  /** What is wrong with what was seen, after its end. What is a key in it was found all the same. */
  fault?(): Why | undefined;
  /** What the sender gets when every candidate is durable. */
  accepted(): Reply;
  /** What a sender gets that takes 429 for the end, once all of its body was seen; it comes again for what this names. */
  limited?(reason: string): Reply;
}

/** How one protocol speaks. */
export interface Dialect {
  /** The kinds of bodies it knows, for those who sent another. */
  readonly kinds: string;
  /** Content-encodings that are part of its format, and not ours to undo. */
  readonly passes?: readonly string[];
  /** Made anew for each call. Undefined: a kind of body it does not know. */
  reading(call: IngressCall): Reading | undefined;
  refused(refusal: Refusal, call: IngressCall): Reply;
}

type Method = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT';

/** A path where bodies are taken, or one that has a fixed answer. */
export interface Route {
  readonly methods: readonly Method[];
  readonly path: string;
  readonly dialect: Dialect;
  /** The answer, whatever the body says, for those who may send. */
  readonly reply?: (call: IngressCall) => Reply;
  /** Answered to anybody: probes carry no token. */
  readonly open?: true;
}

/** The content-type without its parameters, in lower case. */
export const typeOf = ({ headers }: IngressCall): string =>
  (headers['content-type'] ?? '').replace(/;.*$/s, '').trim().toLowerCase();
