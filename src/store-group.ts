import type { Clock } from './core/clock.ts';
import { Fault } from './core/errors.ts';
import type { ChangeKind, Sql } from './core/store.ts';
import type { Room } from './store-room.ts';

export interface Change {
  readonly change: (sql: Sql) => unknown;
  readonly kind: ChangeKind | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Commits what waits together: one fsync for all. */
export interface Group {
  add(change: Change): void;
  /** Commits everything that waits, now. */
  flush(): void;
}

/** A transaction takes no more changes than this, and no more after this long, so that the event loop is never held. */
const MOST_CHANGES = 500;
const LONGEST_MS = 20;

interface Needs {
  readonly sql: Sql;
  readonly inTransaction: () => boolean;
  readonly room: Room;
  readonly clock: Clock;
}

export const createGroup = (needs: Needs): Group => {
  const { sql, inTransaction, room } = needs;
  let queue: Change[] = [];
  let flushing = false;

  const commit = (): void => {
    const batch = queue.slice(0, MOST_CHANGES);
    try {
      const ends = transact(batch, needs);
      queue = queue.slice(ends.length);
      for (const end of ends) end();
    } catch (error) {
      if (inTransaction()) sql.run('rollback');
      if (isFull(error)) room.ranOut();
      queue = queue.slice(batch.length);
      for (const { reject } of batch) reject(asFault(error));
    }
  };

  const turn = (): void => {
    commit();
    flushing = queue.length > 0;
    if (flushing) setImmediate(turn);
  };

  return {
    add(change) {
      queue.push(change);
      if (flushing) return;
      flushing = true;
      setImmediate(turn);
    },
    flush() {
      while (queue.length > 0) commit();
    },
  };
};

/** Commits as many of the batch as there is time for; gives what tells each of them how it went. */
const transact = (batch: readonly Change[], needs: Needs): readonly (() => void)[] => {
  const { sql, room, clock } = needs;
  const ends: (() => void)[] = [];
  const from = clock.monotonic();
  room.look();
  // Without a sync for lazy ones alone; the next commit that has one makes these durable, too. It is said before each
  // transaction, not put back behind it: within one that is lost it cannot be.
  const isLazy = batch.every(({ kind }) => kind === 'lazy');
  sql.run(`pragma synchronous = ${isLazy ? 'normal' : 'full'}`);
  sql.run('begin immediate');
  for (const change of batch) {
    ends.push(attempt(change, needs));
    if (clock.monotonic() - from > LONGEST_MS) break;
  }
  sql.run('commit');
  return ends;
};

/** Runs one change so that its failure undoes nothing else; throws when the whole transaction is lost. */
const attempt = ({ change, kind, resolve, reject }: Change, { sql, room, inTransaction }: Needs): (() => void) => {
  sql.run('savepoint change');
  try {
    if (kind === 'intake' && room.short()) throw new Fault('store.full', 'no new work until there is room again');
    const value = change(sql);
    sql.run('release change');
    return () => resolve(value);
  } catch (error) {
    if (isFatal(error) || !inTransaction()) throw error;
    sql.run('rollback to change');
    sql.run('release change');
    return () => reject(asFault(error));
  }
};

/** By its code and not by its class: the binding has one class per process, whatever loads it. */
export const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? '');

/** Growing the shared-memory file on a full disk has a code of its own. */
const isFull = (error: unknown): boolean => /^SQLITE_(FULL|IOERR_SHM)/.test(codeOf(error));

/** Of the whole transaction, not of one statement. */
const isFatal = (error: unknown): boolean => /^SQLITE_(?!CONSTRAINT|ERROR|MISMATCH|RANGE|TOOBIG)/.test(codeOf(error));

/** SQLite's errors name tables and columns, never values, so they may be shown. */
export const asFault = (error: unknown): unknown => {
  if (isFull(error)) return new Fault('store.full', 'the disk is full', error);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error))) return new Fault('store.damaged', codeOf(error), error);
  return codeOf(error).startsWith('SQLITE_') ? new Fault('store.failed', codeOf(error), error) : error;
};
