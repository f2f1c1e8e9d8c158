import { createHash } from 'node:crypto';
import type { SqlRow, Store } from '../core/store.ts';

/** Names a file whatever it is called. */
export interface FileId {
  readonly dev: string;
  readonly ino: string;
}

/** How far a file was read. `at`: all bytes before it are durable. */
export interface FileCursor extends FileId {
  readonly at: number;
  /** SHA-256 of the first `headLength` bytes: a file number can be used again, its beginning hardly. */
  readonly head: string;
  readonly headLength: number;
}

/** How far each file that stood, or stands, at a path was read; outlives kill -9. */
export interface FollowedCursors {
  of(path: string): readonly FileCursor[];
  save(path: string, cursor: FileCursor): Promise<void>;
  drop(path: string, id: FileId): Promise<void>;
}

const DDL = `
create table if not exists followed_files (
  path text not null, dev text not null, ino text not null, at integer not null, head text not null,
  head_length integer not null, primary key (path, dev, ino)
) without rowid;`;
const SAVE = 'insert or replace into followed_files values (?, ?, ?, ?, ?, ?)';
const DROP = 'delete from followed_files where path = ? and dev = ? and ino = ?';

export const createCursors = (store: Store): FollowedCursors => {
  store.migrate(DDL);
  return {
    of: (path) => store.read((sql) => sql.all('select * from followed_files where path = ?', path)).map(cursorOf),
    async save(path, { dev, ino, at, head, headLength }) {
      await store.write((sql) => sql.run(SAVE, path, dev, ino, at, head, headLength));
    },
    async drop(path, { dev, ino }) {
      await store.write((sql) => sql.run(DROP, path, dev, ino));
    },
  };
};

const cursorOf = (row: SqlRow): FileCursor => ({
  dev: String(row['dev']),
  ino: String(row['ino']),
  at: Number(row['at']),
  head: String(row['head']),
  headLength: Number(row['head_length']),
});

export const hashOf = (head: Uint8Array): string => createHash('sha256').update(head).digest('hex');
