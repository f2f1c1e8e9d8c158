import type { Issuer } from './issuer.ts';
import type { Secret } from './secret.ts';
import type { Evidence, Handle, UnknownReason } from './verdict.ts';

/** Whose key it is. The organization is known of a user's key, too. */
export interface KeyOwner {
  readonly type: 'organization' | 'user';
  readonly id: string;
  readonly organization: string;
}

/** A key as its issuer lists it, never its secret. Times in ms since 1970. */
export interface IssuedKey {
  readonly id: string;
  readonly owner: KeyOwner;
  readonly name: string;
  /** The issuer's own masked form. */
  readonly masked: string;
  readonly permissions: readonly string[];
  readonly createdAt: number;
  /** Which of two things that are told of it is newer. */
  readonly updatedAt: number;
  readonly lastUsedAt: number | undefined;
  readonly expiresAt: number | undefined;
}

/** Something that happened to a key. `gone`: it was revoked. */
export interface KeyChange {
  readonly id: string;
  readonly key: IssuedKey;
  readonly gone: boolean;
}

/** A part of a list; `next` is what the next part is asked for with. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** What the issuer answered. `missing`: there is no such owner (any more); said of the keys of one alone. */
export type Listed<T> =
  | { readonly got: T }
  | { readonly reason: UnknownReason | 'missing'; readonly retryAfterMs?: number };

export interface Whose {
  readonly type: KeyOwner['type'];
  readonly id: string;
}

/** How the issuer tells by itself what happens to keys. */
export interface KeyWebhook {
  readonly path: string;
  /** The header with `t=<ms>, v1=<hex>`: HMAC-SHA256 of `<ms>.<body>`. */
  readonly signature: string;
  /** What a body tells; `other`: nothing of keys; undefined: nothing that can be read. */
  read(json: unknown): KeyChange | 'other' | undefined;
}

/** What an issuer lets us ask of all keys of an environment, not of one. Each call is one request. */
export interface Keeper {
  readonly issuer: string;
  /** Ids of those who may own keys. */
  owners(issuer: Issuer, type: KeyOwner['type'], after?: string): Promise<Listed<Part<string>>>;
  keys(issuer: Issuer, whose: Whose, after?: string): Promise<Listed<Part<IssuedKey>>>;
  /** What happened since, oldest first: after the change of that id, or from a time on. */
  changes(
    issuer: Issuer,
    since: { readonly after: string } | { readonly from: number },
  ): Promise<Listed<Part<KeyChange>>>;
  readonly webhook: KeyWebhook;
}

/** A key that is to be made. `expiresAt`: ms since 1970, by the issuer's clock. */
export type WantedKey = Pick<IssuedKey, 'owner' | 'name' | 'permissions'> & { readonly expiresAt?: number | undefined };

/** `invalid`: the issuer will never make such a key; `refused`: not for us. After an unknown reason there may be one all the same. */
export type Made =
  | { readonly made: { readonly key: IssuedKey; readonly secret: Secret } }
  | { readonly reason: UnknownReason | 'missing' | 'invalid' | 'refused'; readonly retryAfterMs?: number };

/** What an issuer lets us do to keys beside revoking them. Each call is one request. */
export interface Maker {
  /** The text of the key is given here and never again. */
  make(issuer: Issuer, wanted: WantedKey): Promise<Made>;
  /** Lets a key end at a time (ms since 1970, by the issuer's clock), or never. */
  endAt(issuer: Issuer, id: string, at: number | undefined): Promise<Ending>;
}

/** `missing`: there is no such key; `ended`: it has ended before, and nothing brings it back. */
export type Ending =
  | { readonly got: { readonly endsAt: number | undefined } }
  | { readonly reason: UnknownReason | 'missing' | 'ended'; readonly retryAfterMs?: number };
/** Hears that we asked about a live key, which its issuer takes for a use. Gives the evidence, and what it knows of uses. Never rejects. */
export type Asked = (live: { readonly handle: Handle; readonly evidence: Evidence }) => Promise<Evidence>;

/** What may be wrong with a key: the closed set behind the metric label. */
export const keyFlags = [
  'stale', // older than it should be: rotate it
  'never-used', // and not new any more: delete it
  'unused', // not for a long time: delete it
  'over-privileged', // may do what its owner or name allows no key to do
  'expiring', // soon: who uses it must have another by then
  'expired',
] as const;
export type KeyFlag = (typeof keyFlags)[number];

/** Why the issuer was turned away, or not heard: the closed set behind the metric label. */
export const untoldReasons = ['bad_signature', 'too_large', 'malformed', 'not_durable'] as const;
export type UntoldReason = (typeof untoldReasons)[number];

/** What is said of the inventory. */
export type KeyFact =
  /** By a webhook; `ignored`: nothing of keys. */
  | { type: 'keys.told'; environment: string; what: 'accepted' | 'ignored' }
  | { type: 'keys.untold'; reason: UntoldReason; detail?: string }
  | { type: 'keys.read'; environment: string; keys: number; seconds: number }
  | { type: 'keys.unread'; environment: string; reason: string }
  /** The end of a key is not shown: the prefilter lets everything through. */
  | { type: 'keys.unmasked'; environment: string }
  /** `readAt`: when all were read last, of the environment that waits longest (s since 1970; 0: never). */
  | { type: 'keys.counted'; count: number; oldestSeconds: number; readAt: number }
  | { type: 'keys.flagged'; flag: KeyFlag; count: number };
