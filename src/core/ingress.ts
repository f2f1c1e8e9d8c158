import type { IncomingHttpHeaders } from 'node:http';

/** What a sender gets. 2xx means durable. */
export interface Reply {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is closed without an answer, for senders that would take one as the end of it. */
  readonly cut?: true;
}

export interface IngressCall {
  readonly method: string;
  /** Without the query, as the sender wrote it. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The raw body, piece by piece; reading it slowly is the back-pressure. Rejects when the sender goes away. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The sender's address, for logs. */
  readonly from: string;
  /** Subject of the client's certificate, proved by our client authority; undefined without one. */
  readonly certificate?: string | undefined;
  /** `gone` is called when the sender goes away, at the latest when it has its answer. A body that is not read does not tell. */
  whenGone(gone: () => void): void;
}

/** Why the door turned somebody away before a source could say a word: the closed set behind the metric label. */
export const turnReasons = [
  'idle', // a connection without a call, to make room for another
  'full', // a connection, or a call under way, for want of room
  'slow', // a head, a body or a handshake did not come in time
  'garbage', // neither HTTP, nor TLS where that is spoken, or a head of more than 16 KiB, or one with an `Expect` that we do not know
  'path',
  'method',
] as const;
export type TurnReason = (typeof turnReasons)[number];

/** Hears of each that is turned away, and from which address it came. */
export type TurnedAway = (reason: TurnReason, from: string) => void;

export type Answer = (call: IngressCall) => Promise<Reply>;

/** The door for senders. A path without an `answer` in place is answered 503. Give `undefined` to take it away. */
export interface Ingress {
  post(path: string, answer: Answer | undefined): void;
  /** For other methods, and for paths with `*` in the place of one segment: `on('PUT', '/_index_template/*', …)`. */
  on(method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT', path: string, answer: Answer | undefined): void;
}
