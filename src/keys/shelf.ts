import type { IssuedKey, KeyChange } from '../core/keeper.ts';
import type { Sql, SqlRow, Store } from '../core/store.ts';

/** A key, and the environment that it is of. */
export interface Shelved extends IssuedKey {
  readonly environment: string;
}

/** How fresh what is known of one environment is. Times in ms since 1970. */
export interface Freshness {
  /** When the last reading that came to its end was begun; undefined: there was none. */
  readonly readAt: number | undefined;
  /** Up to when the changes of keys are known; and the last of them. */
  readonly followedAt: number | undefined;
  readonly after: string | undefined;
}

const DDL = `
create table if not exists issued_keys (
  environment text not null, id text not null, owner_type text not null, owner text not null, organization text not null,
  name text not null, masked text not null, permissions text not null, created_at integer not null,
  last_used_at integer, expires_at integer, seen_at integer not null,
  primary key (environment, id)) without rowid;
create index if not exists issued_keys_by_age on issued_keys (created_at);
create table if not exists issued_keys_freshness (
  environment text primary key, read_at integer, followed_at integer, last_change text) without rowid;`;

const PUT = `insert into issued_keys
  (environment, id, owner_type, owner, organization, name, masked, permissions, created_at, last_used_at, expires_at, seen_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (environment, id) do update set name = excluded.name, masked = excluded.masked,
  permissions = excluded.permissions, expires_at = excluded.expires_at, seen_at = excluded.seen_at,
  last_used_at = nullif(max(coalesce(excluded.last_used_at, 0), coalesce(last_used_at, 0)), 0)`;

const PAGE = 'select * from issued_keys where (environment, id) > (?, ?) order by environment, id limit 1000';

const put = (sql: Sql, { environment, owner, ...key }: Shelved, seenAt: number): void => {
  sql.run(
    PUT,
    ...[environment, key.id, owner.type, owner.id, owner.organization, key.name, key.masked],
    ...[JSON.stringify(key.permissions), key.createdAt, key.lastUsedAt ?? null, key.expiresAt ?? null, seenAt],
  );
};

const timeOf = (value: SqlRow[string] | undefined): number | undefined => (value == null ? undefined : Number(value));

const keyOf = (row: SqlRow): Shelved => ({
  ...{ environment: String(row['environment']), id: String(row['id']), name: String(row['name']) },
  owner: {
    type: row['owner_type'] === 'user' ? 'user' : 'organization',
    ...{ id: String(row['owner']), organization: String(row['organization']) },
  },
  masked: String(row['masked']),
  permissions: JSON.parse(String(row['permissions'])) as readonly string[],
  createdAt: Number(row['created_at']),
  ...{ lastUsedAt: timeOf(row['last_used_at']), expiresAt: timeOf(row['expires_at']) },
});

/** The keys that the issuer has, as it told us last. */
export const createShelf = (store: Store) => {
  store.migrate(DDL);
  return { ...questions(store), ...changes(store) };
};

export type Shelf = ReturnType<typeof createShelf>;

const freshnessOf = (sql: Sql, environment: string): Freshness => {
  const row = sql.get('select * from issued_keys_freshness where environment = ?', environment);
  const after = row?.['last_change'];
  return {
    ...{ readAt: timeOf(row?.['read_at']), followedAt: timeOf(row?.['followed_at']) },
    after: after == null ? undefined : String(after),
  };
};

const keep = (sql: Sql, environment: string, { readAt, followedAt, after }: Freshness): void => {
  sql.run(
    'insert or replace into issued_keys_freshness (environment, read_at, followed_at, last_change) values (?, ?, ?, ?)',
    ...[environment, readAt ?? null, followedAt ?? null, after ?? null],
  );
};

const questions = (store: Store) => ({
  all: (): readonly Shelved[] =>
    store.read((sql) => sql.all('select * from issued_keys order by created_at, id')).map(keyOf),
  /** Those that are older, the oldest first. */
  madeBefore: (at: number): readonly Shelved[] =>
    store
      .read((sql) => sql.all('select * from issued_keys where created_at < ? order by created_at, id', at))
      .map(keyOf),
  /** The same in pages, in no order that means anything: there may be very many. */
  *pages(): Generator<readonly Shelved[]> {
    let last = { environment: '', id: '' };
    for (;;) {
      const { environment, id } = last;
      const page = store.read((sql) => sql.all(PAGE, environment, id)).map(keyOf);
      last = page.at(-1) ?? last;
      if (page.length === 0) return;
      yield page;
    }
  },
  find: (id: string): readonly Shelved[] =>
    store.read((sql) => sql.all('select * from issued_keys where id = ?', id)).map(keyOf),
  count: (environment: string): number =>
    Number(
      store.read((sql) => sql.get('select count(*) as n from issued_keys where environment = ?', environment))?.['n'],
    ),
  freshness: (environment: string): Freshness => store.read((sql) => freshnessOf(sql, environment)),
});

const changes = (store: Store) => ({
  /** A part of a reading that began at `readAt`. */
  add: (environment: string, keys: readonly IssuedKey[], readAt: number): Promise<void> =>
    store.write((sql) => {
      for (const key of keys) put(sql, { ...key, environment }, readAt);
    }),
  /** All were read: what was not seen since `readAt` is gone. */
  settle: (environment: string, readAt: number): Promise<void> =>
    store.write((sql) => {
      sql.run('delete from issued_keys where environment = ? and seen_at < ?', environment, readAt);
      // A change may have come between an answer and this shelf: all since then are heard again.
      keep(sql, environment, { readAt, followedAt: readAt, after: undefined });
    }),
  /** What happened up to `at`, in order. */
  follow: (
    environment: string,
    news: readonly KeyChange[],
    { at, after }: { readonly at: number; readonly after: string | undefined },
  ): Promise<void> =>
    store.write((sql) => {
      for (const { key, gone } of news) {
        if (gone) sql.run('delete from issued_keys where environment = ? and id = ?', environment, key.id);
        else put(sql, { ...key, environment }, at);
      }
      const before = freshnessOf(sql, environment);
      keep(sql, environment, { ...before, followedAt: at, after: after ?? before.after });
    }),
});
