/** The issuer's non-secret name of a live key, and which of its environments knows it. Given to revocation. */
export interface Handle {
  readonly id: string;
  readonly environment: string;
}

/** What the issuer's first answer told of a live key; kept because deletion destroys it. Times as the issuer gave them. */
export interface Evidence {
  readonly name?: string;
  readonly owner?: { readonly type: 'organization' | 'user'; readonly id: string; readonly organization?: string };
  readonly permissions?: readonly string[];
  readonly lastUsedAt?: string | null;
  /** The last use that was no question of ours, where `lastUsedAt` is one; null: there was none. */
  readonly usedBefore?: string | null;
  readonly createdAt?: string;
  /** When it would have ended; null: never. */
  readonly expiresAt?: string | null;
  /** The issuer's own masked form. */
  readonly masked?: string;
}

/** Why nothing definite is known: the closed set behind the metric label. */
export const unknownReasons = [
  'timeout', // the deadline passed
  'unreachable', // no answer: refused, reset, name not found
  'throttled', // 429, or our own budget is spent
  'server-error', // 5xx
  'forbidden', // 403: a plan, a permission, or a firewall's page
  'redirect', // never followed
  'too-large', // the body passed the cap
  'unrecognised', // any other status or shape
] as const;
export type UnknownReason = (typeof unknownReasons)[number];

export type Unknown = {
  readonly validity: 'unknown';
  readonly reason: UnknownReason;
  readonly retryAfterMs?: number;
};

/** The issuer's answer about one key. Only a recognised answer is definite. */
export type Verdict =
  | { readonly validity: 'live'; readonly handle: Handle; readonly evidence: Evidence }
  | { readonly validity: 'dead' }
  | Unknown;

/** What the issuer answered to a revocation. A promise only: proof is a second verdict. */
export type Revocation =
  | { readonly result: 'deleted' | 'expired' | 'already-gone' | 'refused' }
  | { readonly result: 'unknown'; readonly reason: UnknownReason; readonly retryAfterMs?: number };

/** What policy allows for one live key. */
export const decisions = ['delete', 'expire', 'hold', 'watch'] as const;
export type Decision = (typeof decisions)[number];

/** How it ended, or stands, for one fingerprint. `unproved`, `still-live` and `unknown` go round again. */
export const outcomes = [
  'revoked',
  'unproved',
  'still-live',
  'already-gone',
  'refused',
  'held',
  'watched',
  'dead',
  'unknown',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Was it live, and is it proved dead? Nothing changes that any more. */
export const isProved = (outcome: Outcome | undefined): boolean => outcome === 'revoked' || outcome === 'already-gone';
