import type { Clock } from '../core/clock.ts';
import type { Sql, SqlRow, SqlValue, Store } from '../core/store.ts';

/** What is to be sent, as it was written down. */
export interface Parcel {
  /** Names it for ever: it is written down once, and who gets it twice knows it again. */
  readonly id: string;
  readonly incident?: string | undefined;
  readonly body: string;
}

export interface DueParcel extends Parcel {
  /** Epoch ms. */
  readonly notedAt: number;
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly detail: string | undefined;
}

// Without due_at it is over: the row stays, so that it is not sent again, and what was in it goes.
const DDL = `
create table if not exists outbox (
  box text not null, id text not null, incident text, body text not null, noted_at integer not null,
  attempts integer not null default 0, detail text, due_at integer, primary key (box, id)) without rowid;
create index if not exists outbox_due on outbox (box, attempts, due_at) where due_at is not null;`;

/** The longest until they are looked at again (ms). */
export const LOOK_MS = 1_000;

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
}

/** The rows of one box. */
export const createRows = (box: string, { store, clock }: Needs) => {
  store.migrate(DDL);
  return {
    add(sql: Sql, { id, incident, body }: Parcel): void {
      const now = clock.now();
      sql.run(
        'insert or ignore into outbox (box, id, incident, body, noted_at, due_at) values (?, ?, ?, ?, ?, ?)',
        ...[box, id, incident ?? null, body, now, now],
      );
    },
    due: (most: number): readonly DueParcel[] =>
      store
        .read((sql) =>
          sql.all(
            'select * from outbox where box = ? and due_at <= ? order by attempts, due_at limit ?',
            ...[box, clock.now(), most],
          ),
        )
        .map(parcelOf),
    /** Ms until the next of the others may be due; other processes put some in, too, and ring no bell. Undefined: there is no other. */
    untilDue(but: ReadonlyMap<string, unknown>): number | undefined {
      const soonest = store.read((sql) =>
        sql.all(
          'select id, due_at from outbox where box = ? and due_at is not null order by due_at limit ?',
          ...[box, but.size + 1],
        ),
      );
      const next = soonest.find(({ id }) => !but.has(String(id)))?.['due_at'];
      return next === undefined ? undefined : Math.min(LOOK_MS, Math.max(0, Number(next) - clock.now()));
    },
    later: ({ id, attempts, detail = '' }: DueParcel, ms: number) =>
      store.write((sql) =>
        sql.run(
          'update outbox set attempts = ?, detail = ?, due_at = ? where box = ? and id = ?',
          ...[attempts, detail, clock.now() + ms, box, id],
        ),
      ),
    close: ({ id }: Parcel) =>
      store.write((sql) => sql.run("update outbox set body = '', due_at = null where box = ? and id = ?", box, id)),
  };
};

export type Rows = ReturnType<typeof createRows>;

const text = (value: SqlValue | undefined): string | undefined => (value === null ? undefined : String(value));

const parcelOf = (row: SqlRow): DueParcel => ({
  id: String(row['id']),
  incident: text(row['incident']),
  body: String(row['body']),
  notedAt: Number(row['noted_at']),
  attempts: Number(row['attempts']),
  detail: text(row['detail']),
});
