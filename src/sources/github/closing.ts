import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { RecordFact } from '../../core/facts.ts';
import type { Channel, Notice } from '../../core/notice.ts';
import type { Sql, SqlRow, Store } from '../../core/store.ts';
import { isProved } from '../../core/verdict.ts';
import type { GithubClient } from './client.ts';
import { GithubRefusal } from './refusal.ts';
import { isRepoName } from './repo-name.ts';
import { runRounds } from './rounds.ts';

interface Needs {
  /** The calm one. */
  readonly github: GithubClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
}

// One row for ever: what a person opens again stays open. Without due_at it is over.
export const closingTables = `
create table if not exists github_closings (
  repo text not null collate nocase, alert integer not null, incident text not null, comment text not null,
  attempts integer not null default 0, asked_at integer, due_at integer, primary key (repo, alert)) without rowid;
create index if not exists github_closings_due on github_closings (due_at) where due_at is not null;`;

const HOUR = 3_600_000;
/** So long a person may take to allow it. */
const PATIENCE_MS = 7 * 24 * HOUR;
const CHANNEL = 'github-alert';

interface Closing {
  readonly repo: string;
  readonly alert: number;
  readonly incident: string;
  readonly comment: string;
  readonly attempts: number;
  /** Since when it waits for a person to allow it (epoch ms). */
  readonly askedAt: number | undefined;
}

/** https://docs.github.com/en/rest/secret-scanning/secret-scanning#update-a-secret-scanning-alert */
const Alert = z.object({
  state: z.enum(['open', 'resolved']),
  resolution: z.string().nullish(),
  resolution_comment: z.string().nullish(),
  closure_request_comment: z.string().nullish(),
  closure_request_reviewer: z.object({}).nullish(),
});

const alertOf = (json: unknown): z.infer<typeof Alert> => {
  const { data } = Alert.safeParse(json);
  if (!data) throw new GithubRefusal(200, 'an answer that is no alert');
  return data;
};

/**
 * Closes a secret scanning alert as revoked once its key is proved dead, and only then: a key that we never saw live may be
 * another tenant's. It is closed once; one that somebody closed is left alone. Where GitHub wants a person to allow it
 * (delegated alert dismissal), it is looked at once an hour for a week.
 */
export const createAlertCloser = (needs: Needs): Channel => {
  const { store, clock, record } = needs;
  store.migrate(closingTables);
  const table = createTable(store, clock);

  const over = async (closing: Closing, type?: 'notice.sent' | 'notice.failed', detail?: string): Promise<void> => {
    await table.settle(closing, { dueAt: null });
    const { incident } = closing;
    if (type) await record({ type, channel: CHANNEL, incident, ...(detail && { detail }) });
  };

  const wait = async (closing: Closing): Promise<void> => {
    const now = clock.now();
    const { askedAt = now, incident } = closing;
    if (now - askedAt >= PATIENCE_MS) return over(closing, 'notice.failed', 'nobody allowed it within a week');
    await table.settle(closing, { dueAt: now + HOUR, askedAt });
    const detail = 'closing an alert needs a reviewer there (delegated alert dismissal)';
    if (closing.askedAt === undefined) await record({ type: 'notice.pending', channel: CHANNEL, incident, detail });
  };

  return {
    note: (notice) => (sql) => {
      const { alert, repo = '' } = notice.found.github ?? {};
      if (alert === undefined || !isRepoName(repo) || !isProved(notice.outcome)) return;
      sql.run(
        'insert or ignore into github_closings (repo, alert, incident, comment, due_at) values (?, ?, ?, ?, ?)',
        ...[repo, alert, notice.incident, commentOf(notice, clock.now()), clock.now()],
      );
    },
    run: (stop) =>
      runRounds(
        {
          ...{ clock, record, due: table.due },
          async act(closing) {
            const end = await close(closing, needs.github, stop);
            if (end === 'asked') return wait(closing);
            return over(closing, end === 'ours' ? 'notice.sent' : undefined);
          },
          later: (closing, dueAt) => table.settle(closing, { dueAt, attempts: closing.attempts + 1 }),
          giveUp: (closing, { message }) => over(closing, 'notice.failed', message),
        },
        stop,
      ),
  };
};

/** How it stands now: closed by us, closed by somebody else, or a person is to allow it. */
const close = async (
  closing: Closing,
  github: GithubClient,
  stop: AbortSignal,
): Promise<'ours' | 'theirs' | 'asked'> => {
  const { repo, alert, comment, askedAt } = closing;
  const path = `/repos/${repo}/secret-scanning/alerts/${alert}`;
  const isOurs = ({ resolution, resolution_comment: said }: z.infer<typeof Alert>): boolean =>
    said === comment || (askedAt !== undefined && resolution === 'revoked');
  const seen = alertOf(await github.json({ path: `${path}?hide_secret=true`, stop }));
  if (seen.state === 'resolved') return isOurs(seen) ? 'ours' : 'theirs';
  if (seen.closure_request_comment || seen.closure_request_reviewer) return 'asked';
  const body = { state: 'resolved', resolution: 'revoked', resolution_comment: comment };
  try {
    const answer = alertOf(await github.json({ path, method: 'PATCH', body, stop }));
    return answer.state === 'resolved' ? 'ours' : 'asked';
  } catch (error) {
    if (error instanceof GithubRefusal && error.delegated) return 'asked';
    throw error;
  }
};

/** What stands in the alert for good: it cannot be changed later. Neither key nor place, below what GitHub lets one say. */
const commentOf = ({ incident, outcome }: Notice, now: number): string => {
  const at = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const how = outcome === 'revoked' ? 'Deleted at its issuer by Keyfuse' : 'Gone at its issuer before Keyfuse came';
  return `${how}, and proved dead: ${at}, incident ${incident}.`;
};

/** A repository has another name: its alerts are the same. One of that name that is gone by now makes room. */
export const renameClosings = (sql: Sql, from: string, to: string): void => {
  sql.run('update or replace github_closings set repo = ? where repo = ?', to, from);
};

const createTable = (store: Store, clock: Clock) => ({
  due: (): readonly Closing[] =>
    store
      .read((sql) => sql.all('select * from github_closings where due_at <= ? order by due_at limit 20', clock.now()))
      .map(closingOf),
  settle: (
    { repo, alert, attempts, askedAt }: Closing,
    to: { readonly dueAt: number | null; readonly askedAt?: number; readonly attempts?: number },
  ): Promise<void> =>
    store.write((sql) => {
      sql.run(
        'update github_closings set due_at = ?, asked_at = ?, attempts = ? where repo = ? and alert = ?',
        ...[to.dueAt, to.askedAt ?? askedAt ?? null, to.attempts ?? attempts, repo, alert],
      );
    }),
});

const closingOf = (row: SqlRow): Closing => ({
  repo: String(row['repo']),
  alert: Number(row['alert']),
  incident: String(row['incident']),
  comment: String(row['comment']),
  attempts: Number(row['attempts']),
  askedAt: row['asked_at'] === null ? undefined : Number(row['asked_at']),
});
