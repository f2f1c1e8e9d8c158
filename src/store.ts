import { chmodSync, closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { type Clock, systemClock } from './core/clock.ts';
import { Fault } from './core/errors.ts';
import type { ChangeKind, Sql, SqlRow, SqlValue, Store } from './core/store.ts';
import { asFault, codeOf, createGroup } from './store-group.ts';
import { createRoom } from './store-room.ts';

export interface StoreSettings {
  /** Bytes held on the disk for the day it is full; 0 holds none. */
  readonly reserveBytes?: number;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;
/** A larger file is not read whole at start; a damaged page still shows when it is used. */
const LARGEST_CHECKED = 256 * MIB;

/** Opens or makes the database (file 0600, its directory 0700). Errors: `store.full`, `store.failed`, `store.damaged`. */
export const openStore = (path: string, settings: StoreSettings = {}): Store => {
  const { reserveBytes = 8 * MIB, clock = systemClock } = settings;
  const reserve = `${path}.reserve`;
  const db = openWithRoom(path, reserve);
  const sql = sqlOf(db);
  const room = createRoom({ sql, path: reserve, reserveBytes });
  const inSnapshot = db.transaction((question: () => unknown) => question());
  const group = createGroup({ sql, inTransaction: () => db.inTransaction, room, clock });

  return {
    write: <T>(change: (sql: Sql) => T, kind?: ChangeKind) =>
      new Promise<T>((resolve, reject) => {
        if (!db.open) throw new Fault('store.failed', 'the database is closed');
        group.add({ change, kind, resolve: (value) => resolve(value as T), reject });
      }),
    read: <T>(question: (sql: Sql) => T) => orFault(() => inSnapshot(() => question(sql)) as T),
    migrate: (ddl) => orFault(() => void db.exec(ddl)),
    lock: (name) => lockFile(`${path}.${name}.lock`),
    async close() {
      if (!db.open) return;
      group.flush();
      db.close();
    },
  };
};

const orFault = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw asFault(error);
  }
};

/** On a disk that is full even opening fails; then the reserve is given up first. */
const openWithRoom = (path: string, reserve: string): Database.Database => {
  try {
    return orFault(() => openFile(path));
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'store.full')) throw error;
    rmSync(reserve, { force: true });
    return orFault(() => openFile(path));
  }
};

/** What can never be a data directory is the operator's to mend, not a disk's to recover from. */
const UNWRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'EINVAL'];

const makeFile = (path: string): void => {
  try {
    makeFolder(dirname(resolve(path)));
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (UNWRITABLE.includes(code)) throw new Fault('store.unwritable', `${path} (${code})`, error);
    throw error;
  }
};

/** `mkdir -p`; Node's own never ends where a parent refuses children with ENOENT, as /proc does. */
const makeFolder = (path: string): void => {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
};

const openFile = (path: string): Database.Database => {
  makeFile(path);
  const db = new Database(path, { timeout: 5_000 });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('temp_store = MEMORY');
    db.pragma('wal_autocheckpoint = 1000');
    db.pragma(`journal_size_limit = ${64 * MIB}`);
    check(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

const check = (db: Database.Database): void => {
  const number = (pragma: string): number => Number(db.pragma(pragma, { simple: true }));
  if (number('page_count') * number('page_size') > LARGEST_CHECKED) return;
  const found = db.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw new Fault('store.damaged', String(found));
};

const sqlOf = (db: Database.Database): Sql => {
  const prepared = new Map<string, Database.Statement<unknown[], SqlRow>>();
  const statement = (text: string): Database.Statement<unknown[], SqlRow> => {
    const known = prepared.get(text) ?? db.prepare<unknown[], SqlRow>(text);
    prepared.set(text, known);
    return known;
  };
  return {
    run(text: string, ...values: readonly SqlValue[]) {
      const { changes, lastInsertRowid } = statement(text).run(...values);
      return { changes, lastId: Number(lastInsertRowid) };
    },
    get: (text, ...values) => statement(text).get(...values),
    all: (text, ...values) => statement(text).all(...values),
  };
};

/**
 * Takes a file for this process alone, and gives the release; undefined when another has it. It is SQLite's own lock on an
 * empty file: the system lets go of it when the process ends, however it ends, so there is no stale one.
 */
export const lockFile = (path: string): (() => void) | undefined =>
  orFault(() => {
    closeSync(openSync(path, 'a', 0o600));
    const db = new Database(path, { timeout: 0 });
    try {
      // Nothing is written, so a full disk is no obstacle.
      db.pragma('journal_mode = memory');
      db.exec('begin exclusive');
      return () => void db.close();
    } catch (error) {
      db.close();
      if (codeOf(error) === 'SQLITE_BUSY') return undefined;
      throw error;
    }
  });
