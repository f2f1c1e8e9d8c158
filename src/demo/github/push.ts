import { type Commit, type TouchedPaths, ZERO } from './git.ts';
import type { Person } from './import.ts';
import type { Hosted, Moved } from './repositories.ts';
import { emailOf, installation, type Json, type Place, pushRepositoryShape, userShape } from './shapes.ts';

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
const gained = async ({ git }: Hosted, { ref, before, after }: Moved): Promise<Commit[]> => {
  if (after === ZERO) return [];
  const not = before === ZERO ? await git.otherHeads(ref) : [before];
  return (await git.log(after, not)).reverse();
};

/** The `push` payload of a ref that moved (docs.github.com/webhooks/webhook-events-and-payloads#push). */
export const pushPayload = async (hosted: Hosted, moved: Moved, place: Place): Promise<Json> => {
  const { ref, before, after, forced, pusher } = moved;
  const html = `${place.html}/${hosted.fullName}`;
  const commits = (await gained(hosted, moved)).slice(-COMMITS_MAX);
  const head = after === ZERO ? undefined : (commits.at(-1) ?? (await hosted.git.commit(after)));
  const asked = head && commits.length === 0 ? [head] : commits;
  const touched = asked.length > 0 ? await hosted.git.touched(asked) : new Map<string, TouchedPaths>();
  const elsewhere = await hosted.git.otherHeads(ref);
  const isNew = new Set(head ? (await hosted.git.log(head.sha, elsewhere)).map(({ sha }) => sha) : []);
  const tell = (commit: Commit): Json =>
    commitShape({ commit, html, distinct: isNew.has(commit.sha), touched: touched.get(commit.sha) ?? NOTHING });
  const short = (sha: string): string => sha.slice(0, 12);
  return {
    ref,
    before,
    after,
    repository: pushRepositoryShape(hosted, place),
    pusher: { name: pusher, email: emailOf(pusher) },
    sender: userShape(pusher, place),
    installation,
    created: before === ZERO,
    deleted: after === ZERO,
    forced,
    base_ref: null,
    compare: `${html}/compare/${short(before)}...${short(after)}`,
    commits: commits.map(tell),
    head_commit: head ? tell(head) : null,
  };
};
