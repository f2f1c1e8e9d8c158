import type { Sql, SqlRow } from '../core/store.ts';

/**
 * Our own questions about live keys. The issuer learns of a key's use by validations alone, also by ours
 * (https://workos.com/docs/reference/authkit/api-keys does not say so, and there is no other way): a use so near to a question
 * of ours is that question.
 */
const NEAR_MS = 10_000;
/** Of one key; the issuer tells the last use alone, so that older questions explain nothing. */
const KEPT = 8;

/** `told`: the last use before, as the first answer had it; 0: there was none; null: not known. */
export const ASKED_DDL = `
create table if not exists issued_keys_asked (
  environment text not null, id text not null, at integer not null, told integer,
  primary key (environment, id, at)) without rowid;`;

/** SQL: is the last use of the key of `row` a question of ours? */
export const isAsked = (row: string): string =>
  `exists (select 1 from issued_keys_asked a
    where a.environment = ${row}.environment and a.id = ${row}.id and abs(a.at - ${row}.last_used_at) <= ${NEAR_MS})`;

/** SQL: the last use before, when a newer one is told now. */
export const USED_BEFORE = `iif(${isAsked('issued_keys')}, used_before, coalesce(last_used_at, 0))`;

/** The last use that is no question of ours; null: none; undefined: not known. */
export const usedAt = (row: SqlRow): number | null | undefined => {
  const { last_used_at: last, used_before: before } = row;
  if (!row['is_asked']) return last == null ? null : Number(last);
  return before == null ? undefined : Number(before) || null;
};

/** One question of ours about a live key, and the last use as the answer had it. */
export interface Asked {
  readonly environment: string;
  readonly id: string;
  readonly at: number;
  /** Ms since 1970; null: never; undefined: not told. */
  readonly told: number | null | undefined;
}

const HAS = `select 1 from issued_keys_asked where environment = ? and id = ? and abs(at - ?) <= ${NEAR_MS}`;
const PUT = `insert or ignore into issued_keys_asked (environment, id, at, told) values (?, ?, ?,
  coalesce(?, (select max(told) from issued_keys_asked where environment = ? and id = ?)))`;
const CUT = `delete from issued_keys_asked where environment = ? and id = ? and at not in
  (select at from issued_keys_asked where environment = ? and id = ? order by at desc limit ${KEPT})`;
const TELL = `update issued_keys set
  used_before = iif(? > coalesce(last_used_at, 0), ${USED_BEFORE}, max(coalesce(used_before, 0), ?)),
  last_used_at = nullif(max(coalesce(last_used_at, 0), ?), 0) where environment = ? and id = ?`;
const FIND = `select last_used_at, used_before, ${isAsked('k')} as is_asked from issued_keys k
  where environment = ? and id = ?`;

/** Keeps a question. Where the use that was told is one of ours, gives the last that is none; undefined: not known, or not asked. */
export const keepAsked = (sql: Sql, { environment, id, at, told }: Asked): number | null | undefined => {
  const key = [environment, id] as const;
  const isOurs = told != null && (Math.abs(at - told) <= NEAR_MS || sql.get(HAS, ...key, told) !== undefined);
  const real = isOurs || told === undefined ? null : (told ?? 0);
  sql.run(PUT, ...key, at, real, ...key);
  sql.run(CUT, ...key, ...key);
  if (real !== null) sql.run(TELL, real, real, real, ...key);
  const row = isOurs ? sql.get(FIND, ...key) : undefined;
  return row && usedAt(row);
};
