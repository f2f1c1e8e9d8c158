import type { UnknownReason } from './verdict.ts';

/** What came back on the road: the whole answer, or why there is none. */
export type Answer =
  | { readonly status: number /** undefined when the body is not JSON. */; readonly json: unknown }
  | { readonly silence: UnknownReason; readonly retryAfterMs?: number };

/** What an official SDK is built with, so that its one request takes the road. */
export interface Road {
  readonly baseUrl: URL;
  /** Adds our credential, refuses other hosts and redirects, ends at the deadline, caps the body. */
  readonly fetch: typeof globalThis.fetch;
}

/**
 * One environment of an issuer, as detectors see it. Our credential stays behind it.
 * `ask` runs one call of the SDK and gives the raw answer of its one request; what the SDK makes of the answer is not
 * used. Errors: `Fault` `issuer.credential-refused` on 401.
 */
export interface Issuer {
  readonly environment: string;
  ask(operation: Operation, call: (road: Road) => Promise<unknown>): Promise<Answer>;
}

/**
 * `prove` is a validation after a revocation; it and the revocations take the fast lane. `spare` is one of what is probably
 * none of ours: it goes if there is a turn that nobody wants. A `list` gives way to all, and so does
 * what `audit` copies into the issuer's trails; `follow` is the one that must not.
 */
export const operations = [
  'validate',
  'spare',
  'delete',
  'expire',
  'prove',
  'create',
  'list',
  'follow',
  'audit',
] as const;
export type Operation = (typeof operations)[number];

export const answerClasses = ['2xx', '3xx', '4xx', '429', '5xx', 'none'] as const;
export type AnswerClass = (typeof answerClasses)[number];
