import { createEmit } from './app-emit.ts';
import { githubClient, gitPlace } from './app-github.ts';
import { openParts, type PartsNeeds } from './app-parts.ts';
import type { Settings } from './config.ts';
import type { Environment } from './secrets/env.ts';
import { createCursors } from './sources/github/cursors.ts';
import type { GitPlace } from './sources/github/history.ts';
import { everythingOf } from './sources/github/history-item.ts';
import { createTurn } from './sources/github/turn.ts';
import { createGithubWork, REMEMBERED } from './sources/github/work.ts';
import { ranks, type Wanted, type WorkList } from './sources/github/work-list.ts';
import { createWorkList } from './sources/github/work-table.ts';

export interface BackfillNeeds extends Pick<PartsNeeds, 'version' | 'watch'>, Pick<GitPlace, 'hear'> {
  readonly env: Environment;
}

/** The past of repositories, as it stands on the work list of a data directory, and hands to read it. */
export const openBackfill = async (settings: Settings, needs: BackfillNeeds, opened: AsyncDisposableStack) => {
  const { env, hear, ...rest } = needs;
  const silent = { write: () => true };
  const parts = await openParts(settings, { ...rest, role: 'scan', log: silent }, opened);
  const { store, clock } = parts;
  const github = githubClient(settings, parts);
  const list = createWorkList(store);
  const cursors = createCursors(store);
  return {
    ...{ github, list, clock, scrub: parts.scrub, turn: createTurn(store, clock), topic: parts.topic },
    /**
     * Everything of these repositories waits from now on. What is half done goes on where it is; of a run of the last week
     * that was interrupted, what is done stays done.
     */
    async add(repositories: readonly string[]): Promise<void> {
      const receivedAt = clock.now();
      const { begun, wanted } = leftOf(repositories, { list, last: cursors.get(LAST), now: receivedAt });
      await store.write((sql) => list.add(sql, wanted, { source: 'github-backfill', mode: 'backfill', receivedAt }));
      await cursors.set(LAST, [begun, ...repositories].join(' '));
    },
    /** Works the list off until `stop` fires, everything on it, for whoever has the turn. */
    work: (stop: AbortSignal): Promise<void> =>
      createGithubWork({ ...parts, github, git: { ...gitPlace(settings, env), hear } }).workOff(
        createEmit(parts),
        stop,
      ),
    /** Is there a responder that takes what is found? Undefined: only the brokers know. */
    isJudged(): boolean | undefined {
      if (settings.topic.brokers.length > 0) return undefined;
      const alone = store.lock('responder');
      alone?.();
      return alone === undefined;
    },
  };
};

/** The cursor of the last run: when it was begun (epoch ms), and its repositories. */
const LAST = 'backfill';

interface Before {
  readonly list: Pick<WorkList, 'find'>;
  readonly last: string | undefined;
  readonly now: number;
}

/** What is to be done, and since when: where a part of the last run still waits, the rest of that run. */
const leftOf = (repositories: readonly string[], { list, last = '', now }: Before) => {
  const all = repositories.flatMap((repo) => everythingOf(repo, { rank: ranks.past }));
  const [at, ...names] = last.split(' ');
  const begun = Number(at);
  const before = new Set(now - begun < REMEMBERED ? names : []);
  const stateOf = ({ kind, repo, item }: Wanted) => (before.has(repo) ? list.find(kind, repo, item)?.state : undefined);
  // All of that run waited when it was begun: what is done was done by it.
  return all.some((one) => stateOf(one) === 'waiting')
    ? { begun, wanted: all.filter((one) => stateOf(one) !== 'done') }
    : { begun: now, wanted: all };
};

export type Backfill = Awaited<ReturnType<typeof openBackfill>>;
