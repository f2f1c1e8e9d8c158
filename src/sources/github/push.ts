import * as z from 'zod';
import { historyOf } from './history-item.ts';
import { rangeOf } from './range-item.ts';
import type { Text } from './text.ts';
import type { Wanted } from './work-list.ts';

/** GitHub lists no more commits than this in one push. https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const MOST_LISTED = 2048;

const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const isNone = (id: string): boolean => /^0+$/.test(id);

const Commit = z.object({ id: sha, message: z.string().nullish(), url: z.string().nullish() });

export const Push = z.object({
  ref: z.string(),
  before: sha,
  after: sha,
  created: z.boolean().nullish(),
  deleted: z.boolean().nullish(),
  forced: z.boolean().nullish(),
  commits: z.array(Commit).nullish(),
  head_commit: Commit.nullish(),
});
type Push = z.infer<typeof Push>;

/** Commit messages and the name of the ref, which stand in the payload. */
export const textsOfPush = (push: Push, repo: string): readonly Text[] => [
  ...listed(push).map(({ id, message, url }) => ({
    ...{ locator: `${repo}@${id} (message)`, link: url, text: message },
    place: { commit: id },
  })),
  { locator: `${repo} (ref of a push)`, link: undefined, text: push.ref },
];

/**
 * Every commit that is listed, and the head; and the ranges in which others may be that are not listed. An annotated tag
 * has an id of its own, so `after` counts only where no head commit is named.
 */
export const wantedOfPush = (push: Push, repo: string, mainBranch: string | undefined): readonly Wanted[] => {
  const ids = [...new Set(listed(push).map(({ id }) => id))];
  const commits = ids.map((item) => ({ kind: 'commit', repo, item }) as const);
  // An annotated tag is an object of its own; a plain one is its commit.
  const isTag = push.ref.startsWith('refs/tags/') && !isNone(push.after) && push.head_commit?.id !== push.after;
  // There is nothing to compare the default branch with: all of it is new.
  const isMain = mainBranch !== undefined && push.ref === `refs/heads/${mainBranch}` && isNone(push.before);
  const others = isMain ? [historyOf(repo, { upTo: push.after })] : rangesOf(push, repo);
  return [...commits, ...others, ...(isTag ? [{ kind: 'tag' as const, repo, item: push.after }] : [])];
};

/** Commits that no list of this push can be trusted to name. Without a base: all that the default branch has not. */
const rangesOf = (push: Push, repo: string): readonly Wanted[] => {
  const [before, after] = [push.before, push.after].map((id) => (isNone(id) ? undefined : id));
  const count = push.commits?.length ?? 0;
  // What was deleted, or replaced, stays readable by its id.
  if (!after) return before ? [rangeOf(repo, { head: before })] : [];
  if (!before) return [rangeOf(repo, { head: push.head_commit?.id ?? after })];
  const replaced = push.forced ? [rangeOf(repo, { base: after, head: before })] : [];
  const isWhole = count > 0 && count < MOST_LISTED;
  return [...replaced, ...(isWhole ? [] : [rangeOf(repo, { base: before, head: after })])];
};

const listed = (push: Push): z.infer<typeof Commit>[] => {
  const all = [...(push.commits ?? []), ...(push.head_commit ? [push.head_commit] : [])];
  return [...new Map(all.map((commit) => [`${commit.id} ${commit.message}`, commit])).values()];
};
