import { Fault } from '../core/errors.ts';
import type { Sql, SqlRow, Store } from '../core/store.ts';
import { newRotationId, type Rotation } from './rotation.ts';

/** What a rotation begins with. */
export type Opening = Pick<Rotation, 'environment' | 'old' | 'cause' | 'who' | 'plan'>;

const DDL = `
create table if not exists rotations (
  id text primary key, revision integer not null, environment text not null, key text not null, sink text not null,
  step text not null, due_at integer not null, began_at integer not null, body text not null, sealed blob) without rowid;
create index if not exists rotations_by_key on rotations (key);
create unique index if not exists rotations_of_a_key on rotations (environment, key) where step not in ('done', 'failed', 'forgotten');
create unique index if not exists rotations_into_a_sink on rotations (sink) where step not in ('done', 'failed', 'forgotten');`;

const PUT = `insert or replace into rotations (id, revision, environment, key, sink, step, due_at, began_at, body, sealed)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const OPEN = "step not in ('done', 'failed', 'forgotten')";
const KEPT_MS = 90 * 86_400_000;

const put = (sql: Sql, rotation: Rotation): void => {
  const { sealed, revision, ...body } = rotation;
  const { id, environment, old, plan, step, dueAt, beganAt } = body;
  const about = [id, revision, environment, old.id, plan.sink, step, dueAt, beganAt];
  sql.run(PUT, ...about, JSON.stringify(body), sealed ?? null);
};

const rotationOf = (row: SqlRow): Rotation => {
  const { sealed } = row;
  const body = { ...(JSON.parse(String(row['body'])) as Rotation), revision: Number(row['revision']) };
  return sealed instanceof Uint8Array ? { ...body, sealed } : body;
};

/** What did not work, and is not over for good. */
const unfinished = (sql: Sql, { environment, old }: Opening): readonly Rotation[] =>
  sql
    .all(
      "select * from rotations where environment = ? and key = ? and step in ('failed', 'forgotten')",
      ...[environment, old.id],
    )
    .map(rotationOf);

/** Rotations under way and over; under way one a key, and one a sink. */
export const createRotationShelf = (store: Store) => {
  store.migrate(DDL);
  const rows = (question: string, ...values: readonly (string | number)[]): readonly Rotation[] =>
    store.read((sql) => sql.all(`select * from rotations where ${question}`, ...values)).map(rotationOf);
  return {
    ...transactions,
    /** Gives it as it stands then. Errors: `Fault` `rotation.elsewhere`. */
    save: (rotation: Rotation, also?: (sql: Sql) => void): Promise<Rotation> =>
      store.write((sql) => {
        const now = sql.get('select revision from rotations where id = ?', rotation.id)?.['revision'];
        if (Number(now) !== rotation.revision) throw new Fault('rotation.elsewhere', rotation.id);
        const saved = { ...rotation, revision: rotation.revision + 1 };
        put(sql, saved);
        also?.(sql);
        return saved;
      }),
    due: (now: number): readonly Rotation[] => rows(`${OPEN} and due_at <= ? order by due_at, id`, now),
    open: (): readonly Rotation[] => rows(`${OPEN} order by began_at, id`),
    failed: (): readonly Rotation[] => rows("step = 'failed' order by began_at, id"),
    find: (id: string): Rotation | undefined => rows('id = ?', id)[0],
    /** All of a key, the newest last. */
    ofKey: (key: string): readonly Rotation[] => rows('key = ? order by began_at, id', key),
    /** Ids of keys that are rotated, or were; `failed`: or could not be. */
    keys(failed: boolean): ReadonlySet<string> {
      const which = failed ? 'true' : "step not in ('failed', 'forgotten')";
      const all = store.read((sql) => sql.all(`select distinct key from rotations where ${which}`));
      return new Set(all.map(({ key }) => String(key)));
    },
    /** Ids of keys whose replacement is proved: they only have their grace. */
    replaced: (): ReadonlySet<string> =>
      new Set(rows(`${OPEN} and body ->> 'provedAt' is not null`).map(({ old }) => old.id)),
    /** The newest first. */
    list: (most: number): readonly Rotation[] => rows('true order by began_at desc, id limit ?', most),
  };
};

/** To be run in a transaction. */
const transactions = {
  put,
  /** That of this key, or into this sink, that is under way. */
  standing(sql: Sql, { environment, old, plan }: Opening): Rotation | undefined {
    const row = sql.get(
      `select * from rotations where ${OPEN} and ((environment = ? and key = ?) or sink = ?) order by key = ? desc`,
      ...[environment, old.id, plan.sink, old.id],
    );
    return row && rotationOf(row);
  },
  /** Only where none is standing. Those that failed before are forgotten, but for what they delivered. */
  begin(sql: Sql, opening: Opening, now: number): Rotation {
    const before = unfinished(sql, opening);
    for (const { id } of before) sql.run('delete from rotations where id = ?', id);
    sql.run("delete from rotations where step = 'done' and began_at < ?", now - KEPT_MS);
    const delivered = before.flatMap((one) => [...one.before, ...(one.placed && one.newId ? [one.newId] : [])]);
    const rotation: Rotation = {
      ...{ ...opening, id: newRotationId(), revision: 0, before: delivered, beganAt: now, ends: 'done' },
      ...{ step: 'create', stepAt: now, tries: 0, refusals: 0, dueAt: now, attempt: 0, aheadMs: 0, placed: false },
    };
    put(sql, rotation);
    return rotation;
  },
  /** One that fails before it begins. */
  refuse(sql: Sql, opening: Opening, { now, fault }: { readonly now: number; readonly fault: string }): void {
    const at = { stepAt: now, dueAt: now, beganAt: now };
    const none = { tries: 0, refusals: 0, attempt: 0, aheadMs: 0, revision: 0, before: [], placed: false };
    put(sql, { ...opening, ...at, ...none, id: newRotationId(), step: 'failed', ends: 'failed', fault });
  },
  /** Whether that key was made as a replacement after a leak since then. */
  isReplacement: (sql: Sql, key: string, since: number): boolean =>
    sql.get(
      "select 1 from rotations where began_at >= ? and body ->> 'cause' = 'leak' and body ->> 'newId' = ?",
      ...[since, key],
    ) !== undefined,
};

export type RotationShelf = ReturnType<typeof createRotationShelf>;
