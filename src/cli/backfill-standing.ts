import { everythingOf } from '../sources/github/history-item.ts';
import { type HistoryCursor, readHistoryCursor } from '../sources/github/history-read.ts';
import type { WorkList, WorkStanding } from '../sources/github/work-list.ts';
import { locatorOf } from '../sources/github/worker.ts';

/** How the backfill of one repository stands. */
export interface Standing {
  readonly repo: string;
  readonly state: 'waiting' | 'scanned' | 'unscanned';
  /** From 0 to 1, as far as it is known. */
  readonly part: number;
  /** Commits read, and how many there are; the wiki's among them. */
  readonly commits: { readonly done: number; readonly total: number };
  /** What was given up, and why. */
  readonly unscanned: readonly string[];
  /** When it is tried again (epoch ms), after a failure. */
  readonly again: number | undefined;
}

/** Of all that is to be done for a repository, the share that its commits are. */
const COMMITS = 0.9;

/** Repositories looked at in one look: thousands would hold everything else up. */
const AT_ONCE = 100;

/** Looks where repositories stand, in turn where they are many; remembers what a work list forgets of what is done. */
export const createStandings = (list: Pick<WorkList, 'find' | 'left'>, repositories: readonly string[]) => {
  const cursors = new Map<string, Map<HistoryCursor['of'], HistoryCursor>>();
  const known = new Map<string, Standing>();
  /** Of those that wait: who is looked at next is first. */
  const waiting = new Set(repositories);
  const hear = (repo: string, cursor: HistoryCursor): void => {
    const heard = cursors.get(repo) ?? new Map();
    cursors.set(repo, heard.set(cursor.of, cursor));
  };
  const look = (repo: string): Standing => {
    const first = everythingOf(repo).map((one) => ({ one, at: list.find(one.kind, repo, one.item) }));
    const [history, ...listings] = first;
    // Lists lead to files.
    const all = [...first, ...list.left(repo, ['asset']).map((one) => ({ one, at: one }))];
    const cursor = readHistoryCursor(history?.at?.cursor);
    if (cursor && !cursors.get(repo)?.has(cursor.of)) hear(repo, cursor);
    const isRead = !isWaiting(history?.at);
    const commits = sumOf([...(cursors.get(repo)?.values() ?? [])], isRead);
    const texts = listings.filter(({ at }) => !isWaiting(at)).length / Math.max(1, listings.length);
    const unscanned = all.flatMap(({ one, at }) =>
      at?.state === 'unscanned' ? [`${locatorOf(one)}: ${at.reason ?? 'given up'}`] : [],
    );
    const waits = all.filter(({ at }) => isWaiting(at));
    const tried = waits.flatMap(({ at }) => (at && at.attempts > 0 ? [at.notBefore] : []));
    return {
      ...{ repo, commits, unscanned },
      state: waits.length > 0 ? 'waiting' : unscanned.length > 0 ? 'unscanned' : 'scanned',
      part: COMMITS * (isRead ? 1 : commits.done / Math.max(1, commits.total)) + (1 - COMMITS) * texts,
      again: tried.length > 0 ? Math.min(...tried) : undefined,
    };
  };
  return {
    /** Of work done in this process. */
    hear,
    /** As they stood when each was looked at last; what waits is looked at again within a few looks. */
    look(): readonly Standing[] {
      for (const repo of [...waiting].slice(0, known.size === 0 ? undefined : AT_ONCE)) {
        const now = look(repo);
        known.set(repo, now);
        waiting.delete(repo);
        if (now.state === 'waiting') waiting.add(repo);
      }
      return repositories.flatMap((repo) => known.get(repo) ?? []);
    },
  };
};

/** A row that is gone was dropped: its repository is. */
const isWaiting = (at: WorkStanding | undefined): boolean => at?.state === 'waiting';

const sumOf = (cursors: readonly HistoryCursor[], isRead: boolean): Standing['commits'] => ({
  done: cursors.reduce((sum, { done, total }) => sum + (isRead ? total : done), 0),
  total: cursors.reduce((sum, { total }) => sum + total, 0),
});
