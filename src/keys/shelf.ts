import type { IssuedKey, KeyChange } from '../core/keeper.ts';
import type { Sql, Store } from '../core/store.ts';
import { type Asked, keepAsked } from './asked.ts';
import { keyOf, migrateRows, putListed, putTold, removeRow, SELECT, type Shelved, timeOf } from './rows.ts';

/** How fresh what is known of one environment is. Times in ms since 1970. */
export interface Freshness {
  /** When the last reading that came to its end was begun; undefined: there was none. */
  readonly readAt: number | undefined;
  /** Up to when the changes of keys are known; and the last of them. */
  readonly followedAt: number | undefined;
  readonly after: string | undefined;
}

/** As long as the issuer keeps what happened: none of it is told later. */
const GONE_MS = 90 * 86_400_000;

const BY_AGE = `${SELECT} where (created_at, environment, id) > (?, ?, ?) order by created_at, environment, id limit 1000`;
const PAGE = `${SELECT} where environment = ? and id > ? order by id limit 1000`;

/** Hears of keys that were put on the shelf. */
export type Heard = (environment: string, keys: readonly IssuedKey[]) => void;

/** The keys that the issuer has, as it told us last. */
export const createShelf = (store: Store, heard: Heard = () => undefined) => {
  migrateRows(store);
  return { ...questions(store), ...changes(store, heard) };
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
  /** Those that are older, the oldest first. */
  madeBefore: (at: number): readonly Shelved[] =>
    store.read((sql) => sql.all(`${SELECT} where created_at < ? order by created_at, id`, at)).map(keyOf),
  /** All, oldest first, in pages: there may be very many. */
  *byAge(): Generator<readonly Shelved[]> {
    let [at, environment, id] = [-1, '', ''];
    for (;;) {
      const page = store.read((sql) => sql.all(BY_AGE, at, environment, id)).map(keyOf);
      const last = page.at(-1);
      if (!last) return;
      ({ createdAt: at, environment, id } = last);
      yield page;
    }
  },
  /** Those of one environment, in pages, in no order that means anything. */
  *pages(environment: string): Generator<readonly Shelved[]> {
    for (let last: string | undefined = ''; last !== undefined; ) {
      const after: string = last;
      const page = store.read((sql) => sql.all(PAGE, environment, after)).map(keyOf);
      last = page.at(-1)?.id;
      if (page.length > 0) yield page;
    }
  },
  find: (id: string): readonly Shelved[] => store.read((sql) => sql.all(`${SELECT} where id = ?`, id)).map(keyOf),
  count: (environment: string): number =>
    Number(
      store.read((sql) => sql.get('select count(*) as n from issued_keys where environment = ?', environment))?.['n'],
    ),
  freshness: (environment: string): Freshness => store.read((sql) => freshnessOf(sql, environment)),
});

interface Told {
  readonly environment: string;
  readonly news: readonly KeyChange[];
  /** When we were told. */
  readonly at: number;
}

const change = (sql: Sql, { environment, news, at }: Told): void => {
  for (const { key, gone } of news) {
    if (gone) removeRow(sql, { environment, id: key.id, at });
    else putTold(sql, { ...key, environment }, at);
  }
};

/** Questions about keys that are not there any more. */
const FORGET = `delete from issued_keys_asked as a where environment = ? and at < ?
  and not exists (select 1 from issued_keys k where k.environment = a.environment and k.id = a.id)`;

const kept = (news: readonly KeyChange[]): readonly IssuedKey[] =>
  news.filter(({ gone }) => !gone).map(({ key }) => key);

const changes = (store: Store, heard: Heard) => ({
  /** A part of a reading that began at `readAt`. */
  async add(environment: string, keys: readonly IssuedKey[], readAt: number): Promise<void> {
    await store.write((sql) => {
      for (const key of keys) putListed(sql, { ...key, environment }, readAt);
    });
    heard(environment, keys);
  },
  /** All were read: what was not seen since `readAt` is gone. */
  settle: (environment: string, readAt: number): Promise<void> =>
    store.write((sql) => {
      sql.run('delete from issued_keys where environment = ? and seen_at < ?', environment, readAt);
      sql.run('delete from issued_keys_gone where environment = ? and at < ?', environment, readAt - GONE_MS);
      sql.run(FORGET, environment, readAt);
      const { followedAt = readAt } = freshnessOf(sql, environment);
      // Asked for by time, and not after the last of them, which the issuer may have forgotten.
      keep(sql, environment, { readAt, followedAt: Math.max(followedAt, readAt), after: undefined });
    }),
  /** That we asked about a live key; as `keepAsked`. A loss of power may forget it: then the key looks used. */
  asked: (asked: Asked): Promise<number | null | undefined> => store.write((sql) => keepAsked(sql, asked), 'lazy'),
  /** What happened, as it was told by itself: in any order, and perhaps more than once. What is asked for goes on as before. */
  async hear(told: Told): Promise<void> {
    await store.write((sql) => change(sql, told));
    heard(told.environment, kept(told.news));
  },
  /** What happened, in order; all of it up to `followedAt` is known then, and `after` is the last. */
  async follow(told: Told, { followedAt, after }: Omit<Freshness, 'readAt'>): Promise<void> {
    await store.write((sql) => {
      change(sql, told);
      const before = freshnessOf(sql, told.environment);
      keep(sql, told.environment, { ...before, followedAt, after: after ?? before.after });
    });
    heard(told.environment, kept(told.news));
  },
});
