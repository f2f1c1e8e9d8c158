import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { SqlRow, Store } from './core/store.ts';
import type { Ledger } from './respond/ledger.ts';
import type { Topic } from './topic/topic.ts';

/** What a person wants done with a parked message. It is the daemon's to do: one writer of the journal, one of the books. */
export interface Errand {
  readonly kind: 'redrive' | 'discard';
  /** Of the parked message. */
  readonly message: string;
  readonly who: string;
  readonly why: string;
}
export type ErrandResult = 'done' | 'missing';

const DDL = `create table if not exists errands (
  id integer primary key, kind text not null, message text not null, who text not null, why text not null, result text);`;
const POLL_MS = 500;

export const createErrands = (store: Store) => {
  store.migrate(DDL);
  return {
    ask: ({ kind, message, who, why }: Errand): Promise<number> =>
      store.write(
        (sql) =>
          sql.run('insert into errands (kind, message, who, why) values (?, ?, ?, ?)', kind, message, who, why).lastId,
      ),
    /** Undefined while it is not done. */
    result(id: number): ErrandResult | undefined {
      const result = store.read((sql) => sql.get('select result from errands where id = ?', id))?.['result'];
      return result === 'done' || result === 'missing' ? result : undefined;
    },
    open: () => store.read((sql) => sql.all('select * from errands where result is null order by id')),
    close: (id: number, result: ErrandResult): Promise<unknown> =>
      store.write((sql) => sql.run('update errands set result = ? where id = ?', result, id)),
  };
};

interface Needs {
  readonly store: Store;
  readonly topic: Topic;
  readonly ledger: Ledger;
  readonly record: RecordFact;
  readonly clock: Clock;
}

/** Does every open errand once. Each may be repeated: what is gone is `missing`. */
export const doErrands = async (needs: Needs): Promise<void> => {
  const errands = createErrands(needs.store);
  for (const row of errands.open()) await errands.close(Number(row['id']), await doErrand(row, needs));
};

const doErrand = async (row: SqlRow, { topic, ledger, record }: Needs): Promise<ErrandResult> => {
  const parked = (await topic.parked.list()).find((one) => one.id === row['message']);
  if (!parked) return 'missing';
  const { id, key: fingerprint } = parked;
  const said = { id, fingerprint, who: String(row['who']), why: String(row['why']) };
  if (row['kind'] === 'discard') {
    await record({ type: 'parked.discarded', ...said });
    if (!(await topic.parked.discard(id))) return 'missing';
    await ledger.tally.count(id, 'discarded');
  } else {
    await record({ type: 'parked.redriven', ...said });
    if (!(await topic.parked.redrive(id))) return 'missing';
  }
  return 'done';
};

/** Does errands as they come, until `stop` fires; one that fails is tried again. */
export const runErrands = async (needs: Needs, stop: AbortSignal): Promise<void> => {
  while (!stop.aborted) {
    await doErrands(needs).catch(() => undefined);
    await needs.clock.sleep(POLL_MS, stop);
  }
};
