import { Fault } from '../core/errors.ts';
import type { Sql, SqlRow, Store } from '../core/store.ts';
import { allOf, isAbout, LONGEST_WAIT_MS, newRotationId, type Outgoing, type Rotation } from './rotation.ts';

/** What a rotation begins with. */
export type Opening = Pick<Rotation, 'environment' | 'old' | 'cause' | 'who' | 'plan' | 'note'>;

const DDL = `
create table if not exists rotations (
  id text primary key, revision integer not null, environment text not null, key text not null, sink text not null,
  step text not null, due_at integer not null, began_at integer not null, body text not null, sealed blob) without rowid;
create index if not exists rotations_by_key on rotations (key);
create unique index if not exists rotations_of_a_key on rotations (environment, key) where step not in ('done', 'failed', 'forgotten');
drop index if exists rotations_into_a_sink;
create unique index if not exists rotations_writing_a_sink on rotations (sink)
  where step not in ('done', 'failed', 'forgotten', 'restore', 'clean');`;

// Never a replace: what is in the way by another column would be deleted, and nobody told.
const PUT = `insert into rotations (id, revision, environment, key, sink, step, due_at, began_at, body, sealed)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set revision = excluded.revision, key = excluded.key,
  sink = excluded.sink, step = excluded.step, due_at = excluded.due_at, began_at = excluded.began_at,
  body = excluded.body, sealed = excluded.sealed`;
const OPEN = "step not in ('done', 'failed', 'forgotten')";
const DELIVERED = "body ->> 'placed' = 1 and body ->> 'newId' is not null";
const LOOKS = "(body ->> 'digest' = ? or (body ->> 'digest' is null and sink = ?))";
const LOOKING = "order by body ->> 'digest' is null, began_at desc limit 1";
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
  const before = body.before.map((one: Outgoing | string) =>
    typeof one === 'string' ? { id: one, isEndUnknown: true as const } : one,
  );
  return { ...body, before, ...(sealed instanceof Uint8Array && { sealed }) };
};

/** What did not work, and is not over for good: of this key, or the one that it was made by. */
const UNFINISHED = "environment = ? and step in ('failed', 'forgotten')";
const unfinished = (sql: Sql, { environment, old }: Opening): readonly Rotation[] =>
  sql
    .all(
      `select * from rotations where ${UNFINISHED} and (key = ? or body ->> 'newId' = ?) order by began_at`,
      ...[environment, old.id, old.id],
    )
    .map(rotationOf);

/** Where that key was put by the rotation that made it. */
const placeOf = (sql: Sql, { environment, old }: Opening): Pick<Outgoing, 'sink' | 'digest'> => {
  const row = sql.get(
    `select * from rotations where environment = ? and ${DELIVERED} and body ->> 'newId' = ? order by began_at desc`,
    ...[environment, old.id],
  );
  const by = row && rotationOf(row);
  return by ? { sink: by.plan.sink, digest: by.digest } : {};
};

/** Of a sink the last one is kept: it tells whose key stands there. */
const PRUNE = `delete from rotations as r where step = 'done' and began_at < ? and exists
  (select 1 from rotations l where l.sink = r.sink and l.step = 'done' and l.began_at > r.began_at)`;

/** Rotations under way and over; under way one a key, and one that writes a sink. */
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
    /** What is due only after the longest wait was written by a clock that was ahead. */
    due: (now: number): readonly Rotation[] =>
      rows(`${OPEN} and (due_at <= ? or due_at > ?) order by due_at, id`, now, now + LONGEST_WAIT_MS),
    open: (): readonly Rotation[] => rows(`${OPEN} order by began_at, id`),
    failed: (): readonly Rotation[] => rows("step = 'failed' order by began_at, id"),
    find: (id: string): Rotation | undefined => rows('id = ?', id)[0],
    /** All of a key, the newest last. */
    ofKey: (key: string): readonly Rotation[] => rows('key = ? order by began_at, id', key),
    /** Ids of keys that are rotated, or were; `failed`: or could not be, until that is forgotten. */
    keys(failed: boolean): ReadonlySet<string> {
      const which = failed ? "step <> 'forgotten'" : "step not in ('failed', 'forgotten')";
      const all = store.read((sql) => sql.all(`select distinct key from rotations where ${which}`));
      return new Set(all.map(({ key }) => String(key)));
    },
    /** Ids of keys whose replacement is proved: they only have their grace. */
    replaced: (): ReadonlySet<string> =>
      new Set(rows(`${OPEN} and body ->> 'provedAt' is not null`).map(({ old }) => old.id)),
    /**
     * Another one that put a key into a sink: the key that looks so, or the last of which nobody wrote down how it looks;
     * where nobody can look, the last.
     */
    holder: ({ id, plan }: Rotation, digest: string | undefined): Rotation | undefined =>
      (digest === undefined
        ? rows(`id <> ? and ${DELIVERED} and sink = ? order by began_at desc limit 1`, id, plan.sink)
        : rows(`id <> ? and ${DELIVERED} and ${LOOKS} ${LOOKING}`, id, digest, plan.sink))[0],
    /** Another one that is not over with the sink. */
    inTheWay: ({ id, plan }: Rotation): Rotation | undefined =>
      rows(`${OPEN} and sink = ? and id <> ?`, plan.sink, id)[0],
    /** The newest first. */
    list: (most: number): readonly Rotation[] => rows('true order by began_at desc, id limit ?', most),
  };
};

/** To be run in a transaction. */
const transactions = {
  put,
  /** All under way that have to do with this key, and then those into this sink. */
  standing(sql: Sql, { environment, old, plan }: Opening): readonly Rotation[] {
    const rows = sql.all(
      `select * from rotations where ${OPEN} and ((environment = ? and instr(body, ?) > 0) or sink = ?)
        order by key = ? desc, began_at, id`,
      ...[environment, old.id, plan.sink, old.id],
    );
    const all = rows.map(rotationOf);
    const [own, others] = [all.filter((one) => isAbout(one, old.id)), all.filter((one) => !isAbout(one, old.id))];
    return [...own, ...others.filter((one) => one.plan.sink === plan.sink)];
  },
  /** Only where none is standing. Those that failed before are forgotten, but for what they delivered. */
  begin(sql: Sql, opening: Opening, now: number): Rotation {
    const old = { ...opening.old, ...placeOf(sql, opening) };
    const left = unfinished(sql, opening);
    for (const one of left)
      if (one.old.id === opening.old.id) sql.run('delete from rotations where id = ?', one.id);
      else put(sql, { ...one, step: 'forgotten', revision: one.revision + 1 });
    sql.run(PRUNE, now - KEPT_MS);
    // What the new key was to replace may be in use as well.
    const before = left.flatMap(allOf).filter(({ id }) => id !== old.id);
    const rotation: Rotation = {
      ...{ ...opening, old, id: newRotationId(), revision: 0, before, beganAt: now, ends: 'done' },
      ...{ step: 'create', stepAt: now, tries: 0, refusals: 0, dueAt: now, attempt: 0, aheadMs: 0, placed: false },
    };
    put(sql, rotation);
    return rotation;
  },
  /** One that fails before it begins: whoever works on it says so. */
  refuse(sql: Sql, opening: Opening, { now, fault }: { readonly now: number; readonly fault: string }): void {
    const at = { stepAt: now, dueAt: now, beganAt: now };
    const none = { tries: 0, refusals: 0, attempt: 0, aheadMs: 0, revision: 0, before: [], placed: false };
    put(sql, { ...opening, ...at, ...none, id: newRotationId(), step: 'clean', ends: 'failed', fault });
  },
  /** Whether that key was made as a replacement after a leak since then. */
  isReplacement: (sql: Sql, key: string, since: number): boolean =>
    sql.get(
      "select 1 from rotations where began_at >= ? and body ->> 'cause' = 'leak' and body ->> 'newId' = ?",
      ...[since, key],
    ) !== undefined,
};

export type RotationShelf = ReturnType<typeof createRotationShelf>;
