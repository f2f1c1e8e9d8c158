import type { Issuer } from './issuer.ts';
import type { Secret } from './secret.ts';
import type { Handle, Revocation, Verdict } from './verdict.ts';

/** One answer of the issuer and what it must mean; the shared suite plays it over real HTTP. */
export interface AnswerExample {
  readonly call: 'validate' | 'revoke' | 'expire';
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is when text, as JSON otherwise. */
  readonly body?: unknown;
  /** `halt`: the fault that stops the responder. */
  readonly gives: Verdict['validity'] | Revocation['result'] | 'halt';
}

/** Texts that prove a detector; the shared suite tries them in every carrier. */
export interface Examples {
  /** Stands before each of ours, where the pattern asks for a name: `ACME_API_KEY=`. */
  readonly context?: string;
  readonly ours: readonly string[];
  readonly not: readonly string[];
  readonly foreign?: readonly string[];
}

/** All that is known of one kind of key. */
export interface Detector {
  /** `[a-z0-9-]+`; the metric label, the topic's field, the anchor in the docs. */
  readonly id: string;
  readonly issuer: string;
  /** The issuer's page on the format. */
  readonly docs: string;
  /** Plain text, in any case: one of them stands in everything that the pattern matches. */
  readonly keywords: readonly [string, ...string[]];
  /**
   * Names a group `secret`; flag i or none; bounded in length; linear time. Where a match begins with the secret, the
   * scanner sees to the left edge (`src/core/boundary.ts`); the right edge is the pattern's, as a look-ahead. Keys
   * without a prefix ask for a name before them: `assigned` of `src/core/pattern.ts`.
   */
  readonly pattern: RegExp;
  /** Offline proof: checksum, decoding, entropy. */
  readonly accept?: (secret: string) => boolean;
  /** What documentation prints in a key's place: never a candidate. Tried on the whole secret. */
  readonly placeholder?: RegExp;
  /** Shapes of other issuers that look like ours: never sent. Tried on the whole secret. */
  readonly foreign?: readonly RegExp[];
  /** A leak that no policy may treat as routine: a person is paged at once. */
  readonly critical?: boolean;
  /** Made when they are asked for: a scan needs none. */
  examples(): Examples;
  readonly answers: readonly AnswerExample[];
  /** Absent: the issuer is never asked about this kind of key. */
  validate?(secret: Secret, issuer: Issuer): Promise<Verdict>;
  /** Absent: page a person. */
  revoke?(handle: Handle, issuer: Issuer): Promise<Revocation>;
  /** Ends the key now, but keeps its record at the issuer. */
  expire?(handle: Handle, issuer: Issuer): Promise<Revocation>;
}

/** The issuers that are ever asked about a key. */
export const askedIssuers = (detectors: readonly Detector[]): readonly string[] => [
  ...new Set(detectors.filter(({ validate }) => validate !== undefined).map(({ issuer }) => issuer)),
];
