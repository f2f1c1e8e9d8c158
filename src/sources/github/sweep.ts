import * as z from 'zod';
import { readIfChanged } from './changed-pages.ts';
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
  const sweepRefs = async (pushedAt: string, withTags = true): Promise<void> => {
    if (withTags) await sweepTags(repo, needs);
    await sweepActivity(swept, needs);
    activityAt = clock.now();
    if (withTags) tagsAt = activityAt;
    await cursors.set(name, `${pushedAt} ${activityAt} ${tagsAt}`);
  };
  await readIfChanged(`/repos/${repo}`, needs, async (bytes) => {
    const { pushed_at: pushedAt } = parsed(Repository, bytes);
    // It is told in whole seconds: within the same one more may be pushed after we looked.
    const isFresh = clock.now() - Date.parse(pushedAt ?? '') < SLACK_MS;
    if ((pushedAt ?? '') !== pushedBefore) await sweepRefs(isFresh ? UNSETTLED : (pushedAt ?? ''));
    return isFresh ? 'again' : 'enough';
  });
  // A deletion may be no push to GitHub: once an hour it is looked at all the same. Tags come by a push, and their list
  // costs a call for each hundred.
  if (clock.now() - activityAt > HOUR) await sweepRefs(pushedBefore ?? '', clock.now() - tagsAt > DAY);
  for (const which of alertLists) await sweepAlerts(repo, which, needs);
};

/** Was it ever looked at whole? */
export const isSwept = (repo: string, { cursors }: Pick<SweepNeeds, 'cursors'>): boolean =>
  cursors.get(`alerts ${repo}`) !== undefined;
