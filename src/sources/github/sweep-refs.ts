import { createHash } from 'node:crypto';
import * as z from 'zod';
import { readIfChanged } from './changed-pages.ts';
import { rangeOf } from './range-item.ts';
import { parsed, SLACK_MS, type SweepNeeds, type Swept } from './sweep-needs.ts';
import { ranks, type Wanted } from './work-list.ts';

/** What a cap would cut off, the cursor would pass over; time ends each list. */
const MOST_PAGES = Number.POSITIVE_INFINITY;
const isNone = (id: string): boolean => /^0+$/.test(id);

/** https://docs.github.com/en/rest/repos/repos#list-repository-activities */
const Activity = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  before: z.string(),
  after: z.string(),
  timestamp: z.string(),
  activity_type: z.string(),
});
const Activities = z.array(Activity);
type Activity = z.infer<typeof Activity>;

/** https://docs.github.com/en/rest/git/refs#list-matching-references */
const Refs = z.array(z.object({ ref: z.string(), object: z.object({ sha: z.string(), type: z.string() }) }));

/** Costs no call when nothing is new. */
export const sweepActivity = async ({ name: repo, since }: Swept, needs: SweepNeeds): Promise<void> => {
  const { cursors, want } = needs;
  const name = `activity ${repo}`;
  const seen = cursors.get(name);
  const fresh: Activity[] = [];
  const read = async (bytes: Uint8Array): Promise<'more' | 'enough'> => {
    const page = parsed(Activities, bytes);
    const known = page.findIndex(({ id, timestamp }) => id === seen || Date.parse(timestamp) < since - SLACK_MS);
    fresh.push(...(known < 0 ? page : page.slice(0, known)));
    return known < 0 ? 'more' : 'enough';
  };
  // Oldest first, and the cursor behind each: what is durable is not wanted again. A head that is known says nothing of
  // the commits below it: another branch may have told of it.
  const settle = async (): Promise<void> => {
    for (const one of fresh.toReversed()) {
      const word = { source: 'github-webhook', mode: 'live', receivedAt: Date.parse(one.timestamp) } as const;
      await want(wantedOf(repo, one), word);
      await cursors.set(name, one.id);
    }
  };
  await readIfChanged(`/repos/${repo}/activity?per_page=100`, { ...needs, settle }, read);
};

/** What a branch has now, and what it lost: that stays readable by its id. */
const wantedOf = (repo: string, { before, after, activity_type: type }: Activity): readonly Wanted[] => {
  const rank = ranks.missed;
  if (isNone(after)) return isNone(before) ? [] : [{ ...rangeOf(repo, { head: before }), rank }];
  const came = { ...rangeOf(repo, { head: after, ...(!isNone(before) && { base: before }) }), rank };
  return type === 'force_push' ? [came, { ...rangeOf(repo, { base: after, head: before }), rank }] : [came];
};

export const sweepTags = async (repo: string, { github, cursors, stop, want, clock }: SweepNeeds): Promise<void> => {
  const name = `tags ${repo}`;
  const before = cursors.get(name);
  const known = new Map(before === undefined ? [] : Object.entries(JSON.parse(before) as Record<string, string>));
  const now: Record<string, string> = {};
  const wanted: Wanted[] = [];
  const path = `/repos/${repo}/git/matching-refs/tags/?per_page=100`;
  for await (const bytes of github.pages({ path, stop }, MOST_PAGES)) {
    for (const { ref, object } of parsed(Refs, bytes)) {
      // A name is text that strangers wrote: it is not kept.
      const key = createHash('sha256').update(ref).digest('base64url').slice(0, 16);
      now[key] = object.sha;
      if (known.get(key) === object.sha) continue;
      const { sha: item } = object;
      wanted.push(object.type === 'tag' ? { kind: 'tag', repo, item } : rangeOf(repo, { head: item }));
    }
  }
  if (before !== undefined) {
    const word = { source: 'github-webhook', mode: 'live', receivedAt: clock.now() } as const;
    await want(
      wanted.map((one) => ({ ...one, rank: ranks.missed })),
      word,
    );
  }
  if (wanted.length > 0 || before === undefined) await cursors.set(name, JSON.stringify(now));
};
