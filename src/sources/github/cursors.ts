import type { Store } from '../../core/store.ts';

/** How far things were looked at, durable. A name is ours (`activity acme/app`), a value its owner's. */
export interface Cursors {
  get(name: string): string | undefined;
  set(name: string, value: string): Promise<void>;
  /** A repository has another name now: what is known of it goes along. */
  rename(from: string, to: string): Promise<void>;
}

/** What names of cursors begin with that are about one repository. */
const OF_REPOSITORIES = ['tags', 'activity', 'pushed', 'alerts', 'generic', 'events', 'wiki'] as const;

const DDL = 'create table if not exists github_cursors (name text primary key, value text not null) without rowid;';

export const createCursors = (store: Store): Cursors => {
  store.migrate(DDL);
  return {
    get(name) {
      const value = store.read((sql) => sql.get('select value from github_cursors where name = ?', name))?.['value'];
      return typeof value === 'string' ? value : undefined;
    },
    set: (name, value) =>
      store.write((sql) => {
        const text = 'insert into github_cursors values (?, ?) on conflict do update set value = excluded.value';
        sql.run(text, name, value);
      }),
    rename: (from, to) =>
      store.write((sql) => {
        for (const what of OF_REPOSITORIES) {
          const text = 'update or replace github_cursors set name = ? where name = ?';
          sql.run(text, `${what} ${to}`, `${what} ${from}`);
        }
      }),
  };
};
