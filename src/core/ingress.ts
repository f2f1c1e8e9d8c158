import type { IncomingHttpHeaders } from 'node:http';

/** What a sender gets. 2xx means durable. */
export interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface IngressCall {
  readonly headers: IncomingHttpHeaders;
  /** The raw body, piece by piece; reading it slowly is the back-pressure. Rejects when the sender goes away. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The sender's address, for logs. */
  readonly from: string;
}

/** The door for senders. A path without an `answer` in place is answered 503. Give `undefined` to take it away. */
export interface Ingress {
  post(path: string, answer: ((call: IngressCall) => Promise<Reply>) | undefined): void;
}
