import { ZERO } from './git.ts';
import type { Commit, TouchedPaths } from './git-log.ts';
import type { Person } from './import.ts';
import type { Hosted, Moved } from './repositories.ts';
import { pushRepositoryShape } from './repository-shapes.ts';
import { emailOf, type Json, type Place } from './shapes.ts';

/** A push tells at most 2,048 commits, and of each at most 3,000 paths per list. */
const COMMITS_MAX = 2048;
const PATHS_MAX = 3000;

const NOTHING: TouchedPaths = { added: [], removed: [], modified: [] };

const personShape = ({ name, email }: Person): Json => ({ name, email, username: name });

interface Told {
  readonly commit: Commit;
  readonly touched: TouchedPaths;
  readonly html: string;
  readonly distinct: boolean;
}

const commitShape = ({ commit, touched, html, distinct }: Told): Json => ({
  id: commit.sha,
  tree_id: commit.tree,
  distinct,
  message: commit.message,
  timestamp: commit.committer.date,
  url: `${html}/commit/${commit.sha}`,
  author: personShape(commit.author),
  committer: personShape(commit.committer),
  added: touched.added.slice(0, PATHS_MAX),
  removed: touched.removed.slice(0, PATHS_MAX),
  modified: touched.modified.slice(0, PATHS_MAX),
});

/** The commits a push tells: those the branch gained; for a new branch, those that no other branch had. */
const gained = async ({ git }: Hosted, { before, after }: Moved, elsewhere: readonly string[]): Promise<Commit[]> => {
  if (after === ZERO) return [];
  return (await git.log(after, before === ZERO ? elsewhere : [before])).reverse();
};

/** Of the head's commits those that no other branch has; undefined when there is no other branch: then all are. */
const distinctOf = async ({ git }: Hosted, head: string, elsewhere: readonly string[]) =>
  elsewhere.length > 0 ? new Set((await git.log(head, elsewhere)).map(({ sha }) => sha)) : undefined;

/** The `push` payload of a ref that moved (docs.github.com/webhooks/webhook-events-and-payloads#push). */
export const pushPayload = async (hosted: Hosted, moved: Moved, place: Place): Promise<Json> => {
  const { ref, before, after, forced, pusher } = moved;
  const html = `${place.html}/${hosted.fullName}`;
  const elsewhere = await hosted.git.otherHeads(ref);
  const commits = (await gained(hosted, moved, elsewhere)).slice(-COMMITS_MAX);
  const head = after === ZERO ? undefined : (commits.at(-1) ?? (await hosted.git.commit(after)));
  const asked = head && commits.length === 0 ? [head] : commits;
  const touched = asked.length > 0 ? await hosted.git.touched(asked) : new Map<string, TouchedPaths>();
  const isNew = head && (await distinctOf(hosted, head.sha, elsewhere));
  const tell = (commit: Commit): Json =>
    commitShape({
      commit,
      html,
      distinct: isNew?.has(commit.sha) ?? true,
      touched: touched.get(commit.sha) ?? NOTHING,
    });
  const short = (sha: string): string => sha.slice(0, 12);
  return {
    ref,
    before,
    after,
    repository: pushRepositoryShape(hosted, place),
    pusher: { name: pusher, email: emailOf(pusher) },
    created: before === ZERO,
    deleted: after === ZERO,
    forced,
    base_ref: null,
    compare: `${html}/compare/${short(before)}...${short(after)}`,
    commits: commits.map(tell),
    head_commit: head ? tell(head) : null,
  };
};
