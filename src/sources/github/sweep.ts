import * as z from 'zod';
import { readIfChanged } from './changed-pages.ts';
import { GithubRefusal } from './refusal.ts';
import { alertLists, sweepAlerts } from './sweep-alerts.ts';
import { DAY, parsed, SLACK_MS, type SweepNeeds, type Swept } from './sweep-needs.ts';
import { sweepActivity, sweepTags } from './sweep-refs.ts';

/** Stands for a time of pushing that is not over. */
const UNSETTLED = '-';
const HOUR = 3_600_000;

const Repository = z.object({ pushed_at: z.string().nullish() });

/**
 * Looks for what no webhook told of a repository: branches that moved, were rewritten or deleted, more than three tags in
 * one push, pushes over 25 MB; and for alerts. The first look only takes note of which tags there are.
 */
export const sweep = async (swept: Swept, needs: SweepNeeds): Promise<void> => {
  const { cursors, clock } = needs;
  const repo = swept.name;
  const name = `pushed ${repo}`;
  const [pushedBefore, ...at] = cursors.get(name)?.split(' ') ?? [];
  let [activityAt = 0, tagsAt = 0] = at.map(Number);
  const parts = createParts();
  const sweepRefs = async (pushedAt: string, withTags = true): Promise<boolean> => {
    const hasTags = !withTags || (await parts.attempt(() => sweepTags(repo, needs)));
    const hasActivity = await parts.attempt(() => sweepActivity(swept, needs));
    if (!hasTags || !hasActivity) return false;
    activityAt = clock.now();
    if (withTags) tagsAt = activityAt;
    await cursors.set(name, `${pushedAt} ${activityAt} ${tagsAt}`);
    return true;
  };
  await readIfChanged(`/repos/${repo}`, needs, async (bytes) => {
    const { pushed_at: pushedAt } = parsed(Repository, bytes);
    // It is told in whole seconds: within the same one more may be pushed after we looked.
    const isFresh = clock.now() - Date.parse(pushedAt ?? '') < SLACK_MS;
    const isNew = (pushedAt ?? '') !== pushedBefore;
    const isDone = !isNew || (await sweepRefs(isFresh ? UNSETTLED : (pushedAt ?? '')));
    return isFresh || !isDone ? 'again' : 'enough';
  });
  // A deletion may be no push to GitHub: once an hour it is looked at all the same. Tags come by a push, and their list
  // costs a call for each hundred.
  if (!parts.failed() && clock.now() - activityAt > HOUR)
    await sweepRefs(pushedBefore ?? '', clock.now() - tagsAt > DAY);
  for (const which of alertLists) await parts.attempt(() => sweepAlerts(repo, which, needs));
  parts.end();
};

/** What one part is refused must not keep the others from being done; a limit, or silence, ends all of them. */
const createParts = () => {
  const refused: GithubRefusal[] = [];
  return {
    /** Was it done? */
    async attempt(part: () => Promise<void>): Promise<boolean> {
      try {
        await part();
        return true;
      } catch (error) {
        if (!(error instanceof GithubRefusal) || error.waitMs !== undefined || [0, 401].includes(error.status))
          throw error;
        refused.push(error);
        return false;
      }
    },
    failed: (): boolean => refused.length > 0,
    /** Rejects with the first refusal. */
    end(): void {
      if (refused[0]) throw refused[0];
    },
  };
};

/** Was it ever looked at whole? */
export const isSwept = (repo: string, { cursors }: Pick<SweepNeeds, 'cursors'>): boolean =>
  cursors.get(`alerts ${repo}`) !== undefined;
