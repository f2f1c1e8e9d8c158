import { githubClient, gitPlace } from './app-github.ts';
import { openParts, type PartsNeeds } from './app-parts.ts';
import { createEmit } from './app-scan.ts';
import type { Settings } from './config.ts';
import type { Environment } from './config-secrets.ts';
import type { GitPlace } from './sources/github/history.ts';
import { everythingOf } from './sources/github/history-item.ts';
import { createTurn } from './sources/github/turn.ts';
import { createGithubWork } from './sources/github/work.ts';
import { ranks } from './sources/github/work-list.ts';
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
  return {
    ...{ github, list, clock, scrub: parts.scrub, turn: createTurn(store, clock), topic: parts.topic },
    /** Everything of these repositories waits from now on; what is half done goes on where it is. */
    add: (repositories: readonly string[]): Promise<void> =>
      store.write((sql) => {
        const word = { source: 'github-backfill', mode: 'backfill', receivedAt: clock.now() } as const;
        const wanted = repositories.flatMap((repo) => everythingOf(repo, { rank: ranks.past }));
        list.add(sql, wanted, word);
      }),
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

export type Backfill = Awaited<ReturnType<typeof openBackfill>>;
