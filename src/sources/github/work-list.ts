import { type WorkKind, workKinds } from '../../core/facts.ts';
import { type SourceName, sources } from '../../core/origin.ts';
import type { Sql, SqlRow, Store } from '../../core/store.ts';

/** What goes first: a repository that strangers can read now, then what just happened, what was missed, the past. */
export const ranks = { exposed: 0, live: 1, missed: 2, past: 3 } as const;

/** A thing on GitHub to be fetched and scanned. `repo` is `owner/name`; `item` names it within: an id, a sha, a range. */
export interface Wanted {
  readonly kind: WorkKind;
  readonly repo: string;
  readonly item: string;
  readonly rank?: number;
  /** Absent: that of whoever named it. */
  readonly mode?: Word['mode'];
  /** It may have changed since it was read last. What is named by its content is read once. */
  readonly again?: boolean;
}

/** On whose word, and since when (epoch ms): of the first that named it. */
export interface Word {
  readonly source: SourceName;
  readonly mode: 'live' | 'backfill';
  readonly receivedAt: number;
}

/** One that waits. */
export interface Work extends Word {
  readonly kind: WorkKind;
  readonly repo: string;
  readonly item: string;
  readonly rank: number;
  /** Failed so far. */
  readonly attempts: number;
  /** How far a long one is: its own text. */
  readonly cursor: string | undefined;
}

/** What is still to be fetched, durable: it outlives kill -9. */
export interface WorkList {
  /** Within a transaction of the caller. `unfetched`: why nothing can be fetched; then all of it is unscanned at once. */
  add(sql: Sql, wanted: readonly Wanted[], word: Word & { readonly unfetched?: string | undefined }): void;
  /** Of these kinds, what is due at `now`, in its order. */
  due(kinds: readonly WorkKind[], now: number, most: number): readonly Work[];
  /** When the next one after `now` is due (epoch ms); undefined when there is none. */
  nextDue(kinds: readonly WorkKind[], now: number): number | undefined;
  /** It is scanned whole; what it named is waiting now, on the same word. */
  done(work: Work, named?: readonly Wanted[]): Promise<void>;
  /** Says how far a long one is; in the same transaction as whatever it named. */
  advance(work: Work, cursor: string, named?: readonly Wanted[]): Promise<void>;
  /** One more attempt failed; the next is not before `notBefore` (epoch ms). */
  later(work: Work, notBefore: number): Promise<void>;
  /** Nothing of this owner is tried before then; that is no attempt of any of it. */
  hold(owner: string, notBefore: number): Promise<void>;
  /** All that waits may be tried now: what it waited for may have changed while nobody was here. */
  release(): Promise<void>;
  giveUp(work: Work, reason: string): Promise<void>;
  /** Lets what was given up for `reason` (any, when absent) and named after `since` wait again. */
  revive(needs: { readonly reason?: string; readonly since?: number }): Promise<void>;
  /** A repository has another name now. */
  rename(from: string, to: string): Promise<void>;
  /** Its work is dropped: it is gone, or no concern of ours any more. Gives how many were. */
  drop(repo: string): Promise<number>;
  find(
    kind: WorkKind,
    repo: string,
    item: string,
  ): { readonly state: WorkState; readonly cursor: string | undefined } | undefined;
  /** By kind. */
  count(state: 'waiting' | 'unscanned'): ReadonlyMap<WorkKind, number>;
  /** Forgets what was done before `then`. */
  prune(then: number): Promise<void>;
}
export type WorkState = 'waiting' | 'unscanned' | 'done';

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
  primary key (kind, repo, item)
) without rowid;
create index if not exists github_work_due on github_work (state, rank, received_at, not_before);`;

const ADD = `insert into github_work (kind, repo, item, source, mode, rank, received_at, not_before, state, reason)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict do update set attempts = 0, not_before = excluded.not_before, state = excluded.state,
    reason = excluded.reason, rank = min(rank, excluded.rank), cursor = iif(github_work.state = 'done', null, cursor)
  where github_work.state <> 'done' or ?`;

const SAME = 'kind = ? and repo = ? and item = ?';
const marks = (kinds: readonly string[]): string => kinds.map(() => '?').join(', ');

export const createWorkList = (store: Store): WorkList => {
  store.migrate(DDL);
  return { add, ...steps(store), ...changes(store), ...questions(store) };
};

const idOf = ({ kind, repo, item }: Work) => [kind, repo, item] as const;

/** What becomes of one. */
const steps = (store: Store): Pick<WorkList, 'done' | 'advance' | 'later' | 'giveUp'> => ({
  done: (work, named = []) =>
    store.write((sql) => {
      add(sql, named, work);
      sql.run(`update github_work set state = 'done', cursor = null where ${SAME}`, ...idOf(work));
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
    drop: (repo) => change(`delete from github_work where repo = ? and state <> 'done'`, repo),
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
    const word = [from, how, rank, receivedAt, receivedAt, state, unfetched ?? null] as const;
    sql.run(ADD, one.kind, one.repo, one.item, ...word, one.again ? 1 : 0);
  }
};

const questions = (store: Store): Pick<WorkList, 'due' | 'nextDue' | 'find' | 'count'> => ({
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
    const row = store.read((sql) => sql.get(`select state, cursor from github_work where ${SAME}`, kind, repo, item));
    return row && { state: row['state'] as WorkState, cursor: textOf(row['cursor']) };
  },
  count(state) {
    const rows = store.read((sql) =>
      sql.all('select kind, count(*) as n from github_work where state = ? group by kind', state),
    );
    return new Map(rows.flatMap((row) => kindOf(row).map((kind) => [kind, Number(row['n'])] as const)));
  },
});

const kindOf = (row: SqlRow): WorkKind[] => workKinds.filter((kind) => kind === row['kind']);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

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
  }));
