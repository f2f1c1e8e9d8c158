import type { Clock } from '../core/clock.ts';
import type { Store } from '../core/store.ts';
import * as rows from './embedded-rows.ts';
import type { Claim } from './lanes.ts';

/** Reads what waits, page by page, each message once: fresh ones by id, the others when they are due. */
export interface Reader {
  /** The next page of what was not read yet. */
  page(): readonly Claim[];
  /** False when everything due by now was read. */
  more(): boolean;
  /** Something was written, so there may be more. `again`: a message that had been read was put back. */
  look(again?: boolean): void;
  /** The message was settled; `due` says when it is to be read again, if it is. */
  settled(id: number, due?: number): void;
  /** Ms until there may be something new. */
  waitMs(): number;
}

const PAGE = 256;
/** Retries that come due within this are read together. */
const LEAST_WAIT_MS = 5;

export const createReader = (needs: { store: Store; clock: Clock; pollMs: number }): Reader => {
  const { store, clock, pollMs } = needs;
  const start = { due: rows.REDRIVEN, id: 0 };
  let fresh = { id: 0, more: true };
  let due = { ...start, more: true, now: 0 };
  let version = 0;
  /** Read as due and not settled: the cursor may go back (a clock step, a redrive), and this tells what is known. */
  const taken = new Set<number>();

  return {
    page() {
      const now = clock.now();
      const found = store.read((sql) => ({
        due: due.more ? rows.dueAfter(sql, { ...due, now }, PAGE) : [],
        fresh: fresh.more ? rows.freshAfter(sql, fresh.id, PAGE) : [],
      }));
      const last = found.due.at(-1) ?? due;
      due = { due: last.due, id: last.id, more: found.due.length === PAGE, now: due.more ? now : due.now };
      fresh = { id: found.fresh.at(-1)?.id ?? fresh.id, more: found.fresh.length === PAGE };
      const unknown = found.due.filter(({ id }) => !taken.has(id));
      for (const { id } of unknown) taken.add(id);
      return [...unknown, ...found.fresh];
    },
    more: () => due.more || fresh.more,
    look(again = false) {
      const seen = store.read(rows.dataVersion);
      const back = again || seen !== version;
      version = seen;
      fresh = { ...fresh, more: true };
      due = { ...due, ...(back ? start : {}), more: true };
    },
    settled(id, next = Number.POSITIVE_INFINITY) {
      taken.delete(id);
      if (next <= due.due) due = { ...due, ...start, more: true };
    },
    waitMs() {
      const now = clock.now();
      const next = store.read((sql) => rows.nextDue(sql, due.more ? now : due.now)) ?? Number.POSITIVE_INFINITY;
      return Math.max(LEAST_WAIT_MS, Math.min(pollMs, next - now));
    },
  };
};
