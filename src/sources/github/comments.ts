import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { RecordFact } from '../../core/facts.ts';
import type { Channel, Notice } from '../../core/notice.ts';
import type { GithubPlace } from '../../core/origin.ts';
import type { Sql, SqlRow, Store } from '../../core/store.ts';
import type { GithubClient } from './client.ts';
import { isProved } from './closing.ts';
import { ownersOf } from './codeowners.ts';
import { commentText, MARK } from './comment-text.ts';
import { againAfter, runErrands } from './errands.ts';
import { readJson64 } from './json64.ts';
import { GithubRefusal } from './refusal.ts';

interface CommenterNeeds {
  /** The calm one. */
  readonly github: GithubClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly template?: string | undefined;
}

/** One row per commit or thread: the incidents that are told there, and the comment that tells them. */
const DDL = `create table if not exists github_comments (
  repo text not null, target text not null, incidents text not null, author text, path text, comment integer,
  attempts integer not null default 0, due_at integer, primary key (repo, target)
) without rowid;`; // without due_at: all is told

const MOST_ATTEMPTS = 10;
const MOST_PAGES = 10;

const Comment = z.object({ id: z.number(), body: z.string().nullish() });
const Comments = z.array(Comment);

/** Where comments on a target are listed and made, and where one of them is changed. */
const pathsOf = (repo: string, target: string) => {
  const [kind, name] = target.split(' ');
  return kind === 'thread'
    ? { all: `/repos/${repo}/issues/${name}/comments`, one: `/repos/${repo}/issues/comments` }
    : { all: `/repos/${repo}/commits/${name}/comments`, one: `/repos/${repo}/comments` };
};

const targetOf = ({ thread, commit }: GithubPlace): string | undefined => {
  if (thread !== undefined) return `thread ${thread}`;
  return commit === undefined ? undefined : `commit ${commit}`;
};

/** Comments on a commit, an issue or a pull request once the key that stood there is dead; one comment each, kept up to date. */
export const createCommenter = ({ github, store, clock, record, template }: CommenterNeeds): Channel => {
  store.migrate(DDL);
  const change = async (row: SqlRow, set: string, ...values: readonly (number | null)[]): Promise<void> => {
    const text = `update github_comments set ${set} where repo = ? and target = ?`;
    await store.write((sql) => sql.run(text, ...values, String(row['repo']), String(row['target'])));
  };
  const tell = async (row: SqlRow, type: 'notice.sent' | 'notice.failed', detail?: string): Promise<void> => {
    const incident = incidentsIn(row).at(-1) ?? '';
    await record({ type, channel: 'github-comment', incident, ...(detail && { detail }) });
  };

  const act = async (row: SqlRow, stop: AbortSignal): Promise<void> => {
    const paths = pathsOf(String(row['repo']), String(row['target']));
    const known = row['comment'] === null ? await findOwn(github, paths.all, stop) : Number(row['comment']);
    const owners = await findOwners(github, row, stop);
    const author = row['author'] === null ? undefined : String(row['author']);
    const body = { body: commentText({ incidents: incidentsIn(row), author, owners }, template) };
    const comment =
      known === undefined
        ? Comment.parse(await github.json({ method: 'POST', path: paths.all, body, stop })).id
        : await github.json({ method: 'PATCH', path: `${paths.one}/${known}`, body, stop }).then(() => known);
    await change(row, 'comment = ?, attempts = 0, due_at = ?', comment, null);
    await tell(row, 'notice.sent');
  };

  const refused = async (row: SqlRow, refusal: GithubRefusal): Promise<void> => {
    // Somebody took our comment away: it stays away.
    if (refusal.status === 404 && row['comment'] !== null) return change(row, 'due_at = ?', null);
    const attempts = Number(row['attempts']) + 1;
    const isFree = refusal.waitMs !== undefined || refusal.status === 401;
    const isOver = !isFree && ([403, 410, 422].includes(refusal.status) || attempts >= MOST_ATTEMPTS);
    const dueAt = isOver ? null : clock.now() + againAfter(attempts, refusal);
    await change(row, 'attempts = ?, due_at = ?', isFree ? attempts - 1 : attempts, dueAt);
    if (isOver) await tell(row, 'notice.failed', refusal.message);
  };

  return {
    note: (notice) => (sql) => noteDown(sql, notice, clock.now()),
    run: (stop) => {
      const due = () =>
        store.read((sql) =>
          sql.all('select * from github_comments where due_at <= ? order by due_at limit 20', clock.now()),
        );
      return runErrands({ clock, due, act, refused }, stop);
    },
  };
};

const noteDown = (sql: Sql, { incident, outcome, found }: Notice, now: number): void => {
  const target = found.github && targetOf(found.github);
  if (!isProved(outcome) || !found.github || target === undefined) return;
  const { repo, path } = found.github;
  add(sql, { repo, target, incident, path, author: found.actor, now });
};

interface Added {
  readonly repo: string;
  readonly target: string;
  readonly incident: string;
  readonly path: string | undefined;
  readonly author: string | undefined;
  readonly now: number;
}

const add = (sql: Sql, { repo, target, incident, path, author, now }: Added): void => {
  const row = sql.get('select * from github_comments where repo = ? and target = ?', repo, target);
  const incidents = row ? incidentsIn(row) : [];
  if (incidents.includes(incident)) return;
  sql.run(
    `insert into github_comments (repo, target, incidents, author, path, due_at) values (?, ?, ?, ?, ?, ?)
     on conflict do update set incidents = excluded.incidents, due_at = excluded.due_at`,
    ...[repo, target, JSON.stringify([...incidents, incident]), author ?? null, path ?? null, now],
  );
};

/** JSON that this file wrote. */
const incidentsIn = (row: SqlRow): readonly string[] => JSON.parse(String(row['incidents']));

/** The comment that we made before a crash kept us from remembering it. */
const findOwn = async (github: GithubClient, path: string, stop: AbortSignal): Promise<number | undefined> => {
  for await (const bytes of github.pages({ path: `${path}?per_page=100`, stop }, MOST_PAGES)) {
    const { data: page } = Comments.safeParse(readJson64(bytes));
    if (!page) throw new GithubRefusal(200, 'an answer that is no list of comments');
    const own = page.find(({ body }) => body?.startsWith(MARK));
    if (own) return own.id;
  }
  return undefined;
};

/** The owners of the file; none where there is no CODEOWNERS file. */
const findOwners = async (github: GithubClient, row: SqlRow, stop: AbortSignal): Promise<readonly string[]> => {
  if (row['path'] === null) return [];
  for (const place of ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']) {
    const path = `/repos/${String(row['repo'])}/contents/${place}`;
    try {
      const parts: Uint8Array[] = [];
      for await (const part of github.download({ path, accept: 'application/vnd.github.raw+json', stop }))
        parts.push(part);
      return ownersOf(Buffer.concat(parts).toString('utf8'), String(row['path']));
    } catch (error) {
      if (!(error instanceof GithubRefusal) || error.status !== 404) throw error;
    }
  }
  return [];
};
