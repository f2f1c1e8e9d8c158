import type { Sql, SqlRow, Store } from '../../core/store.ts';

/** A delivery as it is known again: the sender's number, and the body's digest. */
export interface DeliveryId {
  readonly guid: string;
  readonly digest: string;
}

/** A commit that waits to be fetched. `receivedAt`: of the delivery that named it first (epoch ms). */
export interface WaitingCommit {
  readonly repo: string;
  readonly sha: string;
  readonly receivedAt: number;
  /** Failed so far. */
  readonly attempts: number;
}

export interface Accepted {
  /** Absent: the sender gave none, so it cannot be known again. */
  readonly id?: DeliveryId;
  readonly receivedAt: number;
  readonly commits: readonly { readonly repo: string; readonly sha: string }[];
  /** Why the commits are not to be fetched: they are `unscanned` at once. */
  readonly unfetched?: string;
}

/** What GitHub told us and what is still to be fetched, durable: it outlives kill -9. */
export interface GithubDeliveries {
  isKnown(id: DeliveryId): boolean;
  /** In one transaction: the delivery is known from now on, and its commits wait. */
  accept(accepted: Accepted): Promise<void>;
  /** What is due at `now`, oldest first. */
  due(now: number, most: number): readonly WaitingCommit[];
  /** When the next one after `now` is due (epoch ms); undefined when there is none. */
  nextDue(now: number): number | undefined;
  done(commit: WaitingCommit): Promise<void>;
  /** One more attempt failed; the next is not before `notBefore` (epoch ms). */
  later(commit: WaitingCommit, notBefore: number): Promise<void>;
  giveUp(commit: WaitingCommit, reason: string): Promise<void>;
  /** Lets what was given up for `reason` wait again. */
  revive(reason: string): Promise<void>;
  waiting(): number;
  unscanned(): number;
  /** Forgets deliveries received before `then`. */
  prune(then: number): Promise<void>;
}

/**
 * No text of strangers (a branch name could hold a key) is kept here: repository, commit and numbers only.
 * `digest` stands beside the GUID because senders other than GitHub number from 1 again after a restart.
 */
const DDL = `
create table if not exists github_deliveries (
  guid text not null, digest text not null, received_at integer not null, primary key (guid, digest)
) without rowid;
create index if not exists github_deliveries_age on github_deliveries (received_at);
create table if not exists github_commits (
  repo text not null, sha text not null, received_at integer not null, attempts integer not null,
  not_before integer not null, state text not null check (state in ('waiting', 'unscanned')), reason text,
  primary key (repo, sha)
) without rowid;
create index if not exists github_commits_due on github_commits (state, received_at, not_before);`;

const ADD_COMMIT = `insert into github_commits values (?, ?, ?, 0, ?, ?, ?)
  on conflict (repo, sha) do update set
    attempts = 0, not_before = excluded.not_before, state = excluded.state, reason = excluded.reason`;

const DUE = `select * from github_commits where state = 'waiting' and not_before <= ? order by received_at limit ?`;
const NEXT = `select min(not_before) as at from github_commits where state = 'waiting' and not_before > ?`;
const LATER = 'update github_commits set attempts = attempts + 1, not_before = ? where repo = ? and sha = ?';
const GIVE_UP = `update github_commits set state = 'unscanned', reason = ? where repo = ? and sha = ?`;
const REVIVE = `update github_commits set state = 'waiting', reason = null, not_before = 0 where reason = ?`;

export const createDeliveries = (store: Store): GithubDeliveries => {
  store.migrate(DDL);
  const count = (state: string): number =>
    Number(store.read((sql) => sql.get('select count(*) as n from github_commits where state = ?', state))?.['n'] ?? 0);
  const change = async (text: string, ...values: readonly (string | number)[]): Promise<void> => {
    await store.write((sql) => sql.run(text, ...values));
  };
  const known = 'select 1 from github_deliveries where guid = ? and digest = ?';

  return {
    isKnown: ({ guid, digest }) => store.read((sql) => sql.get(known, guid, digest)) !== undefined,
    accept: (accepted) => store.write((sql) => accept(sql, accepted), 'intake'),
    due: (now, most) => store.read((sql) => sql.all(DUE, now, most)).map(waitingCommit),
    nextDue(now) {
      const at = store.read((sql) => sql.get(NEXT, now))?.['at'];
      return typeof at === 'number' ? at : undefined;
    },
    done: ({ repo, sha }) => change('delete from github_commits where repo = ? and sha = ?', repo, sha),
    later: ({ repo, sha }, notBefore) => change(LATER, notBefore, repo, sha),
    giveUp: ({ repo, sha }, reason) => change(GIVE_UP, reason, repo, sha),
    revive: (reason) => change(REVIVE, reason),
    waiting: () => count('waiting'),
    unscanned: () => count('unscanned'),
    prune: (then) => change('delete from github_deliveries where received_at < ?', then),
  };
};

const accept = (sql: Sql, { id, receivedAt, commits, unfetched }: Accepted): void => {
  if (id) sql.run('insert or ignore into github_deliveries values (?, ?, ?)', id.guid, id.digest, receivedAt);
  const state = unfetched ? 'unscanned' : 'waiting';
  for (const { repo, sha } of commits) sql.run(ADD_COMMIT, repo, sha, receivedAt, receivedAt, state, unfetched ?? null);
};

const waitingCommit = (row: SqlRow): WaitingCommit => ({
  repo: String(row['repo']),
  sha: String(row['sha']),
  receivedAt: Number(row['received_at']),
  attempts: Number(row['attempts']),
});
