import { type WorkKind, workKinds } from '../../core/github-facts.ts';
import { sources } from '../../core/origin.ts';
import type { SqlRow, Store } from '../../core/store.ts';
import { ranks, type Work, type WorkList, type WorkStanding, type WorkState } from './work-list.ts';

/**
 * No text of strangers is kept here: repository, numbers and ids only. What is done stays for a while, so that it is not
 * fetched again when it is named again, by a redelivery or by the reconciler.
 */
const DDL = `
create table if not exists github_work (
  kind text not null, repo text not null collate nocase, item text not null,
  source text not null, mode text not null, rank integer not null, received_at integer not null,
  attempts integer not null default 0, not_before integer not null,
  state text not null check (state in ('waiting', 'unscanned', 'done')), reason text, cursor text,
  named integer not null default 0, named_at integer not null,
  primary key (kind, repo, item)
) without rowid;
create index if not exists github_work_due on github_work (state, rank, received_at, not_before);`;

const ADD = `insert into github_work
    (kind, repo, item, source, mode, rank, received_at, named_at, not_before, state, reason)
  values (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
  on conflict do update set named = named + ?, named_at = max(named_at, excluded.named_at), attempts = 0,
    not_before = excluded.not_before, state = excluded.state, reason = excluded.reason, rank = min(rank, excluded.rank),
    cursor = iif(github_work.state = 'waiting', cursor, null)
  where github_work.state <> 'done' or ?`;

const SAME = 'kind = ? and repo = ? and item = ?';
const marks = (kinds: readonly string[]): string => kinds.map(() => '?').join(', ');

export const createWorkList = (store: Store): WorkList => {
  store.migrate(DDL);
  // Tables of before 2026-11-28 lack it.
  const has = store.read((sql) => sql.get(`select 1 from pragma_table_info('github_work') where name = 'named_at'`));
  if (!has) store.migrate('alter table github_work add column named_at integer not null default 0');
  return { add, ...steps(store), ...changes(store), ...questions(store) };
};

const idOf = ({ kind, repo, item }: Work) => [kind, repo, item] as const;

/** What becomes of one. */
const steps = (store: Store): Pick<WorkList, 'done' | 'advance' | 'later' | 'giveUp'> => ({
  done: (work, named = []) =>
    store.write((sql) => {
      add(sql, named, work);
      // What was named again meanwhile may have changed after we read it: it stays waiting.
      sql.run(`update github_work set cursor = null where ${SAME}`, ...idOf(work));
      sql.run(`update github_work set state = 'done' where ${SAME} and named = ?`, ...idOf(work), work.named);
    }),
  advance: (work, cursor, named = []) =>
    store.write((sql) => {
      add(sql, named, work);
      // What moves on has not failed.
      sql.run(`update github_work set cursor = ?, attempts = 0 where ${SAME}`, cursor, ...idOf(work));
    }),
  later: (work, notBefore) =>
    store.write((sql) => {
      const text = `update github_work set attempts = attempts + 1, not_before = ? where ${SAME}`;
      sql.run(text, notBefore, ...idOf(work));
    }),
  giveUp: (work, reason) =>
    store.write((sql) => {
      sql.run(`update github_work set state = 'unscanned', reason = ? where ${SAME}`, reason, ...idOf(work));
    }),
});

/** What becomes of many. */
const changes = (store: Store): Pick<WorkList, 'hold' | 'release' | 'revive' | 'rename' | 'drop' | 'prune'> => {
  const change = async (text: string, ...values: readonly (string | number | null)[]): Promise<number> =>
    store.write((sql) => sql.run(text, ...values).changes);
  return {
    async hold(owner, notBefore) {
      const which = `state = 'waiting' and not_before < ? and repo >= ? and repo < ?`;
      const ends = [`${owner}/`, `${owner}0`];
      await change(`update github_work set not_before = ? where ${which}`, notBefore, notBefore, ...ends);
    },
    async release() {
      await change(`update github_work set not_before = 0 where state = 'waiting' and not_before > 0`);
    },
    async revive({ reason, since = 0 }) {
      const again = `update github_work set state = 'waiting', reason = null, attempts = 0, not_before = 0`;
      const which = `where state = 'unscanned' and received_at >= ? and reason = coalesce(?, reason)`;
      await change(`${again} ${which}`, since, reason ?? null);
    },
    async rename(from, to) {
      await change('update or ignore github_work set repo = ? where repo = ?', to, from);
    },
    drop: (repo, then) =>
      change(`delete from github_work where repo = ? and state <> 'done' and named_at <= ?`, repo, then),
    async prune(then) {
      await change(`delete from github_work where state = 'done' and received_at < ?`, then);
    },
  };
};

const add: WorkList['add'] = (sql, wanted, { source, mode, receivedAt, unfetched }) => {
  const state = unfetched === undefined ? 'waiting' : 'unscanned';
  for (const one of wanted) {
    const how = one.mode ?? mode;
    const rank = one.rank ?? (how === 'live' ? ranks.live : ranks.past);
    const from = how === mode ? source : 'github-backfill';
    const again = one.again ? 1 : 0;
    const word = [from, how, rank, receivedAt, receivedAt, state, unfetched ?? null] as const;
    sql.run(ADD, one.kind, one.repo, one.item, ...word, again, again);
  }
};

const questions = (store: Store): Pick<WorkList, 'due' | 'nextDue' | 'find' | 'left' | 'count'> => ({
  due: (kinds, now, most) =>
    store
      .read((sql) =>
        sql.all(
          `select * from github_work where state = 'waiting' and not_before <= ? and kind in (${marks(kinds)})
           order by rank, received_at limit ?`,
          ...[now, ...kinds, most],
        ),
      )
      .flatMap(workOf),
  nextDue(kinds, now) {
    const at = store.read((sql) =>
      sql.get(
        `select min(not_before) as at from github_work where state = 'waiting' and not_before > ? and kind in (${marks(kinds)})`,
        ...[now, ...kinds],
      ),
    )?.['at'];
    return typeof at === 'number' ? at : undefined;
  },
  find(kind, repo, item) {
    const row = store.read((sql) => sql.get(`select * from github_work where ${SAME}`, kind, repo, item));
    return row && standingOf(row);
  },
  left: (repo, kinds) =>
    store
      .read((sql) =>
        sql.all(
          `select * from github_work where kind in (${marks(kinds)}) and repo = ? and state <> 'done'`,
          ...[...kinds, repo],
        ),
      )
      .flatMap((row) => workOf(row).map((work) => ({ ...work, ...standingOf(row) }))),
  count(state) {
    const rows = store.read((sql) =>
      sql.all('select kind, count(*) as n from github_work where state = ? group by kind', state),
    );
    return new Map(rows.flatMap((row) => kindOf(row).map((kind) => [kind, Number(row['n'])] as const)));
  },
});

const kindOf = (row: SqlRow): WorkKind[] => workKinds.filter((kind) => kind === row['kind']);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const standingOf = (row: SqlRow): WorkStanding => ({
  ...{ state: row['state'] as WorkState, cursor: textOf(row['cursor']), reason: textOf(row['reason']) },
  ...{ attempts: Number(row['attempts']), notBefore: Number(row['not_before']) },
});

const workOf = (row: SqlRow): Work[] =>
  kindOf(row).map((kind) => ({
    kind,
    repo: String(row['repo']),
    item: String(row['item']),
    source: sources.find((source) => source === row['source']) ?? 'github-webhook',
    mode: row['mode'] === 'backfill' ? 'backfill' : 'live',
    rank: Number(row['rank']),
    receivedAt: Number(row['received_at']),
    attempts: Number(row['attempts']),
    cursor: textOf(row['cursor']),
    named: Number(row['named']),
  }));
