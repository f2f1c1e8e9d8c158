import type { Clock } from '../core/clock.ts';
import type { Sql, SqlRow, Store } from '../core/store.ts';

const DDL = `
create table if not exists settled (message text primary key, at integer not null) without rowid;
create index if not exists settled_at on settled (at);
create table if not exists tally (state text primary key, n integer not null) without rowid;`;

/** Longer than any message can come again. */
const KEEP_MS = 8 * 24 * 3_600_000;

/**
 * How many messages ended how. A message is counted once, however often it is delivered, so that the ledger identity
 * (published = ended + waiting + parked) holds through every crash.
 */
export const createTally = (store: Store, clock: Clock) => {
  store.migrate(DDL);
  return {
    counts: (): ReadonlyMap<string, number> => {
      const rows = store.read((sql) => sql.all("select state, n from tally where state <> 'baseline'"));
      return new Map(rows.map((row) => [String(row['state']), Number(row['n'])]));
    },
    /** Counts what ended without an outcome: `discarded`. */
    count: (message: string, state: string): Promise<void> =>
      store.write((sql) => {
        settle(sql, { message, state, at: clock.now() });
      }),
    /** Notes what the topic had behind it before this ledger began; only the first call counts. */
    baseline: (behind: number): Promise<void> =>
      store.write((sql) => {
        sql.run("insert or ignore into tally values ('baseline', ?)", behind);
      }),
    baselined: (): number =>
      Number(store.read((sql) => sql.get("select n from tally where state = 'baseline'"))?.['n'] ?? 0),
    /** Forgets messages that cannot come again: the old ones, and those of which the topic says so (`gone`). */
    async prune(gone?: Gone): Promise<void> {
      await store.write((sql) => sql.run('delete from settled where at < ?', clock.now() - KEEP_MS));
      if (gone) await forget(store, gone);
    },
  };
};

type Gone = (messages: readonly string[]) => readonly string[];

/** A burst settles a million messages: one page at a time, so that nobody waits long. */
const PAGE = 500;

const forget = async (store: Store, gone: Gone): Promise<void> => {
  const text = 'select at, message from settled where (at, message) > (?, ?) order by at, message limit ?';
  let last: SqlRow = { at: 0, message: '' };
  for (;;) {
    const { at = 0, message = '' } = last;
    const page = store.read((sql) => sql.all(text, at, message, PAGE));
    const over = gone(page.map((row) => String(row['message'])));
    await store.write((sql) => {
      for (const one of over) sql.run('delete from settled where message = ?', one);
    });
    last = page.at(-1) ?? last;
    if (page.length < PAGE) return;
  }
};

/** Counts a message under the state it ended in; false when it was counted before. */
export const settle = (sql: Sql, end: { message: string; state: string; at: number }): boolean => {
  const fresh = sql.run('insert or ignore into settled values (?, ?)', end.message, end.at).changes > 0;
  if (fresh) sql.run('insert into tally values (?, 1) on conflict (state) do update set n = n + 1', end.state);
  return fresh;
};
