import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import type { Store } from '../../core/store.ts';

/** One public key of GitHub. `identifier`: SHA-256 of the PEM text in hex, so a key is proved by its name. */
export interface PartnerKey {
  readonly identifier: string;
  readonly pem: string;
  readonly key: KeyObject;
}

/** `dropped`: keys that are not what they say. */
export interface PartnerKeySet {
  readonly keys: ReadonlyMap<string, PartnerKey>;
  readonly dropped: number;
}

const PublicKey = z.object({ key_identifier: z.string(), key: z.string().max(4_096) });
const Answer = z.object({ public_keys: z.array(z.unknown()) });

/**
 * The answer of `GET /meta/public_keys/secret_scanning`; undefined when it is none. `is_current` is not looked at: GitHub
 * signs with an old key until it is gone.
 * https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program
 */
export const readKeySet = (json: unknown): PartnerKeySet | undefined => {
  const answer = Answer.safeParse(json);
  if (!answer.success) return undefined;
  const all = answer.data.public_keys;
  const keys = all.flatMap((one) => {
    const { data } = PublicKey.safeParse(one);
    return data ? proved(data.key_identifier, data.key) : [];
  });
  return { keys: named(keys), dropped: all.length - keys.length };
};

const named = (keys: readonly PartnerKey[]): ReadonlyMap<string, PartnerKey> =>
  new Map(keys.map((one) => [one.identifier, one]));

/** The key, when its name is its digest and it is on the curve that GitHub signs with. */
const proved = (identifier: string, pem: string): PartnerKey[] => {
  if (createHash('sha256').update(pem).digest('hex') !== identifier) return [];
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? [{ identifier, pem, key }] : [];
  } catch {
    return []; // No PEM.
  }
};

/** The last good keys of each API, durable: a restart while GitHub is away turns nothing down. */
export interface SavedKeys {
  /** `at`: when they were fetched (epoch ms). */
  load(origin: string): { readonly keys: PartnerKeySet['keys']; readonly at: number };
  save(origin: string, keys: PartnerKeySet['keys'], at: number): Promise<void>;
}

const DDL = `
create table if not exists github_partner_keys (
  origin text not null, identifier text not null, pem text not null, fetched_at integer not null,
  primary key (origin, identifier)
) without rowid;`;

export const createSavedKeys = (store: Store): SavedKeys => {
  store.migrate(DDL);
  return {
    load(origin) {
      const rows = store.read((sql) => sql.all('select * from github_partner_keys where origin = ?', origin));
      const keys = rows.flatMap((row) => proved(String(row['identifier']), String(row['pem'])));
      return { keys: named(keys), at: Math.min(...rows.map((row) => Number(row['fetched_at']))) };
    },
    save: (origin, keys, at) =>
      store.write((sql) => {
        sql.run('delete from github_partner_keys where origin = ?', origin);
        for (const { identifier, pem } of keys.values()) {
          sql.run('insert into github_partner_keys values (?, ?, ?, ?)', origin, identifier, pem, at);
        }
      }),
  };
};
