import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Fact } from '../core/facts.ts';
import type { Seal } from '../core/seal.ts';
import type { Sql, Store } from '../core/store.ts';
import { createBell, GivenUp, unlessStopped } from './waiting.ts';

/** A text that its sender will not send again. */
export interface Spooled {
  readonly bytes: Uint8Array;
  readonly lines: number;
  /** When it came (epoch ms). */
  readonly receivedAt: number;
}

export interface Row extends Spooled {
  readonly id: number;
}

/**
 * Sealed texts in the database, bounded, in order, for a source whose senders cannot be made to wait. What is in it
 * outlives kill -9.
 */
export interface Spool {
  /** Its id when it is durable; why not, when it is not. Never rejects. */
  add(text: Spooled): Promise<number | 'spool-full' | 'spool-failed'>;
  /** It need not be drained any more. */
  forget(id: number): void;
  /** Pours what there is and what comes, until `stop`. What `pour` rejects comes again, behind the others. Never rejects. */
  drain(pour: (row: Row) => Promise<void>, stop: AbortSignal): Promise<void>;
}

export interface SpoolNeeds {
  readonly store: Store;
  readonly seal: Seal;
  readonly clock: Clock;
  /** Room, in bytes as they are stored. */
  readonly most: number;
  note(fact: Fact): void;
}

/** What is new may be durable all the same, a little late. */
const FRESH_MS = 1_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** Of the room, what may be on its way to a disk that is slow: it is in memory. */
const MOST_UNDER_WAY = 8 * 1024 * 1024;

const DDL = `create table if not exists log_spool (
  id integer primary key autoincrement,
  sealed blob not null,
  lines integer not null,
  received_at integer not null
)`;

export const createSpool = ({ store, seal, clock, most, note }: SpoolNeeds): Spool => {
  store.migrate(DDL);
  const bell = createBell();
  const sum = 'select coalesce(sum(length(sealed)), 0) as bytes from log_spool';
  let used = Number(store.read((sql) => sql.get(sum))?.['bytes'] ?? 0);
  let underWay = 0;

  const remove = async (id: number): Promise<void> => {
    used -= await store.write((sql) => removeRow(sql, id));
  };

  return {
    async add({ bytes, lines, receivedAt }) {
      const sealed = seal.seal(bytes, contextOf(lines, receivedAt));
      if (used + sealed.length > most || underWay + sealed.length > MOST_UNDER_WAY) return 'spool-full';
      used += sealed.length;
      underWay += sealed.length;
      const insert = 'insert into log_spool (sealed, lines, received_at) values (?, ?, ?)';
      try {
        const { lastId } = await store.write((sql) => sql.run(insert, sealed, lines, receivedAt), 'intake');
        bell.ring();
        return lastId;
      } catch {
        used -= sealed.length;
        return 'spool-failed';
      } finally {
        underWay -= sealed.length;
      }
    },
    // What cannot be removed comes once more.
    forget: (id) => void remove(id).catch(() => undefined),
    drain(pour, stop) {
      stop.addEventListener('abort', bell.ring, { once: true });
      const pourOne = async (row: SpoolRow): Promise<void> => {
        const bytes = opened(row, seal, note);
        if (!bytes) return;
        await unlessStopped(pour({ ...row, bytes }), stop);
        await remove(row.id);
      };
      return eachRow(pourOne, { next: (after) => nextRow(store, after), rung: bell.rung, clock, stop });
    },
  };
};

interface RoundNeeds {
  readonly clock: Clock;
  readonly stop: AbortSignal;
  next(after: number): SpoolRow | undefined;
  rung(): Promise<void>;
}

/** After each failure a pause: the longer, the more there were in a row. */
const eachRow = async (pourOne: (row: SpoolRow) => Promise<void>, needs: RoundNeeds): Promise<void> => {
  const { clock, stop, next, rung } = needs;
  /** It may be their text that nobody takes: they come again when nothing else waits, or now and then. */
  const failed = new Set<number>();
  let after = 0;
  let pause = FIRST_PAUSE_MS;
  let againAt = clock.monotonic();
  const turn = async (): Promise<void> => {
    const isTheirTurn = clock.monotonic() - againAt >= LONGEST_PAUSE_MS;
    const fresh = isTheirTurn ? undefined : next(after);
    const row = fresh ?? takeFirst(failed, next) ?? next(after);
    if (!fresh) againAt = clock.monotonic();
    if (!row) {
      await rung();
      return clock.sleep(FRESH_MS, stop);
    }
    after = Math.max(after, row.id);
    await pourOne(row).catch((error: unknown) => {
      failed.add(row.id);
      throw error;
    });
  };
  while (!stop.aborted) {
    try {
      await turn();
      pause = FIRST_PAUSE_MS;
    } catch (error) {
      if (error instanceof GivenUp) return;
      await clock.sleep(pause, stop); // The topic and the store say why in faults of their own.
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }
};

/** The first of these rows that is still there. */
const takeFirst = (ids: Set<number>, next: RoundNeeds['next']): SpoolRow | undefined => {
  for (const id of ids) {
    const row = next(id - 1);
    ids.delete(id);
    if (row?.id === id) return row;
  }
  return undefined;
};

/** Bound to the sealed text, so that neither is given to another. */
const contextOf = (lines: number, receivedAt: number): string => `log spool/${receivedAt}/${lines}`;

interface SpoolRow extends Omit<Row, 'bytes'> {
  readonly sealed: Uint8Array;
}

/** Gives the room that it took. */
const removeRow = (sql: Sql, id: number): number => {
  const size = Number(sql.get('select length(sealed) as size from log_spool where id = ?', id)?.['size'] ?? 0);
  sql.run('delete from log_spool where id = ?', id);
  return size;
};

const nextRow = (store: Store, after: number): SpoolRow | undefined => {
  const question = 'select id, sealed, lines, received_at from log_spool where id > ? order by id limit 1';
  const row = store.read((sql) => sql.get(question, after));
  if (!(row?.['sealed'] instanceof Uint8Array)) return undefined;
  const { id, sealed, lines, received_at: receivedAt } = row;
  return { id: Number(id), sealed, lines: Number(lines), receivedAt: Number(receivedAt) };
};

/** Undefined for what does not open: it stays, for the day its key is back, and is told once in each life. */
const opened = ({ sealed, lines, receivedAt }: SpoolRow, seal: Seal, note: SpoolNeeds['note']) => {
  try {
    return seal.open(sealed, contextOf(lines, receivedAt));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    note({ type: 'fault.raised', code: error.code, detail: `${lines} lines in the spool: ${error.message}` });
    return undefined;
  }
};
