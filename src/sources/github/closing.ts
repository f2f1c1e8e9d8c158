import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { RecordFact } from '../../core/facts.ts';
import type { Channel } from '../../core/notice.ts';
import type { SqlRow, Store } from '../../core/store.ts';
import type { GithubClient } from './client.ts';
import { againAfter, runErrands } from './errands.ts';
import { GithubRefusal } from './refusal.ts';

interface ClosingNeeds {
  /** The calm one: closing waits for nobody, and nobody waits for it. */
  readonly github: GithubClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
}

/** An alert is closed once, ever: who opens it again has a reason that we do not know. */
const DDL = `create table if not exists github_closings (
  repo text not null, alert integer not null, incident text not null, attempts integer not null default 0,
  first_at integer not null, due_at integer, told_pending integer not null default 0, primary key (repo, alert)
) without rowid;`; // without due_at: over

/** Outcomes that say: it was live, and is proved dead. One that was never live here may be somebody else's key. */
export const isProved = (outcome: string): boolean => outcome === 'revoked' || outcome === 'already-gone';

const HOUR = 3_600_000;
/** So long a request to close is waited for. */
const PENDING_MS = 7 * 24 * HOUR;
const MOST_ATTEMPTS = 12;

/** https://docs.github.com/en/rest/secret-scanning/secret-scanning#update-a-secret-scanning-alert */
const Alert = z.object({ state: z.string() });

/** Closes a secret scanning alert as revoked once its key is proved dead. Its comment quotes neither key nor place. */
export const createAlertCloser = (needs: ClosingNeeds): Channel => {
  const { github, store, clock } = needs;
  store.migrate(DDL);
  const { change, tell, pend, refused } = createAftermath(needs);

  const act = async (row: SqlRow, stop: AbortSignal): Promise<void> => {
    const path = `/repos/${String(row['repo'])}/secret-scanning/alerts/${Number(row['alert'])}`;
    if (stateOf(await github.json({ path: `${path}?hide_secret=true`, stop })) !== 'open')
      return change(row, 'due_at = ?', null);
    const body = { state: 'resolved', resolution: 'revoked', resolution_comment: commentOn(row, clock.now()) };
    const closed = await github.json({ method: 'PATCH', path, body, stop }).catch((error: unknown) => {
      // With delegated dismissal a close is a request, or is refused to all but some people.
      const isHeld = error instanceof GithubRefusal && error.waitMs === undefined && [403, 422].includes(error.status);
      return isHeld ? error : Promise.reject(error);
    });
    if (closed instanceof GithubRefusal) return pend(row, closed.message);
    if (stateOf(closed) === 'open') return pend(row, 'GitHub made it a request to close');
    await change(row, 'due_at = ?', null);
    await tell(row, 'notice.sent');
  };

  return {
    note:
      ({ incident, outcome, found: { github: place } }) =>
      (sql) => {
        if (!isProved(outcome) || place?.alert === undefined) return;
        const now = clock.now();
        const text =
          'insert or ignore into github_closings (repo, alert, incident, first_at, due_at) values (?, ?, ?, ?, ?)';
        sql.run(text, place.repo, place.alert, incident, now, now);
      },
    run: (stop) => {
      const due = () =>
        store.read((sql) =>
          sql.all('select * from github_closings where due_at <= ? order by due_at limit 20', clock.now()),
        );
      return runErrands({ clock, due, act, refused }, stop);
    },
  };
};

/** What becomes of a row after GitHub answered. */
const createAftermath = ({ store, clock, record }: ClosingNeeds) => {
  const change = async (row: SqlRow, set: string, ...values: readonly (number | null)[]): Promise<void> => {
    const text = `update github_closings set ${set} where repo = ? and alert = ?`;
    await store.write((sql) => sql.run(text, ...values, String(row['repo']), Number(row['alert'])));
  };
  const tell = (
    row: SqlRow,
    type: 'notice.sent' | 'notice.failed' | 'notice.pending',
    detail?: string,
  ): Promise<void> =>
    record({ type, channel: 'github-alert', incident: String(row['incident']), ...(detail && { detail }) });
  return {
    ...{ change, tell },
    /** Somebody has to allow it: said once, and looked at again for a week. */
    async pend(row: SqlRow, detail: string): Promise<void> {
      const now = clock.now();
      const isOver = now - Number(row['first_at']) > PENDING_MS;
      await change(row, 'told_pending = 1, due_at = ?', isOver ? null : now + HOUR);
      if (isOver) await tell(row, 'notice.failed', detail);
      else if (Number(row['told_pending']) === 0) await tell(row, 'notice.pending', detail);
    },
    async refused(row: SqlRow, refusal: GithubRefusal): Promise<void> {
      const attempts = Number(row['attempts']) + 1;
      const isFree = refusal.waitMs !== undefined || refusal.status === 401;
      const isOver = !isFree && attempts >= MOST_ATTEMPTS;
      const dueAt = isOver ? null : clock.now() + againAfter(attempts, refusal);
      await change(row, 'attempts = ?, due_at = ?', isFree ? attempts - 1 : attempts, dueAt);
      if (isOver) await tell(row, 'notice.failed', refusal.message);
    },
  };
};

const stateOf = (answer: unknown): string => {
  const { data: alert } = Alert.safeParse(answer);
  if (!alert) throw new GithubRefusal(200, 'an answer that is no alert');
  return alert.state;
};

const commentOn = (row: SqlRow, now: number): string =>
  `Keyfuse deleted this key at its issuer and proved it dead (${String(row['incident'])}, ${new Date(now).toISOString()}).`;
