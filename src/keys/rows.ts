import type { IssuedKey } from '../core/keeper.ts';
import type { Sql, SqlRow, SqlValue, Store } from '../core/store.ts';
import { ASKED_DDL, isAsked, USED_BEFORE, usedAt } from './asked.ts';

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
create index if not exists issued_keys_age on issued_keys (created_at, environment, id);
create table if not exists issued_keys_gone (
  environment text not null, id text not null, at integer not null, primary key (environment, id)) without rowid;
create table if not exists issued_keys_freshness (
  environment text primary key, read_at integer, followed_at integer, last_change text) without rowid;`;

/** Columns that the tables of versions before do not have. */
const LATER = { updated_at: 'integer not null default 0', used_before: 'integer' };

export const migrateRows = (store: Store): void => {
  store.migrate(DDL + ASKED_DDL);
  for (const [name, type] of Object.entries(LATER)) {
    const has = store.read((sql) => sql.get("select 1 from pragma_table_info('issued_keys') where name = ?", name));
    if (!has) store.migrate(`alter table issued_keys add column ${name} ${type}`);
  }
};

/** An answer, and what it is made of, may be so old. */
const LATE_MS = 300_000;

/** SQL: puts a key; what `isOlder` tells of it is only that it is there. */
const put = (isOlder: string): string => {
  const newer = (column: string): string => `${column} = iif(${isOlder}, ${column}, excluded.${column})`;
  return `insert into issued_keys
    (environment, id, owner_type, owner, organization, name, masked, permissions, created_at, updated_at, last_used_at, expires_at, seen_at, used_before)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (select max(told) from issued_keys_asked where environment = ? and id = ?))
    on conflict (environment, id) do update set
    ${['name', 'masked', 'permissions', 'expires_at', 'updated_at'].map(newer).join(', ')},
    seen_at = max(seen_at, excluded.seen_at),
    used_before = iif(excluded.last_used_at > coalesce(last_used_at, 0), ${USED_BEFORE}, used_before),
    last_used_at = nullif(max(coalesce(excluded.last_used_at, 0), coalesce(last_used_at, 0)), 0)`;
};

/** What was told before something newer changes nothing, in whatever order it comes. */
const PUT_TOLD = put('excluded.updated_at < updated_at');
/** What is listed counts, unless something newer was heard while it was. */
const PUT_LISTED = put(`excluded.updated_at < updated_at and seen_at >= excluded.seen_at - ${LATE_MS}`);

export const timeOf = (value: SqlRow[string] | undefined): number | undefined =>
  value == null ? undefined : Number(value);

const rowOf = ({ environment, owner, ...key }: Shelved, seenAt: number): readonly SqlValue[] => [
  ...[environment, key.id, owner.type, owner.id, owner.organization, key.name, key.masked],
  ...[JSON.stringify(key.permissions), key.createdAt, key.updatedAt],
  ...[key.lastUsedAt ?? null, key.expiresAt ?? null, seenAt, environment, key.id],
];

const goneAt = (sql: Sql, { environment, id }: Shelved): number | undefined =>
  timeOf(sql.get('select at from issued_keys_gone where environment = ? and id = ?', environment, id)?.['at']);

/** Puts a key on the shelf that an event told of. One that is gone does not come back, however late its creation is told. */
export const putTold = (sql: Sql, key: Shelved, at: number): void => {
  if (goneAt(sql, key) === undefined) sql.run(PUT_TOLD, ...rowOf(key, at));
};

/**
 * Puts a key on the shelf that a reading begun at `readAt` has. One of which we heard before that it is gone is there all
 * the same: what is listed counts, not what was told.
 */
export const putListed = (sql: Sql, key: Shelved, readAt: number): void => {
  const at = goneAt(sql, key);
  if (at !== undefined && at >= readAt - LATE_MS) return;
  if (at !== undefined)
    sql.run('delete from issued_keys_gone where environment = ? and id = ?', key.environment, key.id);
  sql.run(PUT_LISTED, ...rowOf(key, readAt));
};

/** Takes a key off the shelf: the issuer said that it was revoked. */
export const removeRow = (sql: Sql, { environment, id, at }: { environment: string; id: string; at: number }): void => {
  sql.run('delete from issued_keys where environment = ? and id = ?', environment, id);
  sql.run('insert or ignore into issued_keys_gone (environment, id, at) values (?, ?, ?)', environment, id, at);
};

/** All columns, and whether the last use is a question of ours. */
export const SELECT = `select k.*, ${isAsked('k')} as is_asked from issued_keys k`;

export const keyOf = (row: SqlRow): Shelved => {
  const used = usedAt(row);
  return {
    ...{ environment: String(row['environment']), id: String(row['id']), name: String(row['name']) },
    owner: {
      type: row['owner_type'] === 'user' ? 'user' : 'organization',
      ...{ id: String(row['owner']), organization: String(row['organization']) },
    },
    masked: String(row['masked']),
    permissions: JSON.parse(String(row['permissions'])) as readonly string[],
    ...{ createdAt: Number(row['created_at']), updatedAt: Number(row['updated_at']) },
    // Where the only use that is known may be a question of ours, nobody is told to delete the key.
    lastUsedAt: used === undefined ? timeOf(row['last_used_at']) : (used ?? undefined),
    expiresAt: timeOf(row['expires_at']),
  };
};
