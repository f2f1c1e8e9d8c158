import { createHash } from 'node:crypto';
import type { SqlRow, Store } from '../../core/store.ts';

/** Names a file whatever it is called. */
export interface FileId {
  readonly dev: string;
  readonly ino: string;
}

/** How far a file was read. `at`: all bytes before it are durable. */
export interface FileCursor extends FileId {
  /** As the settings name it. */
  readonly path: string;
  /** Where it really stands, if `path` is a link. */
  readonly place: string;
  readonly at: number;
  /** SHA-256 of the first `headLength` bytes: a file number can be used again, its beginning hardly. */
  readonly head: string;
  readonly headLength: number;
}

export interface CursorChange {
  readonly save?: readonly FileCursor[];
  readonly drop?: readonly FileId[];
  /** Patterns that were looked up: what they find from now on is new, and read whole. */
  readonly seen?: readonly string[];
}

/** How far each followed file was read; outlives kill -9. */
export interface Cursors {
  all(): readonly FileCursor[];
  seen(): ReadonlySet<string>;
  /** Resolves when all of it outlives the process, or none does: after a loss of power a little is read again. Drops come first. */
  change(change: CursorChange): Promise<void>;
}

/** Once each path had cursors of its own, and `-` for having been looked at. Of one file the furthest is kept: all before it is durable. */
const DDL = `
create table if not exists log_files (
  dev text not null, ino text not null, path text not null, place text not null, at integer not null,
  head text not null, head_length integer not null, primary key (dev, ino)
) without rowid;
create table if not exists log_patterns (pattern text primary key) without rowid;
create table if not exists followed_files (
  path text not null, dev text not null, ino text not null, at integer not null, head text not null,
  head_length integer not null, primary key (path, dev, ino)
) without rowid;
insert or ignore into log_files
  select dev, ino, path, path, at, head, head_length from followed_files where dev <> '-' order by at desc;
insert or ignore into log_patterns select path from followed_files where dev = '-';
drop table followed_files;`;
const SAVE = 'insert or replace into log_files values (?, ?, ?, ?, ?, ?, ?)';
const DROP = 'delete from log_files where dev = ? and ino = ?';
const SEEN = 'insert or ignore into log_patterns values (?)';

export const createCursors = (store: Store): Cursors => {
  store.migrate(DDL);
  return {
    all: () => store.read((sql) => sql.all('select * from log_files')).map(cursorOf),
    seen: () =>
      new Set(store.read((sql) => sql.all('select * from log_patterns')).map((row) => String(row['pattern']))),
    change: ({ save = [], drop = [], seen = [] }) =>
      store.write((sql) => {
        for (const { dev, ino } of drop) sql.run(DROP, dev, ino);
        for (const one of save)
          sql.run(SAVE, ...[one.dev, one.ino, one.path, one.place, one.at, one.head, one.headLength]);
        for (const pattern of seen) sql.run(SEEN, pattern);
      }, 'lazy'),
  };
};

const cursorOf = (row: SqlRow): FileCursor => ({
  dev: String(row['dev']),
  ino: String(row['ino']),
  path: String(row['path']),
  place: String(row['place']),
  at: Number(row['at']),
  head: String(row['head']),
  headLength: Number(row['head_length']),
});

export const hashOf = (head: Uint8Array): string => createHash('sha256').update(head).digest('hex');
export const isSame = (a: FileId, b: FileId): boolean => a.dev === b.dev && a.ino === b.ino;
export const nameOf = ({ dev, ino }: FileId): string => `${dev}:${ino}`;
