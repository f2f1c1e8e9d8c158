import * as z from 'zod';
import type { UnscannedReason } from '../../core/facts.ts';
import type { Text } from './text.ts';

/** GitHub lists no more commits than this in one push. https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
const MOST_LISTED = 2048;

/** Why commits of a push are not in its payload. */
export type Unlisted = Extract<UnscannedReason, 'truncated' | 'new-ref' | 'force-push' | 'no-commits'>;

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
  ...listed(push).map(({ id, message, url }) => ({ locator: `${repo}@${id} (message)`, link: url, text: message })),
  { locator: `${repo} (ref of a push)`, link: undefined, text: push.ref },
];

/**
 * Every commit to fetch: all that are listed, the head, and for a forced push what stood there before, which stays
 * readable by its id. An annotated tag has an id of its own, so `after` counts only where no head commit is named.
 */
export const commitsOfPush = (push: Push): readonly string[] => {
  const ids = listed(push).map(({ id }) => id);
  if (!push.head_commit) ids.push(push.after);
  if (push.forced) ids.push(push.before);
  return [...new Set(ids)].filter((id) => !isNone(id));
};

/** What the payload does not say: these commits are not fetched, and the push must not count as clean. */
export const unlistedOfPush = (push: Push): readonly Unlisted[] => {
  if (isNone(push.after)) return [];
  const count = push.commits?.length ?? 0;
  const reasons: readonly (Unlisted | false)[] = [
    count >= MOST_LISTED && 'truncated',
    isNone(push.before) && 'new-ref',
    push.forced === true && !isNone(push.before) && 'force-push',
    count === 0 && !isNone(push.before) && !push.forced && 'no-commits',
  ];
  return reasons.filter((reason) => reason !== false);
};

const listed = (push: Push): z.infer<typeof Commit>[] => {
  const all = [...(push.commits ?? []), ...(push.head_commit ? [push.head_commit] : [])];
  return [...new Map(all.map((commit) => [`${commit.id} ${commit.message}`, commit])).values()];
};
