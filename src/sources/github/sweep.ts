import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import { readIfChanged } from './changed-pages.ts';
import type { GithubClient } from './client.ts';
import type { Cursors } from './cursors.ts';
import { readJson64 } from './json64.ts';
import { rangeOf } from './range-item.ts';
import { GithubRefusal } from './refusal.ts';
import { ranks, type Wanted, type Word } from './work-list.ts';

export interface SweepNeeds {
  readonly github: GithubClient;
  readonly cursors: Cursors;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Makes durable that these are wanted. */
  want(wanted: readonly Wanted[], word: Word): Promise<void>;
}

/** What a cap would cut off, the cursor would pass over; time ends each list. */
const MOST_PAGES = Number.POSITIVE_INFINITY;
/** What told us of the repository was on its way for a while, and GitHub's clock is another. */
const SLACK_MS = 60_000;
/** Stands for a time of pushing that is not over. */
const UNSETTLED = '-';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
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

const Repository = z.object({ pushed_at: z.string().nullish() });

/** https://docs.github.com/en/rest/git/refs#list-matching-references */
const Refs = z.array(z.object({ ref: z.string(), object: z.object({ sha: z.string(), type: z.string() }) }));

/** https://docs.github.com/en/rest/secret-scanning/secret-scanning#list-secret-scanning-alerts-for-a-repository */
const Alerts = z.array(z.object({ number: z.number(), updated_at: z.string().nullish(), created_at: z.string() }));

/** A repository, and since when what happens there is ours to find (epoch ms). */
export interface Swept {
  readonly name: string;
  readonly since: number;
}

/**
 * Looks for what no webhook told of a repository: branches that moved, were rewritten or deleted, more than three tags in
 * one push, pushes over 25 MB; and for alerts. The first look only takes note of which tags there are.
 */
export const sweep = async (swept: Swept, needs: SweepNeeds): Promise<void> => {
  const { cursors, clock } = needs;
  const repo = swept.name;
  const name = `pushed ${repo}`;
  const [pushedBefore, at] = cursors.get(name)?.split(' ') ?? [];
  let lookedAt = Number(at ?? 0);
  const sweepRefs = async (pushedAt: string): Promise<void> => {
    await sweepTags(repo, needs);
    await sweepActivity(swept, needs);
    lookedAt = clock.now();
    await cursors.set(name, `${pushedAt} ${lookedAt}`);
  };
  await readIfChanged(`/repos/${repo}`, needs, async (bytes) => {
    const { pushed_at: pushedAt } = parsed(Repository, bytes);
    // It is told in whole seconds: within the same one more may be pushed after we looked.
    const isFresh = clock.now() - Date.parse(pushedAt ?? '') < SLACK_MS;
    if ((pushedAt ?? '') !== pushedBefore) await sweepRefs(isFresh ? UNSETTLED : (pushedAt ?? ''));
    return isFresh ? 'again' : 'enough';
  });
  // A deletion may be no push to GitHub: once an hour it is looked at all the same.
  if (clock.now() - lookedAt > HOUR) await sweepRefs(pushedBefore ?? '');
  for (const which of alertLists) await sweepAlerts(repo, which, needs);
};

const sweepActivity = async ({ name: repo, since }: Swept, needs: SweepNeeds): Promise<void> => {
  const { github, cursors, stop, want } = needs;
  const name = `activity ${repo}`;
  const seen = cursors.get(name);
  const fresh: Activity[] = [];
  for await (const bytes of github.pages({ path: `/repos/${repo}/activity?per_page=100`, stop }, MOST_PAGES)) {
    const page = parsed(Activities, bytes);
    const known = page.findIndex(({ id, timestamp }) => id === seen || Date.parse(timestamp) < since - SLACK_MS);
    fresh.push(...(known < 0 ? page : page.slice(0, known)));
    if (known >= 0) break;
  }
  // Oldest first, and the cursor behind each: what is durable is not wanted again. A head that is known says nothing of
  // the commits below it: another branch may have told of it.
  for (const one of fresh.toReversed()) {
    await want(wantedOf(repo, one), { source: 'github-webhook', mode: 'live', receivedAt: Date.parse(one.timestamp) });
    await cursors.set(name, one.id);
  }
};

/** Was it ever looked at whole? */
export const isSwept = (repo: string, { cursors }: Pick<SweepNeeds, 'cursors'>): boolean =>
  cursors.get(`alerts ${repo}`) !== undefined;

/** What a branch has now, and what it lost: that stays readable by its id. */
const wantedOf = (repo: string, { before, after, activity_type: type }: Activity): readonly Wanted[] => {
  const rank = ranks.missed;
  if (isNone(after)) return isNone(before) ? [] : [{ ...rangeOf(repo, { head: before }), rank }];
  const came = { ...rangeOf(repo, { head: after, ...(!isNone(before) && { base: before }) }), rank };
  return type === 'force_push' ? [came, { ...rangeOf(repo, { base: after, head: before }), rank }] : [came];
};

const sweepTags = async (repo: string, { github, cursors, stop, want, clock }: SweepNeeds): Promise<void> => {
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

/**
 * The list leaves out what it calls generic patterns unless each is named; a key in an `Authorization` header is one of them.
 * https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns#non-provider-patterns
 */
const GENERIC = [
  ...['http_basic_authentication_header', 'http_bearer_authentication_header', 'password', 'rsa_private_key'],
  ...['mongodb_connection_string', 'mysql_connection_string', 'postgres_connection_string'],
  ...['openssh_private_key', 'pgp_private_key', 'ec_private_key', 'generic_private_key'],
];
const alertLists = [
  { cursor: 'alerts', filter: '' },
  { cursor: 'generic', filter: `&secret_type=${GENERIC.join(',')}` },
] as const;

/** At the first look every open alert is wanted: each may be a key that lives. */
const sweepAlerts = async (
  repo: string,
  { cursor, filter }: (typeof alertLists)[number],
  needs: SweepNeeds,
): Promise<void> => {
  const { cursors, clock, want } = needs;
  const name = `${cursor} ${repo}`;
  const seen = cursors.get(name);
  if (seen?.startsWith('off ') && clock.now() - Number(seen.slice(4)) < DAY) return;
  const since = seen === undefined || seen.startsWith('off ') ? '' : seen;
  const mode = since === '' ? 'backfill' : 'live';
  const query = `state=open&sort=updated&direction=desc&hide_secret=true&per_page=100${filter}`;
  let newest = since;
  const read = async (bytes: Uint8Array): Promise<'more' | 'enough'> => {
    const page = parsed(Alerts, bytes).map((one) => ({ ...one, at: one.updated_at ?? one.created_at }));
    const fresh = page.filter(({ at }) => at >= since);
    for (const { number, at } of fresh) {
      const alert: Wanted = { kind: 'alert', repo, item: `${number}`, again: at > since, rank: ranks.missed };
      await want([alert], { source: 'github-alert', mode, receivedAt: Date.parse(at) });
      if (at > newest) newest = at;
    }
    return fresh.length < page.length ? 'enough' : 'more';
  };
  try {
    await readIfChanged(`/repos/${repo}/secret-scanning/alerts?${query}`, needs, read);
  } catch (error) {
    // The feature is off, we may not see it, or an older server does not know a pattern: looked at again tomorrow.
    if (!(error instanceof GithubRefusal) || ![403, 404, 422].includes(error.status) || error.waitMs !== undefined)
      throw error;
    return cursors.set(name, `off ${clock.now()}`);
  }
  const upTo = newest === '' ? new Date(clock.now()).toISOString() : newest;
  if (upTo !== seen) await cursors.set(name, upTo);
};

const parsed = <T extends z.ZodType>(schema: T, bytes: Uint8Array): z.output<T> => {
  const { data } = schema.safeParse(readJson64(bytes));
  if (data === undefined) throw new GithubRefusal(200, 'an answer of another shape');
  return data as z.output<T>;
};
