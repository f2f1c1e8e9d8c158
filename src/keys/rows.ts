import type { IssuedKey } from '../core/keeper.ts';
import type { Sql, SqlRow, Store } from '../core/store.ts';

/** A key, and the environment that it is of. */
export interface Shelved extends IssuedKey {
  readonly environment: string;
}

const DDL = `
create table if not exists issued_keys (
  environment text not null, id text not null, owner_type text not null, owner text not null, organization text not null,
  name text not null, masked text not null, permissions text not null, created_at integer not null,
  last_used_at integer, expires_at integer, seen_at integer not null,
  primary key (environment, id)) without rowid;
create table if not exists issued_keys_gone (
  environment text not null, id text not null, at integer not null, primary key (environment, id)) without rowid;
create table if not exists issued_keys_freshness (
  environment text primary key, read_at integer, followed_at integer, last_change text) without rowid;`;

/** Columns that the tables of versions before do not have. */
const LATER = { updated_at: 'integer not null default 0' };

export const migrateRows = (store: Store): void => {
  store.migrate(DDL);
  for (const [name, type] of Object.entries(LATER)) {
    const has = store.read((sql) => sql.get("select 1 from pragma_table_info('issued_keys') where name = ?", name));
    if (!has) store.migrate(`alter table issued_keys add column ${name} ${type}`);
  }
};

/** What was told before something newer changes nothing, in whatever order it comes. */
const newer = (column: string): string =>
  `${column} = iif(excluded.updated_at < updated_at, ${column}, excluded.${column})`;

const PUT = `insert into issued_keys
  (environment, id, owner_type, owner, organization, name, masked, permissions, created_at, updated_at, last_used_at, expires_at, seen_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (environment, id) do update set
  ${['name', 'masked', 'permissions', 'expires_at', 'updated_at'].map(newer).join(', ')},
  seen_at = max(seen_at, excluded.seen_at),
  last_used_at = nullif(max(coalesce(excluded.last_used_at, 0), coalesce(last_used_at, 0)), 0)`;

/** Puts a key on the shelf, as it was told; one that is gone does not come back, however late its creation is told. */
export const putRow = (sql: Sql, { environment, owner, ...key }: Shelved, seenAt: number): void => {
  if (sql.get('select 1 from issued_keys_gone where environment = ? and id = ?', environment, key.id)) return;
  sql.run(
    PUT,
    ...[environment, key.id, owner.type, owner.id, owner.organization, key.name, key.masked],
    ...[JSON.stringify(key.permissions), key.createdAt, key.updatedAt],
    ...[key.lastUsedAt ?? null, key.expiresAt ?? null, seenAt],
  );
};

/** Takes a key off the shelf for good: the issuer said that it was revoked. */
export const removeRow = (sql: Sql, { environment, id, at }: { environment: string; id: string; at: number }): void => {
  sql.run('delete from issued_keys where environment = ? and id = ?', environment, id);
  sql.run('insert or ignore into issued_keys_gone (environment, id, at) values (?, ?, ?)', environment, id, at);
};

export const timeOf = (value: SqlRow[string] | undefined): number | undefined =>
  value == null ? undefined : Number(value);

export const keyOf = (row: SqlRow): Shelved => ({
  ...{ environment: String(row['environment']), id: String(row['id']), name: String(row['name']) },
  owner: {
    type: row['owner_type'] === 'user' ? 'user' : 'organization',
    ...{ id: String(row['owner']), organization: String(row['organization']) },
  },
  masked: String(row['masked']),
  permissions: JSON.parse(String(row['permissions'])) as readonly string[],
  ...{ createdAt: Number(row['created_at']), updatedAt: Number(row['updated_at']) },
  ...{ lastUsedAt: timeOf(row['last_used_at']), expiresAt: timeOf(row['expires_at']) },
});
