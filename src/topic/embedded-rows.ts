import type { Delivery, ParkReason } from '../core/delivery.ts';
import { parkReasons } from '../core/delivery.ts';
import type { Sql, SqlRow, SqlValue } from '../core/store.ts';
import type { Claim } from './lanes.ts';
import type { Lag, Message, Parked } from './topic.ts';

/**
 * `due` says when a waiting message may be dealt with: FRESH as published, REDRIVEN put back by hand, else the epoch ms of
 * its next attempt. Ids are never used twice. `topic.published` only grows, in the transaction of the insert.
 */
export const ddl = `
  create table if not exists messages (
    id integer primary key autoincrement,
    key text not null,
    attempt integer not null default 1,
    due integer not null default 0,
    published_at integer not null,
    parked_at integer,
    reason text,
    value blob not null
  );
  create index if not exists messages_by_turn on messages (parked_at, due);
  create table if not exists topic (one integer primary key check (one = 1), published integer not null);
  insert or ignore into topic values (1, 0);
`;
const FRESH = 0;
export const REDRIVEN = 1;

export const insert = (sql: Sql, batch: readonly Message[], now: number): void => {
  for (const { key, value } of batch) {
    sql.run('insert into messages (key, published_at, value) values (?, ?, ?)', key, now, value);
  }
  sql.run('update topic set published = published + ?', batch.length);
};

/** Those of the ids that are of no message; none is ever used again. */
export const gone = (sql: Sql, ids: readonly string[]): readonly string[] =>
  sql
    .all(
      `select value from json_each(?) where not exists (select 1 from messages where id = cast(value as integer))`,
      JSON.stringify(ids),
    )
    .map(({ value }) => String(value));

/** The fresh ones after `id`, oldest first. */
export const freshAfter = (sql: Sql, id: number, limit: number): readonly Claim[] =>
  sql
    .all(
      `select id, key from messages where parked_at is null and due = ${FRESH} and id > ? order by id limit ?`,
      id,
      limit,
    )
    .map(({ id, key }) => ({ id: Number(id), key: String(key) }));

export interface DueClaim extends Claim {
  readonly due: number;
}

/** Those put back or waiting for a retry, due at `now`, after the one given; the longest due first. */
export const dueAfter = (
  sql: Sql,
  after: { due: number; id: number; now: number },
  limit: number,
): readonly DueClaim[] =>
  sql
    .all(
      `select id, key, due from messages
       where parked_at is null and due >= ? and due <= ? and (due > ? or id > ?) order by due, id limit ?`,
      after.due,
      after.now,
      after.due,
      after.id,
      limit,
    )
    .map(({ id, key, due }) => ({ id: Number(id), key: String(key), due: Number(due) }));

/** When the next retry is due, after `now`. */
export const nextDue = (sql: Sql, now: number): number | undefined => {
  const row = sql.get('select due from messages where parked_at is null and due > ? order by due limit 1', now);
  return row && Number(row['due']);
};

/** Grows whenever another connection wrote. */
export const dataVersion = (sql: Sql): number => Number(sql.get('pragma data_version')?.['data_version']);

export const delivery = (sql: Sql, id: number): Delivery | undefined => {
  const row = sql.get('select * from messages where id = ? and parked_at is null', id);
  return row && { ...sealedOf(row), attempt: Number(row['attempt']) };
};

export const remove = (sql: Sql, id: string): void =>
  void sql.run('delete from messages where id = ? and parked_at is null', id);

export const retryAt = (sql: Sql, id: string, { due, attempt }: { due: number; attempt: number }): void =>
  void sql.run('update messages set attempt = ?, due = ? where id = ? and parked_at is null', attempt, due, id);

export const park = (sql: Sql, id: string, how: { reason: ParkReason; now: number }): void =>
  void sql.run(
    'update messages set parked_at = ?, reason = ? where id = ? and parked_at is null',
    how.now,
    how.reason,
    id,
  );

export const parked = (sql: Sql): readonly Parked[] =>
  sql.all('select * from messages where parked_at is not null order by parked_at, id').map((row) => ({
    ...sealedOf(row),
    attempts: Number(row['attempt']),
    reason: parkReasons.find((reason) => reason === row['reason']) ?? 'malformed',
    parkedAt: Number(row['parked_at']),
  }));

export const redrive = (sql: Sql, id: string): boolean =>
  sql.run(
    `update messages set parked_at = null, reason = null, attempt = 1, due = ${REDRIVEN}
     where id = ? and parked_at is not null`,
    id,
  ).changes > 0;

export const discard = (sql: Sql, id: string): boolean =>
  sql.run('delete from messages where id = ? and parked_at is not null', id).changes > 0;

export const lag = (sql: Sql): Lag => {
  const row = sql.get(`select
    (select count(*) from messages where parked_at is null) waiting,
    (select count(*) from messages where parked_at is null and due > ${REDRIVEN}) retrying,
    (select count(*) from messages where parked_at is not null) parked,
    (select published_at from messages not indexed where parked_at is null order by id limit 1) oldest,
    (select published from topic) published`);
  const count = (name: string): number => Number(row?.[name] ?? 0);
  const counts = { waiting: count('waiting'), retrying: count('retrying'), parked: count('parked') };
  const oldest = row?.['oldest'];
  return { ...counts, published: count('published'), ...(typeof oldest === 'number' ? { oldest } : {}) };
};

const bytesOf = (value: SqlValue | undefined): Uint8Array =>
  typeof value === 'object' && value !== null ? value : new Uint8Array();

const sealedOf = (row: SqlRow): { id: string; key: string; value: Uint8Array; publishedAt: number } => ({
  id: String(row['id']),
  key: String(row['key']),
  value: bytesOf(row['value']),
  publishedAt: Number(row['published_at']),
});
