import { createHash } from 'node:crypto';
import type { Horizon } from '../../core/fragment.ts';
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
  /** SHA-256 of what stands before `at`, at most `TAIL` bytes; empty: not known. */
  readonly tail: string;
  /** When the file was written to last, as told when it was looked at last (ns since 1970); 0: not known. */
  readonly writtenAt: bigint;
  /** It left its name and was read to its end: nobody misses it when it goes away. */
  readonly rests: boolean;
  /** Of what is before `at`, the scanner held back so much. */
  readonly held: Held;
}

/** How many bytes of what was read are not settled; `waits`: something of them may be a key. */
export interface Held extends Horizon {
  readonly waits: boolean;
}

export const NONE: Held = { words: 0, lines: 0, waits: false };

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
insert or ignore into log_files (dev, ino, path, place, at, head, head_length)
  select dev, ino, path, path, at, head, head_length from followed_files where dev <> '-' order by at desc;
insert or ignore into log_patterns select path from followed_files where dev = '-';
drop table followed_files;`;
/** Columns that came later. */
const ADDED = {
  tail: "text not null default ''",
  written_at: "text not null default '0'",
  rests: 'integer not null default 0',
  held_words: 'integer not null default 0',
  held_lines: 'integer not null default 0',
  waits: 'integer not null default 0',
};
const SAVE = `insert or replace into log_files
  (dev, ino, path, place, at, head, head_length, tail, written_at, rests, held_words, held_lines, waits)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const DROP = 'delete from log_files where dev = ? and ino = ?';
const SEEN = 'insert or ignore into log_patterns values (?)';

export const createCursors = (store: Store): Cursors => {
  store.migrate(DDL);
  for (const [name, type] of Object.entries(ADDED)) {
    const has = store.read((sql) => sql.get("select 1 from pragma_table_info('log_files') where name = ?", name));
    if (!has) store.migrate(`alter table log_files add column ${name} ${type}`);
  }
  return {
    all: () => store.read((sql) => sql.all('select * from log_files')).map(cursorOf),
    seen: () =>
      new Set(store.read((sql) => sql.all('select * from log_patterns')).map((row) => String(row['pattern']))),
    change: ({ save = [], drop = [], seen = [] }) =>
      store.write((sql) => {
        for (const { dev, ino } of drop) sql.run(DROP, dev, ino);
        for (const one of save) sql.run(SAVE, ...valuesOf(one));
        for (const pattern of seen) sql.run(SEEN, pattern);
      }, 'lazy'),
  };
};

const valuesOf = ({ dev, ino, path, place, at, head, headLength, tail, writtenAt, rests, held }: FileCursor) => [
  ...[dev, ino, path, place, at, head, headLength],
  ...[tail, String(writtenAt), Number(rests), held.words, held.lines, Number(held.waits)],
];

const cursorOf = (row: SqlRow): FileCursor => ({
  dev: String(row['dev']),
  ino: String(row['ino']),
  path: String(row['path']),
  place: String(row['place']),
  at: Number(row['at']),
  head: String(row['head']),
  headLength: Number(row['head_length']),
  tail: String(row['tail']),
  writtenAt: BigInt(String(row['written_at'])),
  rests: row['rests'] === 1,
  held: { words: Number(row['held_words']), lines: Number(row['held_lines']), waits: row['waits'] === 1 },
});

export const hashOf = (head: Uint8Array): string => createHash('sha256').update(head).digest('hex');
export const isSame = (a: FileId, b: FileId): boolean => a.dev === b.dev && a.ino === b.ino;
export const nameOf = ({ dev, ino }: FileId): string => `${dev}:${ino}`;
/** A number is used again, but hardly for what was written to at the same time. */
export const contentOf = (cursor: FileCursor): string => `${nameOf(cursor)} ${cursor.writtenAt}`;
