import { createHash, randomBytes } from 'node:crypto';
import { sample } from '../core/sample.ts';
import { stamp } from './workos-answers.ts';

/** Who owns a key: an organization, or a user with a membership in one. */
export type Owner =
  | { readonly type: 'organization'; readonly id: string }
  | { readonly type: 'user'; readonly id: string; readonly organization_id: string };

/** The ApiKey object of the WorkOS API (https://workos.com/docs/reference/authkit/api-keys). */
export interface ApiKey {
  readonly object: 'api_key';
  readonly id: string;
  readonly owner: Owner;
  readonly name: string;
  readonly obfuscated_value: string;
  readonly last_used_at: string | null;
  readonly expires_at: string | null;
  readonly permissions: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
}

/** What WorkOS does not document, so that both answers can be tried. */
export interface Assumptions {
  /** last_used_at of a validation's answer: from before this use, from this use, or never moved. Default `before`. */
  readonly lastUsed: 'before' | 'after' | 'unmoved';
  /** How long a deleted key still validates, in ms. Default 0. */
  readonly propagationMs: number;
  /** Does an organization's list hold the keys of its users? Default false. */
  readonly organizationListsUsers: boolean;
}

/** A key to be made; `seed` makes the value the same every time, `prefix` overrides the environment's. */
export interface NewKey {
  readonly owner: Owner;
  readonly name: string;
  readonly permissions?: readonly string[];
  readonly expiresAt?: number;
  readonly seed?: string;
  readonly prefix?: string;
}

/** A key in its issuer's books: the value only as its SHA-256. Times in ms. */
export interface StoredKey extends NewKey {
  readonly id: string;
  readonly sha256: string;
  readonly obfuscated: string;
  readonly createdAt: number;
  updatedAt: number;
  usedAt: number | null;
  endsAt: number | null;
  deletedAt: number | null;
}

/** What became of a key; `previous`: the end that it had before (`updated`). */
export type HearKey = (what: 'created' | 'revoked' | 'updated', key: ApiKey, previous?: string | null) => void;

export interface KeyNeeds {
  readonly now: () => number;
  readonly hear: HearKey;
  readonly assume: Assumptions;
  readonly format: { readonly prefix: string; readonly length: number };
}

export const sha256 = (value: string): string => createHash('sha256').update(value).digest('hex');

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID: 48 bits of time and 80 random bits in Crockford's base32 (https://github.com/ulid/spec). */
export const ulid = (now: number): string => {
  let time = '';
  for (let rest = now, n = 0; n < 10; n += 1, rest = Math.floor(rest / 32)) time = CROCKFORD[rest % 32] + time;
  return time + Array.from(randomBytes(16), (byte) => CROCKFORD[byte % 32]).join('');
};

const stampOrNull = (at: number | null): string | null => (at === null ? null : stamp(at));

/** The published form of a stored key; the value is never in it. */
export const publish = (key: StoredKey): ApiKey => ({
  object: 'api_key',
  id: key.id,
  owner: key.owner,
  name: key.name,
  obfuscated_value: key.obfuscated,
  last_used_at: stampOrNull(key.usedAt),
  expires_at: stampOrNull(key.endsAt),
  permissions: key.permissions ?? [],
  created_at: stamp(key.createdAt),
  updated_at: stamp(key.updatedAt),
});

const createKey = (needs: KeyNeeds, key: NewKey): { stored: StoredKey; value: string } => {
  const now = needs.now();
  const prefix = key.prefix ?? needs.format.prefix;
  const value = prefix + sample(key.seed ?? randomBytes(32).toString('hex'), needs.format.length);
  const obfuscated = `${prefix}...${value.slice(-4)}`;
  const times = { createdAt: now, updatedAt: now, usedAt: null, endsAt: key.expiresAt ?? null, deletedAt: null };
  return { stored: { ...key, ...times, id: `api_key_${ulid(now)}`, sha256: sha256(value), obfuscated }, value };
};

/** Keys by their id, by the SHA-256 of their value, and by who owns them. */
const createShelf = ({ organizationListsUsers }: Assumptions) => {
  const byId = new Map<string, StoredKey>();
  const byValue = new Map<string, StoredKey>();
  const byOwner = new Map<string, StoredKey[]>();
  return {
    byId,
    byValue,
    put(key: StoredKey): void {
      const { owner } = key;
      byId.set(key.id, key);
      byValue.set(key.sha256, key);
      const isShown = owner.type === 'user' && organizationListsUsers;
      for (const id of isShown ? [owner.id, owner.organization_id] : [owner.id]) {
        const owned = byOwner.get(id) ?? [];
        owned.push(key);
        byOwner.set(id, owned);
      }
    },
    of: (owner: string): readonly StoredKey[] => byOwner.get(owner) ?? [],
  };
};

/** The issuer's books: what was issued, to whom, and what became of it. */
export const createKeys = (needs: KeyNeeds) => {
  const { now, assume, hear } = needs;
  const { byId, byValue, put, of } = createShelf(assume);
  const isDeleted = (key: StoredKey): boolean => key.deletedAt !== null;
  const isExpired = (key: StoredKey): boolean => key.endsAt !== null && key.endsAt <= now();
  const validates = (key: StoredKey): boolean =>
    !isExpired(key) && (key.deletedAt === null || key.deletedAt + assume.propagationMs > now());
  return {
    /** Makes a key; its value is given here and nowhere else. */
    issue(key: NewKey): { stored: StoredKey; value: string } {
      const made = createKey(needs, key);
      put(made.stored);
      hear('created', publish(made.stored));
      return made;
    },
    /** The key of a value, or null: unknown, deleted and expired look the same. */
    validate(valueSha256: string): ApiKey | null {
      const key = byValue.get(valueSha256);
      if (!key || !validates(key)) return null;
      const before = assume.lastUsed === 'before' ? publish(key) : undefined;
      if (assume.lastUsed !== 'unmoved') key.usedAt = now();
      return before ?? publish(key);
    },
    /** False when there is no such key (any more). */
    remove(id: string): boolean {
      const key = byId.get(id);
      if (!key || isDeleted(key)) return false;
      key.deletedAt = now();
      hear('revoked', publish(key));
      return true;
    },
    /** Sets or clears (null) the end of a key's life; an end in the past is now. */
    expire(id: string, at: number | null): ApiKey | 'unknown' | 'expired' {
      const key = byId.get(id);
      if (!key || isDeleted(key)) return 'unknown';
      if (isExpired(key)) return 'expired';
      const previous = stampOrNull(key.endsAt);
      key.endsAt = at === null ? null : Math.max(at, now());
      key.updatedAt = now();
      hear('updated', publish(key), previous);
      return publish(key);
    },
    /** Every key of an owner that was not deleted, oldest first. */
    list: (id: string): StoredKey[] => of(id).filter((key) => !isDeleted(key)),
    isLive: (id: string): boolean => {
      const key = byId.get(id);
      return key !== undefined && validates(key);
    },
    deletedAt: (id: string): number | undefined => byId.get(id)?.deletedAt ?? undefined,
  };
};

export type Keys = ReturnType<typeof createKeys>;
