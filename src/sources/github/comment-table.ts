import type { Clock } from '../../core/clock.ts';
import type { Sql, SqlRow, SqlValue, Store } from '../../core/store.ts';

// One comment per target. Without due_at there is nothing to say; `over`: there never will be.
export const commentTables = `
create table if not exists github_comments (
  repo text not null collate nocase, target text not null, comment text, attempts integer not null default 0,
  due_at integer, over integer not null default 0, primary key (repo, target)) without rowid;
create index if not exists github_comments_due on github_comments (due_at) where due_at is not null;
create table if not exists github_comment_keys (
  repo text not null collate nocase, target text not null, incident text not null, actor text, path text,
  told integer not null default 0, primary key (repo, target, incident)) without rowid;
create table if not exists github_former_names (
  repo text not null collate nocase, former text not null collate nocase, primary key (repo, former)) without rowid;`;

/** Where a comment stands: `target` is `issues/<number>`, or `commits/<id>`. */
export interface CommentPlace {
  readonly repo: string;
  readonly target: string;
}

export interface DueComment extends CommentPlace {
  /** Its id, once it is posted. */
  readonly comment: string | undefined;
  readonly attempts: number;
}

/** A key that died there. */
export interface CommentKey {
  readonly incident: string;
  readonly actor: string | undefined;
  readonly path: string | undefined;
  readonly told: boolean;
}

export const createCommentTable = (store: Store, clock: Clock) => {
  store.migrate(commentTables);
  const change = ({ repo, target }: CommentPlace, sql: Sql, set: readonly [string, ...SqlValue[]]): void => {
    const [columns, ...values] = set;
    sql.run(`update github_comments set ${columns} where repo = ? and target = ?`, ...values, repo, target);
  };
  const tell = ({ repo, target }: CommentPlace, sql: Sql, { incident }: CommentKey): void => {
    const where = 'repo = ? and target = ? and incident = ?';
    sql.run(`update github_comment_keys set told = 1 where ${where}`, repo, target, incident);
  };
  return {
    /** A key is told of once at each place. */
    note({ repo, target }: CommentPlace, { incident, actor, path }: Omit<CommentKey, 'told'>, sql: Sql): void {
      const key = [repo, target, incident, actor ?? null, path ?? null];
      const columns = 'repo, target, incident, actor, path';
      const { changes } = sql.run(
        `insert or ignore into github_comment_keys (${columns}) values (?, ?, ?, ?, ?)`,
        ...key,
      );
      if (changes === 0) return;
      sql.run(
        `insert into github_comments (repo, target, due_at) values (?, ?, ?)
         on conflict do update set due_at = coalesce(due_at, excluded.due_at) where over = 0`,
        ...[repo, target, clock.now()],
      );
    },
    due: (): readonly DueComment[] =>
      store
        .read((sql) => sql.all('select * from github_comments where due_at <= ? order by due_at limit 20', clock.now()))
        .map(dueOf),
    keys: ({ repo, target }: CommentPlace): readonly CommentKey[] =>
      store
        .read((sql) => sql.all('select * from github_comment_keys where repo = ? and target = ?', repo, target))
        .map(keyOf),
    /** What a repository was called before. */
    formerNames: (repo: string): readonly string[] => store.read((sql) => formerNames(sql, repo)),
    later: (due: DueComment, dueAt: number): Promise<void> =>
      store.write((sql) => change(due, sql, ['attempts = attempts + 1, due_at = ?', dueAt])),
    /** These keys are told of; others may have come meanwhile. */
    said: (due: DueComment, comment: string, keys: readonly CommentKey[]): Promise<void> =>
      store.write((sql) => {
        for (const key of keys) tell(due, sql, key);
        change(due, sql, [`comment = ?, attempts = 0, due_at = ${NEXT}`, comment, clock.now()]);
      }),
    /** These keys are not told of; `over`: nor will be any other. */
    leave: (due: DueComment, keys: readonly CommentKey[], over: boolean): Promise<void> =>
      store.write((sql) => {
        for (const key of keys) tell(due, sql, key);
        if (over) change(due, sql, ['over = 1, due_at = null']);
        else change(due, sql, [`attempts = 0, due_at = ${NEXT}`, clock.now()]);
      }),
  };
};

/** A repository has another name: its comments are the same. One of that name that is gone by now makes room. */
export const renameComments = (sql: Sql, from: string, to: string): void => {
  sql.run(
    `update github_comments set due_at = coalesce(due_at, (select due_at from github_comments other
       where other.repo = ? and other.target = github_comments.target)) where repo = ? and over = 0`,
    ...[to, from],
  );
  for (const table of ['github_comments', 'github_comment_keys', 'github_former_names'])
    sql.run(`update or replace ${table} set repo = ? where repo = ?`, to, from);
  // What was posted bears a mark made of the name.
  sql.run('insert or ignore into github_former_names values (?, ?)', to, from);
};

const formerNames = (sql: Sql, repo: string): readonly string[] =>
  sql.all('select former from github_former_names where repo = ?', repo).map((row) => String(row['former']));

/** Now, when a key came meanwhile. */
const NEXT = `case when exists (select 1 from github_comment_keys k where k.repo = github_comments.repo
  and k.target = github_comments.target and k.told = 0) then ? end`;

const text = (value: SqlValue | undefined): string | undefined => (value === null ? undefined : String(value));

const dueOf = (row: SqlRow): DueComment => ({
  repo: String(row['repo']),
  target: String(row['target']),
  comment: text(row['comment']),
  attempts: Number(row['attempts']),
});

const keyOf = (row: SqlRow): CommentKey => ({
  incident: String(row['incident']),
  actor: text(row['actor']),
  path: text(row['path']),
  told: row['told'] === 1,
});
